"""Repeated events of a log: the same id, person and instant."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow.compute as pc

from comity.columnar.arrays import Numbers, Words
from comity.columnar.partitions.event_names import EventNames
from comity.columnar.partitions.partitions import Partition, words_of
from comity.columnar.scan.text_keys import hash_key
from comity.records import frozen


@frozen
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


def repeated_in(partition: Partition, names: EventNames) -> RepeatedCount:
    """Return the repeated events of a partition by person."""
    parts = [rows for rows in (partition.numbers, partition.others) if "mark" in rows]
    if not parts:
        return NONE_REPEATED
    marks = np.concatenate([rows["mark"] for rows in parts])
    which = np.flatnonzero(np.isin(marks, _repeated(marks)))
    if not len(which):
        return NONE_REPEATED
    # Few events share their instant and id: only of these the persons are compared.
    marks = np.concatenate([_with_person(rows) for rows in parts])[which]
    again = _repeated(marks)
    if not len(again):
        return NONE_REPEATED
    places = np.concatenate([rows["pos"] for rows in parts])[which[np.isin(marks, again)]]
    ids = names.of(places)
    return RepeatedCount(len(again), None if ids is None else pc.min(ids).as_py())


def _repeated(marks: Words) -> Words:
    """Return the marks that are there again, once for each time."""
    in_order = np.sort(marks)
    again: Words = in_order[1:][(in_order[1:] == in_order[:-1]) & (in_order[1:] != 0)]
    return again


def _with_person(rows: Mapping[str, Numbers]) -> Words:
    key = words_of(rows, "person")
    return hash_key([rows["mark"], *key])
