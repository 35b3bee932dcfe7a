from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from adapter import EXAMPLES, audit, channels, load
from hypothesis import HealthCheck, given, note, settings

from comity.events import Event
from comity.findings import Finding
from reference import Judgement, judge
from strategies import RULE_KINDS, families, histories, instants, mostly, policies

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
    return {key: value for key, value in judgement.items() if key != "allowed"}


def check(
    text: str, events: Sequence[Event], as_of: int | None, since: int | None, until: int | None
) -> None:
    policy = load(text)
    note(text)
    found = audit(policy, events, as_of, since, until)
    judged = judge(policy, events, channels(), as_of, since, until)
    assert [as_found(finding) for finding in found] == [as_judged(judgement) for judgement in judged]
    for finding, judgement in zip(found, judged, strict=True):
        check_allowed_from(finding, judgement)


def check_allowed_from(finding: Finding, judgement: Judgement) -> None:
    allowed, at, first = judgement["allowed"], finding.at, finding.allowed_from
    if allowed is None:
        assert first is None
        return
    end = at + 800 * DAY if first is None else first
    if first is not None:
        assert first >= at
        assert allowed(first), f"not allowed at {first}"
    tried = {at, at + 1, end - 1, *(at + (end - at) * part // 23 for part in range(23))}
    tried |= {at + hours * HOUR for hours in (1, 2, 6, 12, 23, 24, 25, 36, 48, 24 * 7, 24 * 8, 24 * 31)}
    tried |= {at // DAY * DAY + quarters * HOUR // 4 + 1 for quarters in range(24)}
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
@given(families(), histories())
def test_an_extended_policy_keeps_its_own_settings(family: tuple[str, str], events: list[Event]) -> None:
    base, text = family
    with TemporaryDirectory() as folder:
        (Path(folder) / "base.toml").write_text(base, "utf-8")
        policy = load(text, Path(folder))
    note(base)
    check(policy, events)
