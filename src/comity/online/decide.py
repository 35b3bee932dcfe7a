"""Deciding: may this contact be made now, and if not, when."""

from __future__ import annotations

from collections.abc import Iterable

from comity.events import Channels, Event
from comity.findings import Decision, Finding, Outcome, sort_key
from comity.online.evaluator import Evaluator
from comity.online.fields import Scope
from comity.online.runner import Runner, label_of
from comity.plan import Plan


def decide(plan: Plan, channels: Channels, history: Iterable[Event], proposed: Event) -> Decision:
    """Judge a proposed event against a history with every rule but responses.

    Events of the history that are later than the proposed one are ignored; others are put in order.
    """
    evaluator = Evaluator(plan, channels)
    before = sorted((event for event in history if event.at <= proposed.at), key=lambda event: event.at)
    for position, event in enumerate(before):
        evaluator.remember(event, position)
    return judge_proposed(evaluator, proposed, len(before))


def judge_proposed(evaluator: Evaluator, proposed: Event, position: int) -> Decision:
    """Judge an event that is proposed after all that an evaluator has seen; it is not remembered."""
    applying = [runner for runner in evaluator.applying(proposed) if runner.answers_decisions]
    label = label_of(proposed, position)
    findings: list[Finding] = []
    waits: list[tuple[Runner, Scope]] = []
    for runner in applying:
        for scope in runner.scopes(proposed):
            finding = runner.judge_safely(scope, proposed, label)
            if finding is not None:
                findings.append(finding)
            if runner.rule.severity == "error":
                waits.append((runner, scope))
    findings.sort(key=lambda finding: sort_key(finding, position))
    outcome = _outcome(findings)
    next_allowed = None if outcome == "indeterminate" else _next_allowed(waits, proposed)
    return Decision(outcome, tuple(findings), next_allowed)


def _outcome(findings: list[Finding]) -> Outcome:
    if any(finding.status == "indeterminate" for finding in findings):
        return "indeterminate"
    if any(finding.severity == "error" for finding in findings):
        return "deny"
    return "warn" if findings else "allow"


def _next_allowed(waits: list[tuple[Runner, Scope]], proposed: Event) -> int | None:
    """Let each rule move the instant on until all of them allow it."""
    instant, settled = proposed.at, False
    while not settled:
        settled = True
        for runner, scope in waits:
            allowed = runner.earliest(scope, proposed, instant)
            if allowed is None:
                return None
            if allowed > instant:
                instant, settled = allowed, False
    return instant
