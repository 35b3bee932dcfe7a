"""Explaining: what every rule measures of a proposed contact, and how much room is left."""

from __future__ import annotations

import attrs

from comity.clock.instants import format_instant
from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import signature_of
from comity.online.operators.deadlines.response import ResponseRule
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Operator, Unknown
from comity.online.operators.rule import BoundRule, Flags, incomplete_state, label_of
from comity.online.operators.states.memory import Memory
from comity.online.queries.surroundings import Surroundings
from comity.online.unread import find_doubts
from comity.results.explanations import Explanation, Standing


def explain(
    compiled: CompiledPlan, memory: Memory, proposed: Event, position: int, around: Surroundings | None = None
) -> tuple[Explanation, ...]:
    """Return what every rule measures of a proposed contact, in the order of policies and rules.

    Only the events before it count, and for a share of a period the later ones `around` it in the period.
    """
    if around is not None:
        around.see_later()
    explanations = []
    doubts = find_doubts(compiled, memory, proposed, of_responses=True)
    for bound in compiled.bound_rules:
        if bound.number in doubts and bound.is_effective(proposed):
            message = str(doubts[bound.number])
            explanations += [
                _of(bound, scope, "indeterminate", "", None, None, message)
                for scope in bound.scopes(proposed)
            ]
            continue
        tests = compiled.tests(compiled.roles(bound, signature_of(proposed)))
        flags = tuple([test(proposed, memory) for test in tests])
        if not flags[0]:
            explanations.append(_untouched(bound, "The rule is not about such a contact."))
        elif not bound.is_effective(proposed):
            explanations.append(_untouched(bound, "The rule is not in effect on that day."))
        elif not (scopes := bound.scopes(proposed)):
            lacking = " and ".join(f"`{name}`" for name in bound.lacking(proposed))
            explanations.append(_untouched(bound, f"The rule leaves out events without {lacking}."))
        else:
            for scope in scopes:
                if not isinstance(bound, Operator):
                    assert isinstance(bound, ResponseRule), "INVARIANT: a share is an operator too"
                    explanations.append(_obliges(bound, proposed, scope))
                else:
                    explanations.append(_judged(compiled, memory, bound, proposed, position, scope, flags))
    unread = memory.unread() if callable(memory.unread) else memory.unread
    if unread is None or not unread.by_rule:
        return tuple(explanations)
    counts = {compiled.plan.rules[number].name: found for number, found in unread.by_rule.items()}
    return tuple(
        attrs.evolve(each, unreadable=dict(sorted(counts.get(f"{each.policy}/{each.rule}", {}).items())))
        for each in explanations
    )


def _judged(
    compiled: CompiledPlan,
    memory: Memory,
    operator: AnyOperator,
    proposed: Event,
    position: int,
    scope: Scope,
    flags: Flags,
) -> Explanation:
    state = compiled.state_of(operator, scope, memory)
    label = label_of(proposed, position)
    try:
        if (operator.number, scope) in memory.failed:
            raise incomplete_state()
        measured, room = operator.usage(state, proposed, flags)
        allowed = operator.next_allowed(state, proposed, proposed.at, flags)
        if allowed == proposed.at:
            begin = f"{measured[:1].upper()}{measured[1:]}"
            required = operator.rule.constraint.wording.required
            message = f"{begin}; required: {required}; this contact is possible."
            return _of(operator, scope, "kept", measured, room, allowed, message)
        facts = operator.check(state, proposed, flags)
        finding = operator.finding(scope, proposed, label, facts, allowed)
        if isinstance(facts, Unknown):
            return _of(operator, scope, "indeterminate", measured, room, None, finding.message)
    except Exception as error:
        finding = operator.failure(scope, proposed, label, error)
        return _of(operator, scope, "indeterminate", "", None, None, finding.message)
    when = "no later time would be allowed" if allowed is None else f"allowed from {format_instant(allowed)}"
    return _of(operator, scope, "broken", measured, room, allowed, f"{finding.message} ({when})")


def _obliges(bound: ResponseRule, proposed: Event, scope: Scope) -> Explanation:
    due = bound.deadline(proposed)
    required = bound.response.wording.required
    open_ = "While it is asked for again and again, the" if bound.recurs else "The"
    message = f"{open_} {bound.describe(proposed)} asks for {required}, by {format_instant(due)}."
    return _of(bound, scope, "obliges", "", None, proposed.at, message, due)


def _untouched(bound: BoundRule, message: str) -> Explanation:
    return _of(bound, None, "not-judged", "", None, None, message)


def _of(
    bound: BoundRule,
    scope: Scope | None,
    standing: Standing,
    measured: str,
    room: float | None,
    allowed_from: int | None,
    message: str,
    due: int | None = None,
) -> Explanation:
    rule = bound.rule
    return Explanation(
        policy=rule.policy,
        rule=rule.id,
        kind=rule.kind,
        severity=rule.severity,
        standing=standing,
        scope=() if scope is None else bound.named(scope),
        measured=measured,
        required=rule.constraint.wording.required,
        room=room,
        allowed_from=allowed_from,
        due=due,
        message=message,
    )
