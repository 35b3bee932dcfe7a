"""The operator count of different values, over columns."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import NONE, Ints, bisect, last_index_before
from comity.columnar.operators.counts.different_values import DifferentValues, OwnValues
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columns.arrow_arrays import numbers, texts
from comity.plan import Count, Different
from comity.plan.constraints.different_days import next_allowed_day


def judge_different(view: RuleView, count: Count, different: Different) -> Violations:
    """Find the judged rows that make more different values in the window than the limit."""
    counted, restart = view.holds(count.counted), view.holds(count.restart)
    assert counted is not None
    if restart is not None:
        counted = counted & ~restart
    name = None if different.field is None else different.field.name
    values = DifferentValues(view, name, counted)
    judged = np.flatnonzero(view.judged)
    since = view.scoped.starts[judged]
    if restart is not None:
        last = last_index_before(restart, view.scoped.starts, judged)
        since = np.where(last >= 0, last + 1, since)
    base, end = values.between(since, judged)
    rows, at = view.rows(judged), view.at[judged]
    first = base
    if count.window is not None:
        first = bisect(values.at, base, end, view.zoned.start(count.window, rows, at))
    own = OwnValues(view, values, name, judged, end)
    others = values.count(first, end) - own.since(first)
    broken = np.flatnonzero(others + own.number > count.limit)
    own, judged, base, first, end = own.of(broken), judged[broken], base[broken], first[broken], end[broken]
    room = count.limit - own.number
    evidence, blocking = _latest(values, own, first, end, room)
    if name is None:
        allowed = _allowed_days(view, count, values, own, judged, base, end, blocking)
    else:
        allowed = np.full(len(judged), NONE)
        waits = np.flatnonzero(room >= 0)
        if count.window is not None and len(waits):
            leave = view.zoned.leave(count.window, view.rows(judged[waits]), values.at[blocking[waits]])
            allowed[waits] = np.maximum(view.at[judged[waits]], leave)
    total, which = np.unique(others[broken] + own.number, return_inverse=True)
    said = [f"{different.said(each)} {count.wording.nothing}" for each in total.tolist()]
    return Violations(judged, texts(said).take(numbers(which)), allowed, evidence=evidence)


def _latest(
    values: DifferentValues, own: OwnValues, first: Ints, end: Ints, room: Ints
) -> tuple[tuple[Ints, Ints], Ints]:
    """Return the places of the latest other values that leave no room, and the entry of the earliest."""
    blocking = np.full(len(end), -1)
    found, owners = [], []
    for number in range(1, int(room.max(initial=-1)) + 2):
        which = np.flatnonzero(room >= number - 1)
        wanted = np.full(len(which), number)
        blocking[which] = values.nth(own.of(which), first[which], end[which], wanted)
        found.append(values.places[blocking[which]])
        owners.append(which)
    if not found:
        return (np.zeros(0, np.int64), np.zeros(len(end), np.int64)), blocking
    # An event with several values is in it once.
    pairs = np.unique(np.stack((np.concatenate(owners), np.concatenate(found))), axis=1)
    return (pairs[1], np.bincount(pairs[0], minlength=len(end))), blocking


def _allowed_days(
    view: RuleView,
    count: Count,
    values: DifferentValues,
    own: OwnValues,
    judged: Ints,
    base: Ints,
    end: Ints,
    blocking: Ints,
) -> Ints:
    """Return when contacts that are on one day too many are allowed."""
    allowed = np.full(len(judged), NONE)
    if not count.limit or not len(judged):
        return allowed
    rows, at = view.rows(judged), view.at[judged]
    if len(view.zoned.zones) > 1:
        # Days of other zones may be later than a contact's own.
        every = np.arange(len(rows))
        for zone, which in view.zoned.of(rows):
            for place in every[which].tolist():
                entries = slice(int(base[place]), int(end[place]))
                latest = dict(zip(values.codes[entries].tolist(), values.at[entries].tolist(), strict=True))
                found = next_allowed_day(latest, count.limit, count.window, zone, int(at[place]))
                allowed[place] = NONE if found is None else found
        return allowed
    if count.window is None:
        return allowed
    same_day = view.zoned.leave(count.window, rows, values.at[blocking])
    (zone,) = view.zoned.zones
    assert zone is not None, "INVARIANT: lowering refuses local days without a zone"
    times = view.zoned.times.zone(zone)
    midnight = times.day_start(times.local_days(at) + 1)
    wanted = np.full(len(judged), count.limit)
    later_day = view.zoned.leave(count.window, rows, values.at[values.nth(None, base, end, wanted)])
    return np.where(same_day < midnight, np.maximum(same_day, at), np.maximum(later_day, midnight))
