"""Roles whose words no event has are named, calmly and once."""

from __future__ import annotations

from typing import Any

import pytest

from comity import Engine, Event, Notice
from comity.formatters.notices import notice_lines

HEAD = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
"""
EVENTS = [
    Event("a", 1_772_000_000_000_000, kind="call", channel="phone", outcome="no-answer"),
    Event("a", 1_772_000_100_000_000, kind="unsubscribe", channel="email", direction="inbound"),
    Event("b", 1_772_000_200_000_000, kind="call", channel="phone", outcome="busy"),
]


@pytest.fixture(params=["online", "columnar"])
def back_end(request: pytest.FixtureRequest) -> Any:
    return request.param


def told(rule: str, back_end: Any) -> list[Notice]:
    report = Engine.of(HEAD + rule).audit(EVENTS, engine=back_end)
    return [notice for notice in report.notices if notice.code == "word-not-in-log"]


STOP = '[rules.r]\nkind = "stop-after"\ncontact = { kind = "call" }\n'


@pytest.mark.parametrize(
    ("rule", "said", "help"),
    [
        (
            STOP + 'after = { kind = "unsubscribed" }',
            "no event has the kind `unsubscribed`, asked for by `p/r` in `after`",
            "did you mean `unsubscribe`?",
        ),
        (
            STOP + 'after = { kind = "unsubscribe" }\nuntil = { channel = "letter" }',
            "no event has the channel `letter`, asked for by `p/r` in `until`",
            None,
        ),
        (
            STOP + 'after = { kind = "unsubscribe" }\nexempt = { outcome = "failed" }',
            "no event has the outcome `failed`, asked for by `p/r` in `exempt`",
            None,
        ),
        (
            STOP + 'after = { kind = "unsubscribe", channel = "phone" }',
            "no event has the kind `unsubscribe` and the channel `phone` at once, "
            "asked for by `p/r` in `after`",
            None,
        ),
        (
            STOP + 'after = { kind = ["unsubscribe", "cal", "opt-out"] }',
            None,
            None,
        ),
        (
            STOP + 'after = { kind = ["unsubscribes", "opt-out"], any = [{ kind = "stop" }, {}] }',
            "no event has the kind `opt-out` or `unsubscribes`, asked for by `p/r` in `after`",
            "did you mean `unsubscribe`?",
        ),
        (
            '[rules.r]\nkind = "maximum-contacts"\nlimit = 1\nwindow = "1d"\nrestart = { kind = "letter" }\n'
            'contact = { kind = "call", preceded-by = { event = { outcome = "busy" }, '
            'until = { kind = "letter" } } }\n',
            None,
            None,
        ),
        (
            '[rules.r]\nkind = "requires"\ncontact = { kind = "call" }\n'
            'any = [{ event = { kind = "consent" } }, { event = { kind = "unsubscribe" } }]',
            "no event has the kind `consent`, asked for by `p/r` in `any[0].event`",
            None,
        ),
    ],
)
def test_a_word_that_no_event_has_is_named(
    rule: str, said: str | None, help: str | None, back_end: Any
) -> None:
    found = told(rule, back_end)
    if said is None:
        assert not found
    else:
        assert [(notice.message, notice.help, notice.rule) for notice in found] == [(said, help, "p/r")]


def test_one_of_several_words_that_is_a_slip_is_named(back_end: Any) -> None:
    (found,) = told(STOP + 'after = { kind = ["unsubscirbe", "call"] }', back_end)
    assert found.message == "no event has the kind `unsubscirbe`, asked for by `p/r` in `after`"
    assert found.help == "did you mean `unsubscribe`?"


def test_a_word_that_the_policies_know_is_no_slip(back_end: Any) -> None:
    rule = STOP + 'after = { kind = "unsubscribe" }\nuntil = { kind = "resubscribe" }'
    (found,) = told(rule, back_end)
    assert found.help is None


def test_what_rules_have_in_common_is_said_once() -> None:
    notices = [
        Notice("c", "no event has `x`, asked for by `p/a`", rule="p/a"),
        Notice("d", "another"),
        Notice("c", "no event has `x`, asked for by `p/b`", rule="p/b"),
    ]
    assert list(notice_lines(notices)) == ["no event has `x`, asked for by `p/a`, `p/b` [c]", "another [d]"]


def test_what_begins_or_ends_a_state_is_named_by_the_state(back_end: Any) -> None:
    text = (
        '[states.asked]\nfrom = { kind = "question" }\nuntil = { kind = "unsubscribed" }\n'
        '[rules.r]\nkind = "forbidden"\ncontact = { kind = "call", not = { during = "asked" } }\n'
    )
    messages = [notice.message for notice in told(text, back_end)]
    assert messages == [
        f"no event has the kind `{kind}`, asked for by `p/r` in `states.asked.{key}`"
        for kind, key in (("question", "from"), ("unsubscribed", "until"))
    ]
