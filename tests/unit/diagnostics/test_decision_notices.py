"""What a decision tells beside its verdict is what an audit tells of such an event."""

from __future__ import annotations

import pytest

from comity import Engine, Event, History
from comity.clock.instants import parse_instant

POLICY = """comity = 1
[policy]
id = "office"
title = "Office"
version = "1"
timezone = "ZONE"
[attributes]
score = "number"
[rules.hours]
kind = "contact-hours"
contact = { score = { at-least = 0 } }
allow = [{ from = 08:00:00, to = 18:00:00 }]
"""
NOON = parse_instant("2025-03-04T12:00:00Z")


def engine(zone: str = "Europe/Rome") -> Engine:
    return Engine.of(POLICY.replace("ZONE", zone))


@pytest.mark.parametrize(
    ("zone", "event", "told"),
    [
        ("Europe/Rome", Event("a", NOON), []),
        ("HST", Event("a", NOON), [("fixed-offset-zone", "HST", None)]),
        ("Europe/Rome", Event("a", NOON, timezone="EST"), [("fixed-offset-zone", "EST", 1)]),
        ("EST", Event("a", NOON, timezone="EST"), [("fixed-offset-zone", "EST", 1)]),
        ("Europe/Rome", Event("a", NOON, channel="Anruf "), [("near-channel", "Anruf", 1)]),
        ("Europe/Rome", Event("a", NOON, channel="fax"), []),
        ("Europe/Rome", Event("a", NOON, date_only=True), [("dates-without-time", None, 1)]),
        (
            "Europe/Rome",
            Event("a", parse_instant("1970-01-05T03:00:00Z")),
            [("suspicious-instants", "1970-01-05T03:00:00Z", 1)],
        ),
        (
            "Europe/Rome",
            Event("a", parse_instant("2300-01-20T03:00:00Z")),
            [("suspicious-instants", "2300-01-20T03:00:00Z", 1)],
        ),
    ],
)
def test_a_decision_tells_what_an_audit_tells_of_the_event(
    zone: str, event: Event, told: list[tuple[str, str | None, int | None]]
) -> None:
    asked = engine(zone)
    for history in (list[Event](), History()):
        notices = asked.decide(history, event).notices
        assert [(notice.code, notice.example, notice.count) for notice in notices] == told
        audited = asked.audit([event]).notices
        assert set(notices) <= set(audited)
        assert asked.decide(history, event).notices == notices


def test_what_does_not_read_in_a_history_is_shown() -> None:
    past = Event("a", NOON - 1, attributes={"score": "many"})
    for history in ([past], History([past])):
        [notice] = engine().decide(history, Event("a", NOON, attributes={"score": 4})).notices
        assert (notice.code, notice.count, notice.example) == ("unreadable-values", 1, "`many`")
