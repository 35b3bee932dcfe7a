"""What came before, for selectors that ask: enough events before, unlifted and within the span."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Bools, last_index_before, running_count
from comity.columnar.operators.field_spans import ends, latest_open
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import Times, zoned
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Preceded


class Lookbacks:
    """Answers selectors that look back, frame by frame."""

    def __init__(self, times: Times) -> None:
        self._times = times

    def holds(self, frame: SortedPartition, look: Preceded) -> Bools:
        """Tell for each row whether it holds in one of the row's scopes."""
        scoped = frame.scoped(look.per)
        rows, starts = scoped.rows, scoped.starts
        at = frame.at[rows]
        event = frame.holds(look.event)[rows]
        after = running_count(event)
        before = after - event
        base = before[starts]
        if look.until is not None:
            until = frame.holds(look.until)[rows]
            last = last_index_before(until, starts)
            # An event that lifts and is selected counts from itself on.
            base = np.where(last >= 0, before[last], base)
        met = before - base >= look.at_least
        places = np.flatnonzero(met)
        reading = zoned(self._times, frame, None, look.zone)
        if isinstance(look.span, FieldSpan):
            chosen = np.flatnonzero(event)
            dated = DateSpanField(look.span.field, "leave", None, look.zone)
            leave = ends(frame, reading, look.span, dated, rows[chosen], at[chosen])
            places = places[latest_open(leave, base[places], before[places], at[places]) >= 0]
        elif look.span is not None and len(places):
            start = reading.start(look.span, rows[places], at[places])
            nth = at[np.flatnonzero(event)[before[places] - look.at_least]]
            places = places[nth >= start]
        found = np.zeros(len(frame), np.bool_)
        found[rows[places]] = True
        return found
