"""The operator local over columns: a predicate of each row alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from comity.arrow_arrays import numbers, texts
from comity.columnar.arrays import NONE, Ints
from comity.columnar.hours import is_open, next_open, wall_texts
from comity.columnar.view import Broken, View
from comity.plan import Hours, Local, Style
from comity.plan.wording import describe_date
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
    parts = _zones_of(view, view.rows(judged))
    for zones, places in parts:
        for zone in zones:
            allowed[places] &= is_open(hours, view.zoned.times.zone(zone), at[places])
    measured: list[Any] = []
    found: list[Ints] = []
    nexts: list[Ints] = []
    every = np.arange(len(judged))
    unknown = np.zeros(len(judged), np.bool_)
    dated = view.frame.at_rows("date_only", view.rows(judged)) if view.frame.has("date_only") else unknown
    for zones, places in parts:
        mine = every[places]
        if dated[mine].any():
            lacking = mine[dated[mine]]
            instants, which = np.unique(at[lacking], return_inverse=True)
            known = np.array([hours.knows(zones, instant) for instant in instants.tolist()])
            told = texts([describe_date(zones, instant) for instant in instants.tolist()])
            unsure = ~known[which]
            unknown[lacking[unsure]] = True
            measured.append(told.take(numbers(which[unsure])))
            nexts.append(np.full(int(unsure.sum()), NONE))
            found.append(lacking[unsure])
        mine = mine[~allowed[mine] & ~unknown[mine]]
        if len(mine):
            clocks = [view.zoned.times.zone(zone) for zone in zones]
            measured.append(wall_texts(clocks, at[mine]))
            nexts.append(next_open(hours, clocks, at[mine]))
            found.append(mine)
    if not found:
        return Broken(judged[:0], texts([]), at[:0])
    order = np.argsort(np.concatenate(found), kind="stable")
    places = np.concatenate(found)[order]
    return Broken(
        judged[places],
        pa.concat_arrays(measured).take(numbers(order)),
        np.concatenate(nexts)[order],
        unknown=unknown[places],
    )
