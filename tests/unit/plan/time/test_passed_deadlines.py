"""What may be forgotten of stops whose deadlines have passed: none that counts, and most that do not."""

from __future__ import annotations

import pytest

from comity import Engine, Event
from comity.clock.instants import DAY, HOUR, parse_instant
from comity.clock.zones import find_zone
from comity.plan.time.span_texts import parse_span

POLICY = """comity = 1
[policy]
id = "stops"
title = "Stops"
version = "1"
timezone = "{zone}"
[rules.stop]
kind = "stop-after"
contact = {{ kind = "call" }}
after = {{ kind = "stop" }}
honour-within = "{within}"
"""
SPANS = ("36h", "3 calendar days", "10 business days", "1 month", "2 years")
ZONES = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Pacific/Apia", "Etc/GMT+12")


@pytest.mark.parametrize("text", SPANS)
def test_what_has_surely_passed_has_in_every_zone_and_little_else_has(text: str) -> None:
    span = parse_span(text)
    for start in ("2011-12-28T00:00:00Z", "2024-02-26T13:30:00Z", "2025-12-24T23:59:59Z"):
        for hours in range(0, 24 * 12, 7):
            instant = parse_instant(start) + hours * HOUR
            passed = span.surely_passed(instant)
            for zone in map(find_zone, ZONES):
                for before in (0, 1, HOUR, DAY, 40 * DAY):
                    assert span.deadline(zone, passed - before) < instant
            assert span.deadline(find_zone("UTC"), passed + 9 * DAY) >= instant


@pytest.mark.parametrize("zone", ["Europe/Madrid", "Pacific/Apia"])
@pytest.mark.parametrize("within", SPANS)
def test_stops_are_forgotten_only_where_later_ones_count_for_them(within: str, zone: str) -> None:
    engine = Engine.of(POLICY.format(zone=zone, within=within))
    first = parse_instant("2024-11-20T09:00:00Z")
    # Many stops in a row make the list be trimmed, each time with a contact right behind.
    events = [Event("p", first + n * 19 * HOUR, kind="call" if n % 4 == 3 else "stop") for n in range(1400)]
    online = list(engine.audit(events, engine="online").findings)
    assert len(online) > 50
    assert list(engine.audit(events, engine="columnar").findings) == online
    history = events[:90]
    proposed = Event("p", history[-1].at + 1, kind="call")
    told = {finding.evidence for finding in engine.decide(history, proposed).findings}
    whole = engine.audit([*history, proposed], engine="columnar").findings
    assert told == {finding.evidence for finding in whole if finding.event == "#91"}


def test_a_monitor_keeps_the_stops_that_may_count_and_no_more() -> None:
    engine = Engine.of(POLICY.format(zone="UTC", within="5 calendar days"))
    monitor = engine.monitor()
    sizes = []
    for n in range(3000):
        monitor.feed(Event("p", parse_instant("2025-01-01T09:00:00Z") + n * HOUR, kind="stop"))
        if n % 500 == 499:
            sizes.append(len(monitor.snapshot()))
    assert max(sizes) < 2 * sizes[0]
