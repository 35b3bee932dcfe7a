"""The selector `preceded-by` over columns: enough events before, within the span and since the last reset."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Bools, Ints, last_index_before, running_count
from comity.columnar.operators.counts.different_values import DifferentValues
from comity.columnar.operators.field_spans import ends, latest_open
from comity.columnar.operators.rule_view import ScopedRows
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import AuditTimes, zoned
from comity.columnar.scan.column_plan import DateSpanField
from comity.plan import Different, FieldSpan, Preceded, Span


class Lookbacks:
    """Evaluates `preceded-by`, one partition at a time."""

    def __init__(self, times: AuditTimes) -> None:
        self._times = times

    def holds(self, partition: SortedPartition, look: Preceded) -> Bools:
        """Return for each row whether the look back holds in one of the scopes of the row."""
        scoped = partition.scoped(look.per)
        reading = zoned(self._times, partition, None, look.zone)
        rows, starts = scoped.rows, scoped.starts
        at = partition.at[rows]
        event = partition.holds(look.event)[rows]
        after = running_count(event)
        before = after - event
        base = before[starts]
        if look.until is not None:
            until = partition.holds(look.until)[rows]
            last = last_index_before(until, starts, np.arange(len(starts)))
            # An event that resets and is selected counts from itself on.
            base = np.where(last >= 0, before[last], base)
        if look.distinct is not None:
            view = ScopedRows(partition, scoped, reading)
            since = starts if look.until is None else np.where(last >= 0, last, starts)
            places = _with_different(view, look, look.distinct, event, since)
            return _at_rows(len(partition), rows[places])
        met = before - base >= look.at_least
        places = np.flatnonzero(met)
        if isinstance(look.span, FieldSpan):
            chosen = np.flatnonzero(event)
            dated = DateSpanField(look.span.field, "leave", None, look.zone, look.span.offset)
            leave = ends(partition, reading, look.span, dated, rows[chosen], at[chosen])
            places = places[latest_open(leave, base[places], before[places], at[places]) >= 0]
        elif look.span is not None and len(places):
            start = reading.start(look.span, rows[places], at[places])
            nth = at[np.flatnonzero(event)[before[places] - look.at_least]]
            places = places[nth >= start]
        return _at_rows(len(partition), rows[places])


def _with_different(view: ScopedRows, look: Preceded, distinct: Different, event: Bools, since: Ints) -> Ints:
    """Return the places with enough different values before them, from the place `since` of each on."""
    judged = np.flatnonzero(running_count(event) - event > 0)
    values = DifferentValues(view, None if distinct.field is None else distinct.field.name, event)
    nth = values.enough(*values.between(since[judged], judged), look.at_least)
    judged, nth = judged[nth >= 0], nth[nth >= 0]
    if isinstance(look.span, Span) and len(judged):
        start = view.zoned.start(look.span, view.rows(judged), view.at[judged])
        judged = judged[values.at[nth] >= start]
    return judged


def _at_rows(size: int, rows: Ints) -> Bools:
    found = np.zeros(size, np.bool_)
    found[rows] = True
    return found
