"""The operator local over columns, for windows around an instant that each row has in a field."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT
from comity.clock.zones import find_zones
from comity.columnar.arrays import NONE, Bools, Ints
from comity.columnar.operators.rule_view import RuleView, Violations
from comity.columnar.scan.column_plan import DateSpanField
from comity.columns.arrow_arrays import numbers, texts
from comity.plan import Around
from comity.plan.constraints.around import InstantRange
from comity.plan.dates_alone import judge_date_around
from comity.plan.time.offsets import Offset


def judge_around(view: RuleView, around: Around, judged: Ints) -> Violations:
    """Return the judged rows that are outside of their window, or inside if that is what is forbidden."""
    if view.partition.has("date_only"):
        dated = view.partition.at_rows("date_only", view.rows(judged))
        if dated.any():
            timed, dates = judged[~dated], judged[dated]
            return _joined(_judge_instants(view, around, timed), _judge_dates(view, around, dates))
    return _judge_instants(view, around, judged)


def _joined(timed: Violations, dates: Violations) -> Violations:
    """Return the violations of two sorts of rows in the order of their places."""
    order = np.argsort(np.concatenate((timed.places, dates.places)), kind="stable")
    assert timed.allowed_from is not None
    assert dates.allowed_from is not None
    assert dates.unknown is not None
    known = np.zeros(len(timed.places), np.bool_)
    places = np.concatenate((timed.places, dates.places))[order]
    allowed = np.concatenate((timed.allowed_from, dates.allowed_from))[order]
    unknowns = np.concatenate((known, dates.unknown))[order]
    said = pa.concat_arrays([timed.measured, dates.measured]).take(numbers(order))
    return Violations(places, said, allowed, unknown=unknowns)


def _judge_dates(view: RuleView, around: Around, judged: Ints) -> Violations:
    """Judge the events that have a date alone: those that are alike in date, zone and field once."""
    begin, end = _own(view, around, judged)
    at, rows = view.at[judged], view.rows(judged)
    names = view.partition.scanner.zones.values or [None]
    none = np.zeros(len(rows), np.int64)
    codes = view.partition.at_rows("zone", rows).astype(np.int64) if view.partition.has("zone") else none
    alike, which = np.unique(np.stack((at, codes, begin, end)), axis=1, return_inverse=True)
    measured: list[str] = []
    states, following = [], []
    for instant, code, first, last in alike.T.tolist():
        own = find_zones(names[code]) if names[code] else ()
        date = judge_date_around(view.rule, around, own, instant, (first, last))
        measured.append(date.measured)
        states.append(2 if date.allowed is None else int(date.allowed))
        zone = view.rule.zone or next(iter(own), view.rule.default_zone)
        windows = around.windows((first, last), zone, instant + 1)
        allowed = None if date.allowed is None else around.next_allowed(windows, instant + 1)
        following.append(NONE if allowed is None else allowed)
    which = which.reshape(-1)
    state = np.array(states)[which]
    broken = np.flatnonzero(state != 1)
    said = texts(measured).take(numbers(which[broken]))
    allowed_from = np.array(following, np.int64)[which[broken]]
    return Violations(judged[broken], said, allowed_from, unknown=state[broken] == 2)


def _judge_instants(view: RuleView, around: Around, judged: Ints) -> Violations:
    if around.yearly:
        return _judge_yearly(view, around, judged)
    at = view.at[judged]
    first = _instants(view, around.field, "begin", around.start, judged)
    last = _instants(view, around.field, "deadline", around.end, judged)
    first = np.full(len(at), MIN_INSTANT) if around.start is None else first
    last = np.full(len(at), MAX_INSTANT) if around.end is None else last
    broken = ((first <= at) & (at <= last)) != around.inside
    judged, at, first, last = judged[broken], at[broken], first[broken], last[broken]
    if around.inside:
        allowed = np.where((at < first) & (first <= last), first, NONE)
    else:
        allowed = np.where(last < MAX_INSTANT, last + 1, NONE)
    begin, end = _own(view, around, judged)
    over = at - end - (begin < end)
    distances = np.where(at < begin, begin - at, np.where(at > end, over, -1))
    pairs, which = np.unique(np.stack((at < begin, distances)), axis=1, return_inverse=True)
    said = [around.said(None if far < 0 else (bool(before), far)) for before, far in pairs.T.tolist()]
    return Violations(judged, texts(said).take(numbers(which.reshape(-1))), allowed)


def _instants(
    view: RuleView, field: str, use: Literal["begin", "deadline"], offset: Offset | None, places: Ints
) -> Ints:
    """Return an end of what is in a field, or of a window around it; places without a value are not asked."""
    rule, partition = view.rule, view.partition
    dated = DateSpanField(field, use, rule.zone, rule.default_zone, offset)
    column = partition.scanner.column_plan.dated[dated]
    if not partition.has(column):
        return np.full(len(places), NONE)
    found: Ints = partition.column(column)[view.rows(places)]
    return found


def _own(view: RuleView, around: Around, places: Ints) -> tuple[Ints, Ints]:
    begin = _instants(view, around.field, "begin", None, places)
    return begin, _instants(view, around.field, "deadline", None, places)


def _judge_yearly(view: RuleView, around: Around, judged: Ints) -> Violations:
    """Work out the windows once for what is alike in field, zone and local year."""
    begin, end = _own(view, around, judged)
    at, rows = view.at[judged], view.rows(judged)
    places: list[int] = []
    measured: list[str] = []
    allowed: list[int] = []
    every = np.arange(len(judged))
    for zone, mine in view.zoned.of(rows):
        chosen = every[mine]
        assert zone is not None, "INVARIANT: lowering refuses such windows without a zone"
        days = view.zoned.times.zone(zone).local_days(at[chosen])
        years = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
        keys = np.stack((begin[chosen], end[chosen], years))
        distinct, which = np.unique(keys, axis=1, return_inverse=True)
        order = np.argsort(which.reshape(-1), kind="stable")
        bounds = np.searchsorted(which.reshape(-1)[order], np.arange(distinct.shape[1] + 1))
        for number in range(distinct.shape[1]):
            alike = chosen[order[bounds[number] : bounds[number + 1]]]
            own: InstantRange = int(distinct[0, number]), int(distinct[1, number])
            windows = around.windows(own, zone, int(at[alike[0]]))
            inside: Bools = np.zeros(len(alike), np.bool_)
            for first, last in windows:
                inside |= (first <= at[alike]) & (at[alike] <= last)
            for place in alike[inside != around.inside].tolist():
                following = around.next_allowed(windows, int(at[place]))
                places.append(place)
                measured.append(around.measure(own, zone, int(at[place])))
                allowed.append(NONE if following is None else following)
    order = np.argsort(np.array(places, np.int64), kind="stable")
    said = texts(measured).take(numbers(order))
    return Violations(judged[np.array(places, np.int64)[order]], said, np.array(allowed, np.int64)[order])
