"""Spans that end at an instant in a field of each event."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import NONE, Ints
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import Zoned
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan


def ends(
    partition: SortedPartition, zoned: Zoned, span: FieldSpan, dated: DateSpanField, rows: Ints, at: Ints
) -> Ints:
    """Return when the spans of some rows end: at the instant in the field, else by the span `otherwise`."""
    column = partition.scanner.column_plan.dated[dated]
    found: Ints = partition.column(column)[rows] if partition.has(column) else np.full(len(rows), NONE)
    lacking = np.flatnonzero(found == NONE)
    if span.shift:
        found = np.where(found == NONE, NONE, found + span.shift)
    if span.otherwise is not None and len(lacking):
        found = found.copy()
        further = zoned.leave if dated.use == "leave" else zoned.deadline
        found[lacking] = further(span.otherwise, rows[lacking], at[lacking])
    return found


def latest_open(leave: Ints, first: Ints, end: Ints, instants: Ints) -> Ints:
    """Return the last index from `first` to before `end` whose span has not ended at an instant, or -1."""
    found = end - 1
    open_ = np.flatnonzero(found >= first)
    while len(open_):
        open_ = open_[leave[found[open_]] <= instants[open_]]
        found[open_] -= 1
        open_ = open_[found[open_] >= first[open_]]
    found[found < first] = -1
    return found
