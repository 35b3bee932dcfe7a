"""Attributes that do not read as declared: in a proposed event, in a history, and in a log."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from comity import Engine, Event, History, RuleError
from comity.audits.backends import BackEnd

HOUR = 3_600_000_000
START = 1_740_000_000_000_000
TEXT = """comity = 1
[policy]
id = "sales"
title = "Sales"
timezone = "Europe/Paris"
version = "1"
[attributes]
score = "number"
vip = "boolean"
until = "instant"
[rules.hot]
kind = "forbidden"
contact = { kind = "call", score = { at-least = 50 } }
[rules.gap]
kind = "minimum-gap"
contact = { kind = "call" }
gap = { field = "until", else = "7d" }
[rules.answer]
kind = "response-window"
after = { kind = "question", vip = true }
expect = { kind = "call" }
within = { field = "until", else = "2d" }
[rules.spaced]
kind = "minimum-gap"
contact = { preceded-by = { event = { vip = true } } }
gap = "1h"
"""
ENGINE = Engine.of(TEXT)


def event(hours: int, kind: str = "call", **attributes: Any) -> Event:
    return Event("ann", START + hours * HOUR, kind=kind, attributes=attributes)


HISTORY = [event(0, "letter", score="7,5", vip="maybe"), event(1, "question", vip="?", until="soon")]


def asked(history: Any, proposed: Event) -> dict[str, str]:
    return {finding.rule: finding.status for finding in ENGINE.decide(history, proposed).findings}


@pytest.mark.parametrize("form", [list, tuple, History, iter])
def test_what_cannot_be_read_of_a_contact_is_never_an_allow(form: Any) -> None:
    proposed = event(400, score="80 points")
    decision = ENGINE.decide(form(HISTORY), proposed)
    assert (decision.outcome, decision.next_allowed, decision.allowed) == ("indeterminate", None, False)
    assert decision.unreadable == {"sales/score": "80 points"}
    (finding,) = decision.findings
    assert (finding.rule, finding.status) == ("hot", "indeterminate")
    assert "`score` is `80 points`, which is not a number; allowed is a decimal number" in finding.message
    assert pickle.loads(pickle.dumps(decision)) == decision


@pytest.mark.parametrize("form", [list, History])
def test_a_decision_tells_what_cannot_be_read_in_the_history(form: Any) -> None:
    decision = ENGINE.decide(form(HISTORY), event(400, score=12))
    assert decision.outcome == "allow"
    assert decision.unreadable == {}
    counts = {notice.message.split("`")[1]: notice.count for notice in decision.notices}
    assert counts == {"sales/score": 1, "sales/until": 1, "sales/vip": 2}


def test_rules_that_do_not_read_it_judge_as_usual() -> None:
    assert asked([event(399)], event(400, score="x")) == {"hot": "indeterminate", "gap": "violation"}
    assert asked([], event(400, "letter", score="x")) == {}
    assert asked([], event(400, "letter", until="x")) == {}


def test_an_explanation_says_of_which_rules_nothing_is_known() -> None:
    standing = {each.rule: each for each in ENGINE.explain(HISTORY, event(400, score="x", vip="?"))}
    assert {name: each.standing for name, each in standing.items()} == {
        "answer": "not-judged",
        "gap": "kept",
        "hot": "indeterminate",
        "spaced": "not-judged",
    }
    assert standing["hot"].to_dict()["message"].startswith("The rule cannot be judged")
    assert standing["spaced"].unreadable == {"vip": 2}
    assert standing["answer"].unreadable == {"until": 1, "vip": 1}
    assert standing["hot"].unreadable == {}
    question = ENGINE.explain([], event(400, "question", vip="?"))
    assert [each.standing for each in question if each.rule == "answer"] == ["indeterminate"]


def test_slots_of_what_cannot_be_read_are_not_known() -> None:
    with pytest.raises(RuleError, match="`score` is `x`"):
        ENGINE.slots([], event(400, score="x"))
    assert ENGINE.slots([], event(400, "letter", score="x"))


@pytest.mark.parametrize("lateness", [None, 5])
def test_a_monitor_counts_what_cannot_be_read_also_after_it_was_restored(lateness: int | None) -> None:
    import datetime as dt

    made = ENGINE.monitor() if lateness is None else ENGINE.monitor(lateness=dt.timedelta(hours=lateness))
    for each in HISTORY:
        made.feed(each)
    restored = ENGINE.restore(made.snapshot())
    for monitor in (made, restored):
        monitor.feed(event(2, score="x"))
        assert monitor.unreadable == {"sales/score": 2, "sales/until": 1, "sales/vip": 2}
        assert monitor.decide(event(400, score="y")).outcome == "indeterminate"


@pytest.mark.parametrize("back_end", ["online", "columnar"])
def test_an_audit_counts_them_for_each_rule_that_would_have_read_them(back_end: BackEnd) -> None:
    events = [*HISTORY, event(2, score="x"), event(3, score="1e999"), event(4, score=10**400)]
    report = ENGINE.audit(events, engine=back_end)
    assert report.summary.unreadable == {"sales/score": 4, "sales/until": 1, "sales/vip": 2}
    tallies = {name: tally.unreadable for name, tally in report.summary.by_rule.items()}
    assert tallies == {
        "sales/answer": {"until": 1, "vip": 1},
        "sales/gap": {},
        "sales/hot": {"score": 3},
        "sales/spaced": {"vip": 2},
    }
    told = {(each.rule, each.count) for each in report.notices if each.code == "unreadable-values"}
    assert told >= {(None, 4), (None, 1), (None, 2), ("sales/hot", 3), ("sales/spaced", 2)}
    unreadable = [each for each in report.notices if each.code == "unreadable-values"]
    examples = [each.example for each in unreadable if each.rule == "sales/hot"]
    assert examples == ["`1" + "0" * 58 + "…`"]


@pytest.mark.parametrize(
    ("value", "readable"),
    [
        (START, True),
        (1_740_000_000, False),
        (1_740_000_000_000, False),
        (10**19, False),
        (-START, True),
        (True, False),
    ],
)
def test_whole_numbers_are_microseconds_where_they_can_be(value: int, readable: bool) -> None:
    decision = ENGINE.decide([], event(400, "letter", until=value))
    assert (decision.unreadable == {}) is readable


def test_a_rule_about_answers_that_looks_back_is_no_matter_of_a_contact_that_cannot_be_read() -> None:
    text = (
        'comity = 1\n[policy]\nid = "asks"\ntitle = "Asks"\nversion = "1"\n[attributes]\nvip = "boolean"\n'
        '[rules.answer]\nkind = "response-window"\nexpect = { kind = "call" }\nwithin = "2d"\n'
        'after = { kind = "call", preceded-by = { event = { kind = "letter" } } }\n'
        '[rules.gap]\nkind = "minimum-gap"\ncontact = { kind = "call" }\ngap = "1h"\n'
    )
    engine = Engine.of(text)
    for history in (HISTORY, History(HISTORY)):
        assert engine.decide(history, event(9, vip="maybe")).outcome == "allow"
        assert engine.slots(history, event(9, vip="maybe"))
        assert engine.explain(history, event(9, vip="maybe"))[0].standing == "obliges"


def test_the_style_of_a_message_that_is_not_there_hangs_on_nothing() -> None:
    engine = Engine.of(
        'comity = 1\n[policy]\nid = "style"\ntitle = "Style"\nversion = "1"\n[attributes]\nscore = "number"\n'
        '[rules.short]\nkind = "message-style"\ncontact = {}\nexempt = { score = { at-least = 1 } }\n'
        "max-words = 3\n"
    )
    assert engine.decide([], event(1, score="nan")).outcome == "allow"
    assert engine.decide([], event(1, score="nan", text="four words of text")).outcome == "indeterminate"
