"""What a Parquet file says of its row groups: which of them are too early to play a part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final

import pyarrow.parquet as pq

from comity.clock.instants import DAY
from comity.readers.reader import Earliest

_MICROS: Final = {"milliseconds": (1000, 1), "microseconds": (1, 1), "nanoseconds": (1, 1000)}
"""By unit, what a number is multiplied with and divided by to be microseconds."""


def row_group_runs(file: pq.ParquetFile, earliest: Earliest | None) -> Iterator[tuple[list[int] | None, int]]:
    """Return runs of row groups that are read (None: all of them), and the rows of those that need not be.

    A run has row groups, or a number of rows. A row group is passed over only if its statistics say so, and
    no time is missing in it: a row without a time is rejected, and is told.
    """
    metadata = file.metadata
    place = None if earliest is None else _place(file, earliest.column)
    if earliest is None or place is None:
        yield None, 0
        return
    number, kind = place
    early = [
        _is_early(metadata.row_group(group).column(number), kind, earliest)
        for group in range(metadata.num_row_groups)
    ]
    for passed, groups in groupby(range(len(early)), early.__getitem__):
        run = list(groups)
        if passed:
            yield None, sum(metadata.row_group(group).num_rows for group in run)
        else:
            yield run, 0


def _place(file: pq.ParquetFile, column: str) -> tuple[int, dict[str, Any]] | None:
    """Return the number of the column and its logical type, if it has times or dates."""
    schema = file.schema
    for number in range(len(schema)):
        if schema.column(number).path == column:
            kind: dict[str, Any] = json.loads(schema.column(number).logical_type.to_json())
            return (number, kind) if kind.get("Type") in ("Timestamp", "Date") else None
    return None


def _is_early(column: Any, kind: dict[str, Any], earliest: Earliest) -> bool:
    """Return whether all times of a column are before an instant."""
    known = column.statistics
    if known is None or not known.has_min_max or not known.has_null_count or known.null_count:
        return False
    if kind["Type"] == "Date":
        return earliest.is_after(known.max_raw * DAY, local=True)
    times, parts = _MICROS[kind["timeUnit"]]
    return earliest.is_after(known.max_raw * times // parts, local=not kind["isAdjustedToUTC"])
