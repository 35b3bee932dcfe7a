"""Obligations: the open responses, and what would answer them."""

from __future__ import annotations

from comity.errors import RuleError
from comity.online.evaluator import Evaluator
from comity.online.operators.rule import name_of
from comity.results.obligations import Obligation


def obligations(evaluator: Evaluator, now: int | None) -> tuple[Obligation, ...]:
    """Return the open responses whose deadline is not before an instant, the first due first.

    Raises RuleError if a rule failed, so that nothing is known.
    """
    for number, _ in evaluator.memory.failed:
        if number in evaluator.open_responses:
            raise RuleError(
                f"the rule `{evaluator.open_responses[number].bound.rule.name}` failed on an event"
            )
    found = []
    for responses in evaluator.open_responses.values():
        bound = responses.bound
        rule = bound.rule
        for each in responses.open():
            one = bound.due(each, now)
            if one is not None:
                finding = bound.finding(one, pending=True)
                obligation = Obligation(
                    policy=rule.policy,
                    rule=rule.id,
                    kind=rule.kind,
                    severity=rule.severity,
                    person=one.event.person,
                    scope=finding.scope,
                    event=name_of(one.label),
                    at=one.event.at,
                    due=one.deadline,
                    expected=rule.constraint.wording.required,
                    message=finding.message,
                )
                found.append((one.deadline, one.event.at, one.position, bound.number, obligation))
    found.sort(key=lambda item: item[:4])
    return tuple(obligation for *_, obligation in found)
