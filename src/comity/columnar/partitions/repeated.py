"""Repeated events of a log: the same id, person and instant."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columnar.arrays import Numbers, Words
from comity.columnar.partitions.partitions import Partition, words_of
from comity.columnar.scan.text_keys import hash_key
from comity.columns.arrow_arrays import numbers


@attrs.frozen
class RepeatedCount:
    """How many events repeat an earlier one, with the same id, person and instant."""

    count: int = 0
    id: str | None = None
    """The first of their ids, by code points."""

    def plus(self, other: RepeatedCount) -> RepeatedCount:
        """Return the sum of two counts."""
        ids = [each for each in (self.id, other.id) if each is not None]
        return RepeatedCount(self.count + other.count, min(ids, default=None))


NONE_REPEATED = RepeatedCount()


def repeated_in(partition: Partition) -> RepeatedCount:
    """Return the repeated events of a partition by person."""
    parts = [rows for rows in (partition.numbers, partition.others) if "mark" in rows]
    if not parts:
        return NONE_REPEATED
    marks = np.concatenate([np.where(rows["mark"] == 0, np.uint64(0), _with_person(rows)) for rows in parts])
    in_order = np.sort(marks)
    again = in_order[1:][(in_order[1:] == in_order[:-1]) & (in_order[1:] != 0)]
    if not len(again):
        return NONE_REPEATED
    which = np.flatnonzero(np.isin(marks, again))
    ids = [partition.texts.get("id"), partition.other_ids]
    texts = [
        found if found is not None else pa.nulls(len(rows["mark"]), pa.string())
        for found, rows in zip(ids, (partition.numbers, partition.others), strict=True)
        if "mark" in rows
    ]
    return RepeatedCount(len(again), pc.min(pa.concat_arrays(texts).take(numbers(which))).as_py())


def _with_person(rows: Mapping[str, Numbers]) -> Words:
    key = words_of(rows, "person")
    return hash_key([rows["mark"], *key])
