from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from comity.clock.instants import DAY, HOUR
from comity.clock.zones import Zone, find_zone
from comity.errors import EventError
from comity.plan import Calendar, Hours, HoursSlot, Span, parse_span
from comity.plan.plan import Effective
from comity.plan.time.calendars import Opening
from comity.sql.clocks import Clock, Clocks, ZoneReading
from comity.sql.stretches import Stretches, make_stretches

OPENING = (Opening(frozenset(range(5)), 9 * HOUR, 17 * HOUR), Opening(frozenset({5}), 22 * HOUR, 2 * HOUR))
CALENDAR = Calendar(country="US", opening=OPENING)
SPANS = [
    parse_span(text, CALENDAR)
    for text in ("2 calendar days", "5 business days", "1 month", "same week", "8 business hours")
]
SLOTS = (
    HoursSlot(start=8 * HOUR, end=21 * HOUR, holidays="exclude"),
    HoursSlot(days=frozenset({5}), start=22 * HOUR, end=HOUR),
)
EVENT = ZoneReading(None, find_zone("Europe/Paris"))
OFFICE = ZoneReading(find_zone("America/Havana"), None)
ZONES = ("", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe", "Europe/Paris Asia/Kolkata")
FIRST = 15_330
"""Late in 2011, when Samoa skipped a day."""


def clocks_of_a_plan() -> Clocks:
    clocks = Clocks()
    for reading in (EVENT, OFFICE):
        for span in SPANS:
            for what in ("start", "cut", "leave", "due"):
                clocks.column(what, reading, span)
        clocks.column("hours", reading, Hours(SLOTS, calendar=CALENDAR))
        clocks.column("day", reading)
        clocks.column("dates", reading, (Effective(FIRST + 3, FIRST + 200),))
    return clocks


def wanted(clock: Clock, zones: tuple[Zone, ...], at: int) -> int:
    match clock.of:
        case Hours() as hours:
            return int(hours.allows(zones, at))
        case None:
            return zones[0].local_day(at)
        case Span() as span if clock.what == "cut":
            return first_not_passed(span, zones[0], at)
        case Span() as span:
            ask: dict[str, Callable[[Zone | None, int], int]] = {
                "start": span.start,
                "leave": span.leave,
                "due": span.deadline,
            }
            return ask[clock.what](zones[0], at)
        case dates:
            day = zones[0].local_day(at)
            return int(all((each.start or 0) <= day <= (each.through or day) for each in dates))


def first_not_passed(span: Span, zone: Zone, at: int) -> int:
    low, high = at - 60 * DAY, at
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if span.deadline(zone, middle) < at else (low, middle)
    return low


def shown(table: Stretches, clock: Clock, name: str, row: int, at: int) -> int:
    value = int(table.clocks[name][row])
    moves = clock.moves and int(table.clocks[f"{name}_moves"][row])
    return value + at - int(table.begins[row]) if moves else value


def test_every_clock_shows_what_the_plan_says_anywhere_in_a_stretch() -> None:
    draw = random.Random(5)
    clocks = clocks_of_a_plan()
    days = {zone: np.unique([FIRST + draw.randrange(365) for _ in range(40)]) for zone in ZONES}
    table = make_stretches(clocks, days)
    for row in draw.sample(range(len(table)), 300):
        begin, end = int(table.begins[row]), int(table.ends[row])
        for at in (begin, end - 1, draw.randrange(begin, end)):
            for clock, name in clocks.names.items():
                zones = clock.reading.zones(table.zones[row])
                assert shown(table, clock, name, row, at) == wanted(clock, zones, at), (name, at)


def test_stretches_cover_the_days_once_and_no_others() -> None:
    days = np.array([FIRST, FIRST + 1, FIRST + 9])
    table = make_stretches(clocks_of_a_plan(), {"Pacific/Apia": days})
    assert np.unique(table.days).tolist() == days.tolist()
    assert (table.ends > table.begins).all()
    assert int((table.ends - table.begins).sum()) == 3 * DAY
    assert (table.begins // DAY == table.days).all()


def test_far_days_need_no_stretches_between() -> None:
    table = make_stretches(clocks_of_a_plan(), {"UTC": np.array([-10_000, 40_000])})
    assert len(table) < 100


def test_days_before_1970_have_stretches_too() -> None:
    clocks = Clocks()
    clocks.column("day", EVENT)
    table = make_stretches(clocks, {"": np.array([-400])})
    assert table.begins.tolist() == [-400 * DAY, -400 * DAY + 23 * HOUR]
    assert table.clocks["day_1"].tolist() == [-400, -399]


def test_a_text_that_is_no_zone_is_refused() -> None:
    clocks = Clocks()
    clocks.column("day", EVENT)
    with pytest.raises(EventError, match="`Europe/Atlantis` is not a time zone"):
        make_stretches(clocks, {"Europe/Atlantis": np.array([FIRST])})
