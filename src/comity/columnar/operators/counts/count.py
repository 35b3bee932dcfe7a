"""The operator count over columns: compare with the limit-th counted row before."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import NONE, Bools, Ints, bisect, last_index_before, ranges, running_count
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columns.arrow_arrays import joined, numbers
from comity.plan import Count


def judge_count(view: RuleView, count: Count) -> Violations:
    """Return the judged rows with at least `limit` counted rows before them in the window."""
    counted, limit = view.holds(count.counted), count.limit
    assert counted is not None
    restart = view.holds(count.restart)
    if restart is not None:
        counted = counted & ~restart
    places = np.flatnonzero(counted)
    if limit and restart is None and count.counted == view.rule.judged and not view.limited:
        judged, base, seen = _lagging(view, places, count)
    else:
        judged, base, seen = _with_enough(view, counted, restart, limit)
    rows, at = view.rows(judged), view.at
    if count.window is not None:
        start = view.zoned.start(count.window, rows, at[judged])
        if limit:
            met = at[places[seen - limit]] >= start
            judged, rows, base, seen, start = judged[met], rows[met], base[met], seen[met], start[met]
        inside = seen - bisect(at[places], base, seen, start)
    else:
        inside = seen - base
    allowed = np.full(len(judged), NONE)
    if limit and count.window is not None:
        leave = view.zoned.leave(count.window, rows, at[places[seen - limit]])
        allowed = np.maximum(at[judged], leave)
    number = numbers(inside + 1).cast(pa.string())
    measured = joined(number, f" {count.wording.nothing}")
    return Violations(judged, measured, allowed, evidence=_latest(places, seen, limit))


def _with_enough(
    view: RuleView, counted: Bools, restart: Bools | None, limit: int
) -> tuple[Ints, Ints, Ints]:
    """Return the judged rows with enough counted rows before them, and the range of these counted rows."""
    judged = np.flatnonzero(view.judged)
    base, seen = counted_between(view, counted, restart, judged)
    met = seen - base >= limit
    return judged[met], base[met], seen[met]


def counted_between(view: RuleView, counted: Bools, restart: Bools | None, judged: Ints) -> tuple[Ints, Ints]:
    """Return the range of the counted rows before each judged row, after the last restart."""
    starts = view.scoped.starts
    after = running_count(counted)
    before = after - counted
    base = before[starts[judged]]
    if restart is not None and restart.any():
        last = last_index_before(restart, starts, judged)
        base = np.where(last >= 0, after[last], base)
    return base, before[judged]


def _lagging(view: RuleView, places: Ints, count: Count) -> tuple[Ints, Ints, Ints]:
    """Return the same as `_with_enough` if exactly the judged rows count.

    This is a fast path: it only compares each row with the `limit`-th row before it.
    """
    starts = view.scoped.starts[places]
    met = starts[count.limit :] == starts[: -count.limit]
    if count.window is not None and count.window.clock is None:
        at = view.at[places]
        met &= at[count.limit :] - at[: -count.limit] < count.window.count
    seen = np.flatnonzero(met) + count.limit
    return places[seen], np.searchsorted(places, starts[seen]), seen


def _latest(places: Ints, seen: Ints, limit: int) -> tuple[Ints, Ints]:
    """Return the latest `limit` counted places before each row, and how many these are."""
    sizes = np.full(len(seen), limit)
    return places[ranges(seen - limit, sizes)], sizes
