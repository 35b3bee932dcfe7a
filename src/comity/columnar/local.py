"""The operator local over columns: a predicate of each row alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from comity.arrow_arrays import texts
from comity.columnar.arrays import NONE, Bools, Ints
from comity.columnar.times import ZoneTimes
from comity.columnar.view import Broken, View
from comity.instants import DAY
from comity.plan import Hours, Local, Style
from comity.plan.wording import describe_wall
from comity.zones import Zone, find_zones


def judge_local(view: View, local: Local) -> Broken:
    """Find the judged rows at which the predicate does not hold."""
    judged = np.flatnonzero(view.judged)
    match local.test:
        case Hours():
            return _judge_hours(view, local.test, judged)
        case Style():
            return _judge_style(view, judged)
        case _:
            met = view.holds(local.test)
            assert met is not None
            return Broken(judged[~met[judged]], local.wording.nothing)


def _judge_style(view: View, judged: Ints) -> Broken:
    number = next(n for n, rule, _ in view.frame.scanner.layout.styles if rule is view.rule)
    codes = view.frame.at_rows(f"style{number}", view.rows(judged))
    broken = np.flatnonzero(codes)
    said = view.frame.scanner.faults.values
    return Broken(judged[broken], texts([said[code] for code in codes[broken].tolist()]))


def _zones_of(view: View, rows: Ints) -> list[tuple[tuple[Zone, ...], Any]]:
    """Part rows by all their zones: the rule's own, else the event's, else the default."""
    rule, frame = view.rule, view.frame
    if rule.zone is not None:
        return [((rule.zone,), slice(None))]
    default = () if rule.default_zone is None else (rule.default_zone,)
    if not frame.has("zone"):
        return [(default, slice(None))]
    codes = frame.at_rows("zone", rows)
    names = frame.scanner.zones.values
    return [
        (find_zones(names[code]) if names[code] else default, np.flatnonzero(codes == code))
        for code in np.unique(codes).tolist()
    ]


def _judge_hours(view: View, hours: Hours, judged: Ints) -> Broken:
    at = view.at[judged]
    allowed = np.ones(len(judged), np.bool_)
    zones: dict[int, tuple[Zone, ...]] = {}
    parts = _zones_of(view, view.rows(judged))
    part_of = np.zeros(len(judged), np.int32)
    for number, (each, places) in enumerate(parts):
        zones[number] = each
        part_of[places] = number
        for zone in each:
            allowed[places] &= is_open(hours, view.zoned.times.zone(zone), at[places])
    broken = np.flatnonzero(~allowed)
    said, nexts = [], []
    for instant, number in zip(at[broken].tolist(), part_of[broken].tolist(), strict=True):
        said.append(describe_wall(zones[number], instant))
        following = hours.next_allowed(zones[number], instant)
        nexts.append(NONE if following is None else following)
    return Broken(judged[broken], texts(said), np.array(nexts, np.int64))


def is_open(hours: Hours, times: ZoneTimes, instants: Ints) -> Bools:
    """Tell which instants are in allowed hours of a zone's wall clock."""
    walls = times.walls(instants)
    days = walls // DAY
    if not len(days):
        return np.zeros(0, np.bool_)
    distinct, inverse = np.unique(days, return_inverse=True)
    stretches = [hours.open_on(day) for day in distinct.tolist()]
    time = walls - days * DAY
    found = np.zeros(len(walls), np.bool_)
    for number in range(max(map(len, stretches))):
        begin = np.array([s[number][0] if number < len(s) else DAY for s in stretches])[inverse]
        end = np.array([s[number][1] if number < len(s) else 0 for s in stretches])[inverse]
        found |= (begin <= time) & (time < end)
    return found
