"""When a monitor wants to hear that time has passed."""

from __future__ import annotations

import datetime as dt

from scene import DAY, ENGINE, START, call, other

from comity.online import LateMonitor, Monitor


def wakes(monitor: Monitor | LateMonitor) -> int | None:
    return monitor.wakes


def test_a_monitor_wakes_when_its_next_deadline_has_passed() -> None:
    monitor = ENGINE.monitor()
    assert wakes(monitor) is None
    monitor.feed(call(0, "a"))
    assert wakes(monitor) is None
    monitor.feed(other("interview", 2, "i"))
    assert wakes(monitor) == START + 3 * DAY
    assert monitor.advance(START + 3 * DAY) == []
    assert len(monitor.advance(START + 3 * DAY + 1)) == 1
    assert wakes(monitor) is None


def test_a_monitor_of_late_events_wakes_for_what_waits_for_them() -> None:
    monitor = ENGINE.monitor(allowed_lateness=dt.timedelta(days=5))
    monitor.feed(other("interview", 2, "i"))
    assert wakes(monitor) == START + 2 * DAY, "the interview is settled only after that"
    assert monitor.advance(START + 2 * DAY + 1 + 5 * DAY) == []
    assert wakes(monitor) == START + 3 * DAY
    assert len(monitor.advance(START + 3 * DAY + 1 + 5 * DAY)) == 1
    assert wakes(monitor) is None
