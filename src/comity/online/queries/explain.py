"""Explaining: what every rule measures of a proposed contact, broken or kept, and how much room is left."""

from __future__ import annotations

from typing import Any

import attrs

from comity.clock.instants import format_instant
from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.memory import Memory
from comity.online.operators.operator import Judge, Unknown
from comity.online.operators.response import ResponseRuling
from comity.online.operators.rule import Flags, Ruling, label_of
from comity.online.program import Program, signature_of
from comity.online.queries.around import Around
from comity.online.unread import find_doubts
from comity.results.decisions import Explanation


def explain(
    program: Program, memory: Memory, proposed: Event, position: int, around: Around | None = None
) -> tuple[Explanation, ...]:
    """Say of every rule, in the order of policies and rules, what it measures of a proposed contact.

    That is of the events before it, whatever is around it.
    """
    explanations = []
    doubts = find_doubts(program, memory, proposed, of_responses=True)
    for ruling in program.rulings:
        if ruling.number in doubts and ruling.is_effective(proposed):
            message = str(doubts[ruling.number])
            explanations += [
                _of(ruling, scope, "indeterminate", "", None, None, message)
                for scope in ruling.scopes(proposed)
            ]
            continue
        tests = program.tests(program.roles(ruling, signature_of(proposed)))
        flags = tuple([test(proposed, memory) for test in tests])
        if not flags[0]:
            explanations.append(_untouched(ruling, "The rule is not about such a contact."))
        elif not ruling.is_effective(proposed):
            explanations.append(_untouched(ruling, "The rule is not in effect on that day."))
        elif not (scopes := ruling.scopes(proposed)):
            lacking = " and ".join(f"`{name}`" for name in ruling.lacking(proposed))
            explanations.append(_untouched(ruling, f"The rule leaves out events without {lacking}."))
        else:
            for scope in scopes:
                if isinstance(ruling, ResponseRuling):
                    explanations.append(_obliges(ruling, proposed, scope))
                else:
                    explanations.append(_judged(program, memory, ruling, proposed, position, scope, flags))
    unread = memory.unread() if callable(memory.unread) else memory.unread
    if unread is None or not unread.by_rule:
        return tuple(explanations)
    counts = {program.plan.rules[number].name: found for number, found in unread.by_rule.items()}
    return tuple(
        attrs.evolve(each, unreadable=dict(sorted(counts.get(f"{each.policy}/{each.rule}", {}).items())))
        for each in explanations
    )


def _judged(
    program: Program,
    memory: Memory,
    judge: Judge[Any],
    proposed: Event,
    position: int,
    scope: Scope,
    flags: Flags,
) -> Explanation:
    state = program.state_of(judge, scope, memory)
    label = label_of(proposed, position)
    try:
        if (judge.number, scope) in memory.failed:
            raise RuntimeError("it failed to keep an earlier event of the scope")
        measured, room = judge.account(state, proposed, flags)
        allowed = judge.earliest(state, proposed, proposed.at, flags)
        if allowed == proposed.at:
            begin = f"{measured[:1].upper()}{measured[1:]}"
            required = judge.rule.constraint.wording.required
            message = f"{begin}; required: {required}; this contact is possible."
            return _of(judge, scope, "kept", measured, room, allowed, message)
        facts = judge.breach(state, proposed, flags)
        finding = judge.finding(scope, proposed, label, facts, allowed)
        if isinstance(facts, Unknown):
            return _of(judge, scope, "indeterminate", measured, room, None, finding.message)
    except Exception as error:
        finding = judge.failure(scope, proposed, label, error)
        return _of(judge, scope, "indeterminate", "", None, None, finding.message)
    when = "no later time would be allowed" if allowed is None else f"allowed from {format_instant(allowed)}"
    return _of(judge, scope, "broken", measured, room, allowed, f"{finding.message} ({when})")


def _obliges(ruling: ResponseRuling, proposed: Event, scope: Scope) -> Explanation:
    due = ruling.deadline(proposed)
    required = ruling.response.wording.required
    message = f"The {ruling.describe(proposed)} asks for {required}, by {format_instant(due)}."
    return _of(ruling, scope, "obliges", "", None, proposed.at, message, due)


def _untouched(ruling: Ruling, message: str) -> Explanation:
    return _of(ruling, None, "not-judged", "", None, None, message)


def _of(
    ruling: Ruling,
    scope: Scope | None,
    standing: Any,
    measured: str,
    room: int | None,
    allowed_from: int | None,
    message: str,
    due: int | None = None,
) -> Explanation:
    rule = ruling.rule
    return Explanation(
        policy=rule.policy,
        rule=rule.id,
        kind=rule.kind,
        severity=rule.severity,
        standing=standing,
        scope=() if scope is None else ruling.named(scope),
        measured=measured,
        required=rule.constraint.wording.required,
        room=room,
        allowed_from=allowed_from,
        due=due,
        message=message,
    )
