"""When a monitor wants to hear that time has passed."""

from __future__ import annotations

import datetime as dt

from scene import DAY, ENGINE, START, call, other


def test_a_monitor_wakes_when_its_next_deadline_has_passed() -> None:
    monitor = ENGINE.monitor()
    assert monitor.wakes is None
    monitor.feed(call(0, "a"))
    assert monitor.wakes is None
    monitor.feed(other("interview", 2, "i"))
    assert monitor.wakes == START + 3 * DAY
    assert monitor.advance(START + 3 * DAY) == []
    assert len(monitor.advance(START + 3 * DAY + 1)) == 1
    assert monitor.wakes is None


def test_a_monitor_of_late_events_wakes_for_what_waits_for_them() -> None:
    monitor = ENGINE.monitor(allowed_lateness=dt.timedelta(days=5))
    monitor.feed(other("interview", 2, "i"))
    assert monitor.wakes == START + 2 * DAY, "the interview is settled only after that"
    assert monitor.advance(START + 2 * DAY + 1 + 5 * DAY) == []
    assert monitor.wakes == START + 3 * DAY
    assert len(monitor.advance(START + 3 * DAY + 1 + 5 * DAY)) == 1
    assert monitor.wakes is None
