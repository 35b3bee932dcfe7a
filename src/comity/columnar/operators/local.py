"""The operator local over columns: a predicate of each row alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from comity.clock.zones import Zone, find_zones
from comity.columnar.arrays import NONE, Ints
from comity.columnar.operators.around import judge_around
from comity.columnar.operators.hours import is_open, next_open, wall_texts
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columns.arrow_arrays import numbers, texts
from comity.plan import Around, Hours, Local, PlannedRule, TextRequirements
from comity.plan.dates_alone import judge_date


def judge_local(view: RuleView, local: Local) -> Violations:
    """Return the judged rows at which the predicate does not hold."""
    judged = np.flatnonzero(view.judged)
    match local.test:
        case Hours():
            return _judge_hours(view, local.test, judged)
        case Around():
            return judge_around(view, local.test, judged)
        case TextRequirements():
            return _judge_text(view, local.test, judged)
        case _:
            met = view.holds(local.test)
            assert met is not None
            return Violations(judged[~met[judged]], local.wording.nothing)


def _judge_text(view: RuleView, wanted: TextRequirements, judged: Ints) -> Violations:
    column = view.partition.scanner.column_plan.derived[wanted]
    codes = view.partition.at_rows(column, view.rows(judged))
    broken = np.flatnonzero(codes)
    said = view.partition.scanner.faults.values
    return Violations(judged[broken], texts([said[code] for code in codes[broken].tolist()]))


def _read_in(rule: PlannedRule, own: str | None) -> tuple[Zone, ...]:
    """Return all zones of an event: the one of the rule, else its own ones, else the default."""
    if rule.zone is not None:
        return (rule.zone,)
    if own:
        return find_zones(own)
    return () if rule.default_zone is None else (rule.default_zone,)


def _zones_of(view: RuleView, rows: Ints) -> list[tuple[tuple[Zone, ...], Ints | slice]]:
    """Return rows by their zones: each combination of zones with the places of its rows."""
    rule, partition = view.rule, view.partition
    if rule.zone is not None or not partition.has("zone"):
        return [(_read_in(rule, None), slice(None))]
    codes = partition.at_rows("zone", rows)
    names = partition.scanner.zones.values
    return [
        (_read_in(rule, names[code]), np.flatnonzero(codes == code)) for code in np.unique(codes).tolist()
    ]


def _judge_hours(view: RuleView, hours: Hours, judged: Ints) -> Violations:
    at = view.at[judged]
    allowed = np.ones(len(judged), np.bool_)
    parts = _zones_of(view, view.rows(judged))
    for zones, places in parts:
        for zone in zones:
            allowed[places] &= is_open(hours, view.zoned.times.zone(zone), at[places])
    found: list[_Judged] = []
    if (
        view.partition.has("date_only")
        and (dated := view.partition.at_rows("date_only", view.rows(judged))).any()
    ):
        found = _judge_dates(view, hours, judged, np.flatnonzero(dated))
        allowed |= dated
    every = np.arange(len(judged))
    for zones, places in parts:
        mine = every[places]
        mine = mine[~allowed[mine]]
        if len(mine):
            clocks = [view.zoned.times.zone(zone) for zone in zones]
            found.append((mine, wall_texts(clocks, at[mine]), next_open(hours, clocks, at[mine]), False))
    if not found:
        return Violations(judged[:0], texts([]), at[:0])
    where, measured, nexts, unknown = zip(*found, strict=True)
    order = np.argsort(np.concatenate(where), kind="stable")
    return Violations(
        judged[np.concatenate(where)[order]],
        pa.concat_arrays(measured).take(numbers(order)),
        np.concatenate(nexts)[order],
        unknown=np.repeat(unknown, list(map(len, where)))[order],
    )


_Judged = tuple[Ints, pa.Array, Ints, bool]
"""Places, what is measured there, the next allowed instants, and whether the verdict is unknown."""


def _judge_dates(view: RuleView, hours: Hours, judged: Ints, dated: Ints) -> list[_Judged]:
    """Judge the events that have a date alone: each date of each zone once."""
    rows = view.rows(judged[dated])
    instants, which = np.unique(view.at[judged[dated]], return_inverse=True)
    names = view.partition.scanner.zones.values or [None]
    codes = view.partition.at_rows("zone", rows).astype(np.int64) if view.partition.has("zone") else 0
    pairs, which = np.unique(which * len(names) + codes, return_inverse=True)
    dates = []
    nexts = np.full(len(pairs), NONE)
    for number, pair in enumerate(pairs.tolist()):
        place, code = divmod(pair, len(names))
        own, at = find_zones(names[code]) if names[code] else (), int(instants[place])
        date = judge_date(view.rule, hours, own, at)
        dates.append(date)
        if date.allowed is False:
            zones = _read_in(view.rule, names[code])
            following = hours.next_allowed(zones, at + 1)
            nexts[number] = NONE if following is None else following
    measured = texts([date.measured for date in dates])
    states = np.array([2 if date.allowed is None else int(date.allowed) for date in dates])[which]
    return [
        (dated[mine], measured.take(numbers(which[mine])), nexts[which[mine]], state == 2)
        for state in (0, 2)
        if len(mine := np.flatnonzero(states == state))
    ]
