"""What is owed again and again, and what is owed while a clock stands still."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from comity import Engine, Event, Finding, LateMonitor, Monitor

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

MINUTE = HOUR // 60
NINE = 1_750_064_400_000_000
"""A Monday, nine o'clock."""
OFTEN = """
comity = 1
policy = {{ id = "p", title = "P", version = "1", timezone = "UTC" }}
[calendars.always]
hours = [{{ from = "00:00", to = "24:00" }}]
[rules.updates]
kind = "maximum-gap"
contact = {{ kind = "update" }}
gap = "{}"
from = {{ kind = "opened" }}
calendar = "always"
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
    monitor = restored(engine, monitor)
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


@pytest.mark.parametrize("gap", ["1m", "1 business minute"])
@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_a_long_run_is_cut_and_told_and_its_running_period_stays_right(back_end: Any, gap: str) -> None:
    engine = Engine.of(OFTEN.format(gap))
    events = [
        Event("ann", NINE, kind="opened", direction="inbound", id="a"),
        Event("ann", NINE + 24 * HOUR, kind="update", direction="outbound", id="b"),
    ]
    report = engine.audit(events, as_of=NINE + 24 * HOUR + 90 * MINUTE + 1, engine=back_end)
    of_first = [each for each in report.findings if each.event == "a"]
    assert [each.due for each in of_first] == [NINE + n * MINUTE for n in range(1, 1001)]
    of_second = [each for each in report.findings if each.event == "b"]
    assert [each.status for each in of_second] == ["violation"] * 90 + ["pending"]
    tally = report.summary.by_rule["p/updates"]
    assert (tally.judged, tally.violation, tally.pending, tally.unlisted) == (2, 1090, 1, 439)
    (notice,) = [each for each in report.notices if each.code == "periods-not-listed"]
    assert (notice.rule, notice.count) == ("p/updates", 439)
    # As of an instant among those that are not listed, the period that runs then is pending.
    early = engine.audit(events, as_of=NINE + 1200 * MINUTE, engine=back_end)
    assert [each.due for each in early.findings if each.status == "pending"][:1] == [NINE + 1201 * MINUTE]
    assert early.summary.by_rule["p/updates"].unlisted == 200


def test_what_is_owed_after_a_long_run_is_the_next_deadline() -> None:
    engine = Engine.of(OFTEN.format("1s"))
    opened = [Event("ann", NINE, kind="opened", direction="inbound")]
    (owed,) = engine.obligations(opened, NINE + 365 * 24 * HOUR + 500_000)
    assert owed.due == NINE + 365 * 24 * HOUR + 1_000_000


def restored(engine: Engine, monitor: Monitor | LateMonitor) -> Monitor:
    again = engine.restore(monitor.snapshot())
    assert isinstance(again, Monitor)
    return again


def test_a_monitor_counts_what_it_does_not_list_and_keeps_the_count() -> None:
    engine = Engine.of(OFTEN.format("1m"))
    monitor = engine.monitor()
    monitor.feed(Event("ann", NINE, kind="opened", direction="inbound"))
    assert len(monitor.advance(NINE + 900 * MINUTE + 1)) == 900
    monitor = restored(engine, monitor)
    assert len(monitor.advance(NINE + 1100 * MINUTE + 1)) == 100
    assert monitor.unlisted == {"p/updates": 100}
    monitor = restored(engine, monitor)
    assert not monitor.advance(NINE + 1200 * MINUTE + 1)
    assert monitor.unlisted == {"p/updates": 200}
    assert [each.due for each in monitor.close()] == [NINE + 1201 * MINUTE]
