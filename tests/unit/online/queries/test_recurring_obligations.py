"""What is owed again and again, and what is owed while a clock stands still."""

from __future__ import annotations

from datetime import timedelta

from comity import Engine, Event, Finding

HOUR = 3_600_000_000
START = 1_750_000_000_000_000
POLICY = """
comity = 1
policy = { id = "p", title = "P", version = "1", timezone = "UTC" }
[rules.updates]
kind = "maximum-gap"
contact = { kind = "update" }
gap = "4h"
from = { kind = "opened" }
until = { kind = "closed" }
pause = { from = { kind = "waiting" }, until = { kind = "back" } }
"""


def event(hours: float, kind: str, direction: str = "inbound") -> Event:
    return Event("ann", START + int(hours * HOUR), kind=kind, direction=direction)


def due(engine: Engine, events: list[Event], now: float) -> list[float]:
    return [(each.due - START) / HOUR for each in engine.obligations(events, START + int(now * HOUR))]


def test_the_next_deadline_is_owed_and_those_that_passed_are_not() -> None:
    engine = Engine.of(POLICY)
    opened = [event(0, "opened")]
    assert due(engine, opened, 0) == [4]
    assert due(engine, opened, 4) == [4]
    assert due(engine, opened, 5) == [8]
    assert due(engine, opened, 13) == [16]
    assert due(engine, [*opened, event(3, "update", "outbound")], 5) == [7]
    assert due(engine, [*opened, event(3, "closed")], 5) == []


def test_what_is_paused_is_owed_when_the_clock_would_come_to_it() -> None:
    engine = Engine.of(POLICY)
    waiting = [event(0, "opened"), event(1, "waiting")]
    assert due(engine, waiting, 1) == [4]
    assert due(engine, waiting, 30) == [33]
    assert due(engine, [*waiting, event(30, "back")], 30) == [33]
    assert due(engine, [*waiting, event(30, "back")], 34) == [37]


def test_a_monitor_finds_each_missed_period_and_goes_on_after_a_snapshot() -> None:
    engine = Engine.of(POLICY)
    first = engine.monitor()
    first.feed(event(0, "opened"))
    found: list[object] = [*first.advance(START + 9 * HOUR)]
    monitor = engine.restore(first.snapshot())
    found += monitor.feed(event(12.5, "waiting"))
    monitor = engine.restore(monitor.snapshot())
    found += monitor.feed(event(20, "back"))
    found += monitor.advance(START + 24 * HOUR)
    assert [finding.due for finding in found if isinstance(finding, Finding)] == [
        START + int(hours * HOUR) for hours in (4, 8, 12, 23.5)
    ]
    (pending,) = monitor.close()
    assert isinstance(pending, Finding)
    assert (pending.status, pending.due) == ("pending", START + int(27.5 * HOUR))


def test_late_events_change_what_is_owed() -> None:
    engine = Engine.of(POLICY)
    monitor = engine.monitor(lateness=timedelta(hours=6))
    monitor.feed(event(0, "opened"))
    monitor.advance(START + 5 * HOUR)
    assert [(each.due - START) / HOUR for each in monitor.obligations()] == [8]
    monitor.feed(event(3, "update", "outbound"))
    assert [(each.due - START) / HOUR for each in monitor.obligations()] == [7]
