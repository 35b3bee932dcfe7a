"""The operator count in points, over columns: compare running sums of points."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import NONE, Ints, bisect, ranges
from comity.columnar.operators.counts.count import counted_between
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columns.arrow_arrays import numbers, texts
from comity.plan import Count, Points

_LARGEST = 1 << 62


def judge_points(view: RuleView, count: Count, points: Points) -> Violations:
    """Find the judged rows whose points and those of the counted rows in the window are over the limit."""
    counted, restart, own = view.holds(count.counted), view.holds(count.restart), _points_of(view, points)
    assert counted is not None
    counted = counted & (own > 0)
    if restart is not None:
        counted &= ~restart
    places = np.flatnonzero(counted)
    sums = _sums(own[places])
    judged = np.flatnonzero(view.judged)
    base, seen = counted_between(view, counted, restart, judged)
    room = count.limit - own[judged]
    # The latest place that, with those after it, has more points than there is room.
    last = bisect(sums, base, seen, sums[seen] - room) - 1
    fills = (last >= base) & (room >= 0)
    broken = np.flatnonzero(fills | (room < 0))
    judged, base, seen, room, last = judged[broken], base[broken], seen[broken], room[broken], last[broken]
    rows, at = view.rows(judged), view.at[judged]
    if count.window is not None:
        start = view.zoned.start(count.window, rows, at)
        met = (room < 0) | (view.at[places[np.maximum(last, 0)]] >= start) if len(places) else room < 0
        judged, base, seen, room, last, start, rows, at = (
            each[met] for each in (judged, base, seen, room, last, start, rows, at)
        )
        base = bisect(view.at[places], base, seen, start)
    allowed = np.full(len(judged), NONE)
    waits = np.flatnonzero(room >= 0)
    if count.window is not None and len(waits):
        leave = view.zoned.leave(count.window, rows[waits], view.at[places[last[waits]]])
        allowed[waits] = np.maximum(at[waits], leave)
    sizes = np.where(room >= 0, seen - last, 0)
    evidence = places[ranges(seen - sizes, sizes)], sizes
    total, which = np.unique(sums[seen] - sums[base] + own[judged], return_inverse=True)
    said = [f"{points.said(each)} {count.wording.nothing}" for each in total.tolist()]
    return Violations(judged, texts(said).take(numbers(which)), allowed, evidence=evidence)


def _points_of(view: RuleView, points: Points) -> Ints:
    """Return the points of the row at each place."""
    scanner = view.partition.scanner
    table = np.array(scanner.points.values or [0], np.int64)
    own: Ints = table[view.partition.column(scanner.column_plan.derived[points])]
    return own if view.scoped.identical else own[view.scoped.rows]


def _sums(points: Ints) -> Ints:
    """Return the points before each of some rows, and those of all."""
    if len(points) and float(points.max()) * len(points) > _LARGEST and points.sum(dtype=float) > _LARGEST:
        raise OverflowError("the points of a log come to more than can be added up by columns")
    return np.concatenate(([0], np.cumsum(points)))
