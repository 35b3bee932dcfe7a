"""Events of which only the date is known, before rules about a window around an instant of their own."""

from __future__ import annotations

from typing import Any

import pytest

from comity import Engine, Event
from comity.clock.instants import DAY, parse_instant

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "America/Chicago"
[attributes]
visit = "instant"
[rules.reminder]
kind = "contact-window"
contact = {{ kind = "reminder" }}
around = "visit"
{}
"""
BEFORE = POLICY.format('from = "-72h"\nto = "-24h"')
QUIET = POLICY.format('from = "-36h"\nto = "+1 calendar day"\ndeny = true\nyearly = true')
EIGHTH = parse_instant("2025-05-08T05:00:00Z")
"""The midnight with which 8 May begins in Chicago."""
OWN = {"visit": "2025-05-08T15:00:00Z"}


def dated(day: int, visit: str = OWN["visit"]) -> Event:
    at = EIGHTH + (day - 8) * DAY
    return Event("ann", at, id=str(day), kind="reminder", attributes={"visit": visit}, date_only=True)


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_date_is_judged_where_all_its_times_say_the_same(back_end: Any) -> None:
    timed = Event("ann", EIGHTH - 5 * DAY, id="timed", kind="reminder", attributes=OWN)
    events = [dated(1), timed, *map(dated, (5, 6, 7, 8))]
    report = Engine.of(BEFORE).audit(events, engine=back_end)
    assert [(each.event, each.status, each.measured, each.allowed_from) for each in report.findings] == [
        (
            "1",
            "violation",
            "at an unknown time on Thu 2025-05-01",
            parse_instant("2025-05-05T15:00:00Z"),
        ),
        ("timed", "violation", "5d 10h before its `visit`", parse_instant("2025-05-05T15:00:00Z")),
        ("5", "indeterminate", "Mon 2025-05-05 without a time", None),
        ("7", "indeterminate", "Wed 2025-05-07 without a time", None),
        ("8", "violation", "at an unknown time on Thu 2025-05-08", None),
    ]
    assert "not known whether it came in the allowed time" in report.findings[2].message


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_so_it_is_around_every_anniversary_and_where_the_window_is_forbidden(back_end: Any) -> None:
    events = [dated(day, "2020-05-10") for day in (7, 8, 9, 10, 11, 12)]
    found = Engine.of(QUIET).audit(events, engine=back_end).findings
    assert [(each.event, each.status) for each in found] == [
        ("8", "indeterminate"),
        ("9", "violation"),
        ("10", "violation"),
        ("11", "violation"),
    ]
    assert found[1].allowed_from == EIGHTH + 4 * DAY


def test_a_decision_on_a_date_that_is_allowed_in_part_is_indeterminate() -> None:
    engine = Engine.of(BEFORE)
    assert [engine.decide([], dated(day)).outcome for day in (5, 6, 7, 8)] == [
        "indeterminate",
        "allow",
        "indeterminate",
        "deny",
    ]
    decision = engine.decide([], dated(1))
    assert decision.next_allowed == parse_instant("2025-05-05T15:00:00Z")
