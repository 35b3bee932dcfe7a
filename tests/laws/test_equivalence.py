from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import pytest
from adapter import EXAMPLES, audit, channels, load
from adapter import decide as reached
from hypothesis import HealthCheck, given, note, settings

from comity.events.event import Event
from comity.policy.model import Policy
from comity.results.findings import Finding
from reference import Judgement, decide, judge
from strategies import RULE_KINDS, edges, families, histories, instants, mostly, own_edges, policies

DAY = 86_400_000_000
HOUR = DAY // 24
thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def as_found(finding: Finding) -> dict[str, Any]:
    return {
        "policy": finding.policy,
        "rule": finding.rule,
        "kind": finding.kind,
        "severity": finding.severity,
        "status": finding.status,
        "person": finding.person,
        "scope": dict(finding.scope),
        "event": finding.event,
        "at": finding.at,
        "evidence": list(finding.evidence),
        "due": finding.due,
    }


def as_judged(judgement: Judgement) -> dict[str, Any]:
    return {key: value for key, value in judgement.items() if key not in ("allowed", "begins", "measured")}


def check_words(finding: Finding, judgement: Judgement) -> None:
    """Check what was measured, and that the message has it and the event that proves it."""
    assert judgement["measured"] in (None, finding.measured)
    assert not re.search(r"[{}]|%\(", finding.message)
    if finding.status == "violation" and finding.kind in ("minimum-gap", "maximum-contacts", "stop-after"):
        assert finding.measured in finding.message
    if finding.kind in ("minimum-gap", "stop-after"):
        assert f"`{finding.evidence[-1]}`" in finding.message


def check(
    policy: Policy,
    events: Sequence[Event],
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> None:
    found = audit(policy, events, as_of, since, until)
    judged = judge(policy, events, channels(), as_of, since, until)
    assert [as_found(finding) for finding in found] == [as_judged(judgement) for judgement in judged]
    for finding, judgement in zip(found, judged, strict=True):
        check_allowed_from(finding, judgement)
        check_words(finding, judgement)


def check_allowed_from(finding: Finding, judgement: Judgement) -> None:
    if judgement["allowed"] is None:
        assert finding.allowed_from is None
    else:
        check_first(judgement["allowed"], finding.at, finding.allowed_from)


def check_first(allowed: Callable[[int], bool], at: int, first: int | None) -> None:
    """Check that an instant is the first that is allowed, by asking at it and at many before."""
    end = at + 800 * DAY if first is None else first
    if first is not None:
        assert first >= at
        assert allowed(first), f"not allowed at {first}"
    tried = {at, at + 1, end - 1, *(at + (end - at) * part // 23 for part in range(23))}
    tried |= {at + hours * HOUR for hours in (1, 2, 6, 12, 23, 24, 25, 36, 48, 24 * 7, 24 * 8, 24 * 31)}
    tried |= {at // DAY * DAY + quarters * HOUR // 4 + 1 for quarters in range(96)}
    for instant in sorted(tried):
        if at <= instant < end:
            assert not allowed(instant), f"allowed at {instant}, before {first}"


@thorough
@given(policies(), histories(), *[mostly(None, instants(), 4)] * 3)
def test_findings_are_those_that_the_sentences_give(
    text: str, events: list[Event], as_of: int | None, since: int | None, until: int | None
) -> None:
    check(load(text), events, as_of, since, until)


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_each_kind_gives_the_findings_of_its_sentence(kind: str) -> None:
    @thorough
    @given(policies((kind,)), histories())
    def agrees(text: str, events: list[Event]) -> None:
        check(load(text), events)

    agrees()


@thorough
@given(edges())
def test_the_edges_of_spans_are_where_the_sentences_have_them(drawn: tuple[str, list[Event]]) -> None:
    text, events = drawn
    check(load(text), events)


@thorough
@given(own_edges())
def test_spans_up_to_an_event_s_own_instant_end_there(drawn: tuple[str, list[Event]]) -> None:
    text, events = drawn
    check(load(text), events)


@thorough
@given(families(), histories())
def test_an_extended_policy_keeps_its_own_settings(family: tuple[str, str], events: list[Event]) -> None:
    base, text = family
    with TemporaryDirectory() as folder:
        (Path(folder) / "base.toml").write_text(base, "utf-8")
        policy = load(text, Path(folder))
    note(base)
    check(policy, events)


@thorough
@given(policies(), histories(), instants())
def test_decisions_are_those_that_the_sentences_give(text: str, events: list[Event], at: int) -> None:
    policy = load(text)
    history = [attrs.evolve(event, id=f"n{number}") for number, event in enumerate(events)]
    for proposed in [*history[-1:], *(attrs.evolve(event, at=at) for event in history[:1])]:
        others = [event for event in history if event.id != proposed.id]
        check_decision(policy, others, proposed)


def check_decision(policy: Policy, history: Sequence[Event], proposed: Event) -> None:
    for ignore in (False, True):
        decision = reached(policy, history, proposed, "ignore" if ignore else "count")
        outcome, own, later, allowed = decide(policy, history, proposed, channels(), ignore_later=ignore)
        assert decision.outcome == outcome
        key = operator.itemgetter("rule", "scope", "event")
        mine = [finding for finding in decision.findings if finding.because_of is None]
        others = [finding for finding in decision.findings if finding.because_of is not None]
        assert sorted_by(key, map(as_found, mine)) == sorted_by(key, map(as_judged, own))
        assert sorted_by(key, map(as_found, others)) == sorted_by(key, map(as_judged, later))
        assert {finding.because_of for finding in others} <= {proposed.id}
        if outcome == "indeterminate":
            assert decision.next_allowed is None
        else:
            check_first(allowed, proposed.at, decision.next_allowed)


def sorted_by(key: Callable[[Any], object], found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda finding: repr(key(finding)))
