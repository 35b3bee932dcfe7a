"""What a call returns depends on how it is called; mypy checks each `assert_type`, pytest that it is so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, assert_type

from comity import Decision, Engine, Event, Finding, History, LateMonitor, Monitor, Report, Revision

POLICY = """comity = 1
[policy]
id = "overloads"
title = "Overloads"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = { kind = "letter" }
gap = "3d"
"""
ENGINE = Engine.of(POLICY)
LETTER = Event.of({"person": "p", "at": "2025-05-05T09:00:00Z", "kind": "letter"})


def test_a_monitor_without_lateness_gives_findings() -> None:
    monitor = ENGINE.monitor()
    assert_type(monitor, Monitor)
    assert type(monitor) is Monitor
    assert_type(monitor.feed(LETTER), list[Finding])
    assert_type(ENGINE.monitor(repeated="ignore"), Monitor)


def test_a_monitor_with_lateness_gives_revisions_too() -> None:
    monitor = ENGINE.monitor(lateness=dt.timedelta(hours=1))
    assert_type(monitor, LateMonitor)
    assert type(monitor) is LateMonitor
    assert_type(monitor.feed(LETTER), list[Finding | Revision])


def test_a_monitor_is_taken_over_as_what_it_is() -> None:
    plain = ENGINE.take_over(ENGINE.monitor())
    assert_type(plain, Monitor)
    assert type(plain) is Monitor
    late = ENGINE.take_over(ENGINE.monitor(lateness=dt.timedelta(hours=1)))
    assert_type(late, LateMonitor)
    assert type(late) is LateMonitor


def test_a_restored_monitor_is_one_of_the_two() -> None:
    restored = ENGINE.restore(ENGINE.monitor().snapshot())
    assert_type(restored, Monitor | LateMonitor)
    assert type(restored) is Monitor


def test_a_history_gives_an_event_or_a_sequence_of_them() -> None:
    history = History([LETTER])
    assert_type(history[0], Event)
    assert history[0] == LETTER
    assert_type(history[:1], Sequence[Event])
    assert list(history[:1]) == [LETTER]
    assert_type(list(history), list[Event])


def test_findings_of_a_report_are_a_sequence() -> None:
    later = Event.of({"person": "p", "at": "2025-05-06T09:00:00Z", "kind": "letter"})
    report = ENGINE.audit([LETTER, later])
    assert_type(report, Report)
    first, some = report.findings[0], report.findings[:1]
    assert_type(first, Finding)
    assert_type(some, Sequence[Finding])
    assert list(some) == [first]


def test_a_decision_has_its_types() -> None:
    decision = ENGINE.decide([], LETTER)
    assert_type(decision, Decision)
    assert_type(decision.next_allowed, int | None)
    assert_type(decision.next_allowed_at, dt.datetime | None)
    assert_type(decision.to_dict(), dict[str, Any])
