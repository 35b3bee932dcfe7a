"""Rules that judge nothing say why, in the log's own words, in both back ends."""

from __future__ import annotations

from typing import Any

import pytest

from comity import Engine, Event, Notice

HEAD = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
timezone = "Europe/Rome"
[attributes]
points = "number"
[rules.r]
kind = "forbidden"
"""
START = 1_772_000_000_000_000
EVENTS = [
    Event("a", 1_772_000_000_000_000, kind="Dues Notice", channel="E-mail", attributes={"points": 3}),
    Event("a", 1_772_000_100_000_000, kind="dues_notice", channel="sms", attributes={"points": "4"}),
    Event("b", 1_772_000_200_000_000, kind="dues-notice", channel="email", actor="kim"),
    Event("b", 1_772_000_300_000_000, kind="stop", channel="sms", direction="inbound", matter=("m",)),
    Event("b", 1_772_000_400_000_000, kind="visit", channel="in-person"),
]


@pytest.fixture(params=["online", "columnar"])
def back_end(request: pytest.FixtureRequest) -> Any:
    return request.param


def notice_of(rule: str, back_end: Any, events: list[Event] = EVENTS, **limits: Any) -> Notice:
    report = Engine.of(HEAD + rule).audit(events, engine=back_end, **limits)
    assert report.summary.by_rule["p/r"].judged == 0
    assert not report.complete
    (found,) = [notice for notice in report.notices if notice.code == "rule-judged-nothing"]
    assert found.rule == "p/r"
    assert found.message.startswith("nothing was judged by `p/r`: ")
    return found


@pytest.mark.parametrize(
    ("contact", "said", "help"),
    [
        (
            '{ kind = "due-notice" }',
            "no event has the kind `due-notice` (the kinds are `Dues Notice` (3), `stop` (1), `visit` (1))",
            "did you mean `dues-notice`?",
        ),
        ('{ channel = "email; sms" }', "no event has the channel", 'a list, `channel = ["email", "sms"]`'),
        ('{ kind = "dues*" }', "no event has the kind", '`kind = { like = "dues*" }`'),
        ('{ kind = "sms" }', "no event has the kind", '`sms` is a channel of the log: `channel = "sms"`'),
        ('{ kind = { like = "dunning*" } }', "no event has kind like `dunning*`", None),
        ('{ channel = "letter" }', "the channels are `E-mail` (2), `sms` (2), `in-person` (1)", None),
        ('{ medium = "voice" }', "no event has the medium `voice` (the media are `written` (4)", None),
        ('{ outcome = "busy" }', "no event has the outcome `busy` (the outcomes are none)", None),
        (
            '{ kind = "visit", channel = "sms" }',
            "no event has the kind `visit` and the channel `sms` "
            "(its other tests leave 1: the channels are `in-person` (1))",
            None,
        ),
        (
            '{ kind = "stop" }',
            "no event has the direction `outbound` and the kind `stop` "
            "(its other tests leave 1: the directions are `inbound` (1))",
            "contacts are outbound events",
        ),
        (
            '{ kind = "dues-notice", points = { at-least = 5 } }',
            "no event of the log has points at least 5 "
            "(its other tests leave 3: `points` is `3` (1), `4` (1))",
            None,
        ),
        (
            '{ kind = "dues-notice", points = { at-least = 4, at-most = 3 } }',
            "no event of the log has",
            None,
        ),
        (
            '{ actor = "lee" }',
            "no event of the log has actor `lee` (its other tests leave 4: `actor`",
            None,
        ),
        ('{ matter = "n" }', "no event of the log has matter `n`", None),
        (
            '{ kind = "visit", preceded-by = { event = { kind = "stop" }, in-last = "10s" } }',
            "none of the 1 events that pass its other tests comes after `stop` in the last 10s",
            None,
        ),
    ],
)
def test_the_test_that_no_event_passes_is_named(
    contact: str, said: str, help: str | None, back_end: Any
) -> None:
    found = notice_of(f"contact = {contact}", back_end)
    assert said in found.message
    assert found.help is None if help is None else help in (found.help or "")


def test_exempt_contacts_are_said(back_end: Any) -> None:
    found = notice_of('contact = { kind = "dues-notice" }\nexempt = { kind = "dues-notice" }', back_end)
    assert "its 3 contacts are all exempt" in found.message
    found = notice_of("contact = { points = 3 }\nexempt = { points = { at-most = 3 } }", back_end)
    assert "its one contact is exempt" in found.message


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ("through = 2024-01-01", "its dates (through 2024-01-01) lie before the log's events"),
        (
            "from = 2030-01-01",
            "its dates (from 2030-01-01) lie after the log's events, which are on 2026-02-25",
        ),
        ("from = 2026-02-26", "none of its contacts (3) lies within its dates (from 2026-02-26)"),
    ],
)
def test_dates_outside_the_log_are_said(dates: str, said: str, back_end: Any) -> None:
    found = notice_of(f'contact = {{ kind = "dues-notice" }}\neffective = {{ {dates} }}', back_end)
    assert said in found.message


def test_the_audited_stretch_is_said(back_end: Any) -> None:
    found = notice_of('contact = { kind = "visit" }', back_end, until=1_772_000_400_000_000)
    assert "none of its contacts (1) is between the beginning and 2026-02-25" in found.message


def test_that_scopes_are_skipped_is_said(back_end: Any) -> None:
    found = notice_of('contact = { kind = "visit" }\nper = ["person", "actor"]\nabsent = "skip"', back_end)
    assert "none of its contacts (1) has `actor`, and it skips those without" in found.message


def test_that_no_rule_judged_anything_comes_first(back_end: Any) -> None:
    engine = Engine.of(HEAD + 'contact = { kind = "x" }')
    report = engine.audit(EVENTS, engine=back_end)
    assert [notice.code for notice in report.notices] == ["nothing-judged", "rule-judged-nothing"]
    report = engine.audit([], engine=back_end)
    assert [notice.code for notice in report.notices] == ["no-events"]
    assert not report.complete


def test_a_rule_that_judges_is_not_told_of(back_end: Any) -> None:
    report = Engine.of(HEAD + "contact = {}").audit(EVENTS, engine=back_end)
    assert not report.notices
    assert report.complete


def test_too_many_kinds_to_tell(back_end: Any) -> None:
    events = [Event("a", number, kind=f"k{number}") for number in range(10_050)]
    found = notice_of('contact = { kind = "x" }', back_end, events)
    assert "too many different kinds or channels" in found.message


def test_many_outcomes_that_no_rule_asks_for_are_left_aside(back_end: Any) -> None:
    outcomes = [Event("a", START + number, kind="call", outcome=f"said {number}") for number in range(10_050)]
    events = [*outcomes, Event("a", START + 20_000, kind="visit")]
    found = notice_of('contact = { kind = "x" }', back_end, events)
    assert "the kinds are `call` (10,050), `visit` (1)" in found.message
