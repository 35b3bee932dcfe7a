"""The selector `preceded-by` over columns: enough events before, within the span and since the last reset."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Bools, last_index_before, running_count
from comity.columnar.operators.field_spans import ends, latest_open
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import AuditTimes, zoned
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import FieldSpan, Preceded


class Lookbacks:
    """Evaluates `preceded-by`, one partition at a time."""

    def __init__(self, times: AuditTimes) -> None:
        self._times = times

    def holds(self, partition: SortedPartition, look: Preceded) -> Bools:
        """Return for each row whether the look back holds in one of the scopes of the row."""
        scoped = partition.scoped(look.per)
        rows, starts = scoped.rows, scoped.starts
        at = partition.at[rows]
        event = partition.holds(look.event)[rows]
        after = running_count(event)
        before = after - event
        base = before[starts]
        if look.until is not None:
            until = partition.holds(look.until)[rows]
            last = last_index_before(until, starts)
            # An event that resets and is selected counts from itself on.
            base = np.where(last >= 0, before[last], base)
        met = before - base >= look.at_least
        places = np.flatnonzero(met)
        reading = zoned(self._times, partition, None, look.zone)
        if isinstance(look.span, FieldSpan):
            chosen = np.flatnonzero(event)
            dated = DateSpanField(look.span.field, "leave", None, look.zone, look.span.offset)
            leave = ends(partition, reading, look.span, dated, rows[chosen], at[chosen])
            places = places[latest_open(leave, base[places], before[places], at[places]) >= 0]
        elif look.span is not None and len(places):
            start = reading.start(look.span, rows[places], at[places])
            nth = at[np.flatnonzero(event)[before[places] - look.at_least]]
            places = places[nth >= start]
        found = np.zeros(len(partition), np.bool_)
        found[rows[places]] = True
        return found
