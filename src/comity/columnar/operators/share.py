"""The operator share over columns: count the parts and the whole in each window."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import NONE, Bools, Ints, bisect, first_index_after, running_count
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.plan import Share


def judge_share(view: RuleView, share: Share) -> Violations:
    """Find the parts with which the share is exceeded; of a period, the last part when it is over."""
    part, whole = view.holds(share.part), view.holds(share.whole)
    assert part is not None
    assert whole is not None
    judged = np.flatnonzero(view.judged)
    rows, at = view.rows(judged), view.at[judged]
    start = view.zoned.start(share.window, rows, at)
    if not share.by_period:
        parts, wholes = _up_to(view, part, judged, start), _up_to(view, whole, judged, start)
        exceeded = _exceeds(share, parts, wholes)
        judged, parts, wholes = judged[exceeded], parts[exceeded], wholes[exceeded]
        allowed = _next_allowed(view, share, part, whole, judged)
        return Violations(judged, _measured(share, parts, wholes), allowed)
    end = view.zoned.deadline(share.window, rows, at)
    following = first_index_after(part, view.scoped.ends, judged)
    last = (following < 0) | (view.at[following] > end)
    judged, start, end = judged[last], start[last], end[last]
    parts, wholes = _between(view, part, judged, start, end), _between(view, whole, judged, start, end)
    exceeded = _exceeds(share, parts, wholes)
    judged, end, parts, wholes = judged[exceeded], end[exceeded], parts[exceeded], wholes[exceeded]
    as_of = view.audited.as_of
    pending = np.zeros(len(judged), np.bool_) if as_of is None else end > as_of
    return Violations(judged, _measured(share, parts, wholes), due=end, pending=pending)


def _exceeds(share: Share, parts: Ints, wholes: Ints) -> Bools:
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    if max(share.share) < 1 << 20:
        numerator, denominator = share.share
        found: Bools = (wholes >= share.at_least) & (parts * denominator > wholes * numerator)
        return found
    # Python's integers, since a share of many digits does not fit into 64 bits.
    return np.array([share.exceeds(*pair) for pair in pairs], np.bool_)


def _up_to(view: RuleView, marked: Bools, judged: Ints, start: Ints) -> Ints:
    """Count the marked places of each scope from an instant on, up to the judged place and with it."""
    count = running_count(marked)
    at = view.at[np.flatnonzero(marked)]
    before = count - marked
    base, end = before[view.scoped.starts[judged]], count[judged]
    return end - bisect(at, base, end, start)


def _between(view: RuleView, marked: Bools, judged: Ints, start: Ints, end: Ints) -> Ints:
    """Count the marked places of each scope from an instant until another, both inclusive."""
    count = running_count(marked)
    at = view.at[np.flatnonzero(marked)]
    low, high = (count - marked)[view.scoped.starts[judged]], count[view.scoped.ends[judged] - 1]
    return bisect(at, low, high, end + 1) - bisect(at, low, high, start)


def _measured(share: Share, parts: Ints, wholes: Ints) -> pa.Array:
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    return pa.array([share.measured(*pair) for pair in pairs], pa.string())


def _next_allowed(view: RuleView, share: Share, part: Bools, whole: Bools, judged: Ints) -> Ints:
    """Ask for each violation, of which there are few, when it would be allowed."""
    found = np.full(len(judged), NONE)
    starts, at = view.scoped.starts[judged].tolist(), view.at
    zones = view.zoned.zone_of(view.rows(judged))
    for number, (start, place) in enumerate(zip(starts, judged.tolist(), strict=True)):
        before = at[start:place]
        first = share.first_when(
            before[part[start:place]].tolist(),
            before[whole[start:place]].tolist(),
            zones[number],
            int(at[place]),
            is_whole=bool(whole[place]),
            exceeded=False,
        )
        found[number] = NONE if first is None else first
    return found
