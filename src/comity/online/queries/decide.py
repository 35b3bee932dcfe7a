"""Deciding: is this contact allowed now, and if not, when will it be allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import attrs

from comity.errors import EventError, RuleError
from comity.events.event import Event
from comity.notices import unparted_notices, unreadable_notices
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import GroupCall, signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Unknown
from comity.online.operators.rule import Label, incomplete_state, label_of, name_of
from comity.online.operators.states.memory import Memory
from comity.online.queries.search import Failed, Once, Search, Wait, first_of, fixpoint_instant
from comity.online.queries.surroundings import Struck, Surroundings
from comity.online.unread import doubted, find_doubts, joined_in, unread_before, unreadable_in, without
from comity.plan.unread_counts import UnreadCounts
from comity.results.decisions import Basis, Decision
from comity.results.findings import Finding

BrokenRule = tuple[AnyOperator, Scope, object, int | None]
"""A rule that the proposed event breaks: the operator, the scope, the facts or the error that was raised, and
when the rule next allows the event."""


def decide(
    compiled: CompiledPlan, memory: Memory, proposed: Event, position: int, around: Surroundings | None = None
) -> Decision:
    """Return the decision on an event that is proposed after all that is remembered.

    Rules about responses do not judge it, and it is not remembered. `position` is its label in findings if it
    has no id. If there are later events `around` it, breaches that it causes there count as well. Raises
    EventError for an unusable event.
    """
    if around is not None:
        around.see_later()
    at, failed = proposed.at, memory.failed
    broken: list[BrokenRule] = []
    waits: list[Wait] = []
    known, denied = True, False
    instant: int | None = at
    last = 0
    signature = (proposed.kind, proposed.channel, proposed.direction, proposed.outcome)
    dispatch = compiled.known_decision_dispatch.get(signature)
    if dispatch is None or dispatch.undecided:
        groups = asking(compiled, memory, proposed)
    else:
        groups = dispatch.fixed
    applied = groups
    unread = None
    if compiled.typed:
        unread = unread_before(compiled, memory)
        if doubts := find_doubts(compiled, memory, proposed):
            groups = without(groups, doubts)
            for operator, scope, doubt in doubted(compiled, doubts, proposed):
                known = False
                broken.append((operator, scope, doubt, None))
    for number, scopes_of, operators in groups:
        by_scope = memory.states[number]
        for scope in scopes_of(proposed):
            states = by_scope.get(scope)
            for operator, next_allowed, slot, fires, always, is_error, flags in operators:
                state = None if states is None else states[slot]
                if state is None and not fires and not failed:
                    continue
                try:
                    if not always and not operator.is_effective(proposed):
                        continue
                    if failed and (operator.number, scope) in failed:
                        raise incomplete_state()
                    allowed = next_allowed(state, proposed, at, flags)
                    if is_error:
                        waits.append((operator, scope, state, flags))
                    if allowed != at:
                        facts = operator.check(state, proposed, flags)
                        broken.append((operator, scope, facts, allowed))
                        if type(facts) is Unknown:
                            known = False
                        elif is_error:
                            denied = True
                            if instant is not None and (allowed is None or allowed > instant):
                                instant, last = allowed, len(waits)
                except EventError:
                    raise
                except Exception as error:
                    known = False
                    broken.append((operator, scope, error, None))
    basis = (rest_on, compiled, proposed, position, applied, unread)
    if around is None and not broken:
        return Decision("allow", (), at, basis)
    later: tuple[Struck, ...] = ()
    if around is not None:
        later = tuple(around.strikes(at))
        known = known and not any(struck.failed for struck in later)
        denied = denied or any(struck.operator.is_error for struck in later)
    if not broken and not later:
        return Decision("allow", (), at, basis)
    opening: int | Once | None = instant
    if denied and known:
        try:
            if around is not None:
                waits, _ = waits_of(compiled, memory, proposed, groups)
                search = Once(Search(compiled, memory, proposed, waits, around), at)
                opening = search() if compiled.in_python else search
            elif instant is not None:
                opening = fixpoint_instant(waits, proposed, instant, last)
        except Failed as failed_later:
            known = False
            broken.append((failed_later.operator, failed_later.scope, failed_later.error, None))
    findings = partial(make_findings, broken, proposed, label_of(proposed, position), later)
    if not known:
        return Decision("indeterminate", findings, None, basis)
    return Decision("deny" if denied else "warn", findings, opening, basis)


def rest_on(
    compiled: CompiledPlan,
    proposed: Event,
    position: int,
    groups: Sequence[GroupCall],
    unread: Callable[[], UnreadCounts] | None,
) -> Basis:
    """Return the basis of a decision on a proposed event.

    `groups` are the rules that judged it, `unread` counts the unreadable values of the history.
    """
    operators = [operator for _, _, operators in groups for operator, *_ in operators]
    counted = UnreadCounts() if unread is None else unread()
    for name, shown in joined_in(compiled, proposed):
        counted.count_joined(name, shown)
    return Basis(
        name_of(label_of(proposed, position)),
        proposed.at,
        sum(operator.is_effective(proposed) and operator.scopes(proposed) != () for operator in operators),
        compiled.versions,
        unreadable_in(compiled, proposed),
        (
            *compiled.notices,
            *compiled.about(proposed),
            *unreadable_notices(counted.by_attribute, counted.examples),
            *unparted_notices(counted.joined),
        ),
    )


def asking(compiled: CompiledPlan, memory: Memory, proposed: Event) -> list[GroupCall]:
    """Return the rules that judge a proposed event, by group."""
    dispatch = compiled.decision_dispatch(signature_of(proposed))
    groups = list(dispatch.fixed)
    for operator, tests in dispatch.undecided:
        flags = tuple([test(proposed, memory) for test in tests])
        if flags[0]:
            number, _ = compiled.slot_of[operator.number]
            groups.append((number, operator.scopes, [compiled.rule_call(operator, flags)]))
    return groups


def waits_of(
    compiled: CompiledPlan, memory: Memory, proposed: Event, groups: Sequence[GroupCall]
) -> tuple[list[Wait], int | None]:
    """Return the rules of severity `error` that judge the event, and when another one comes into effect.

    Raises RuleError if one failed to keep an earlier event, so that nothing is known.
    """
    found: list[Wait] = []
    next_effect: int | None = None
    for _, scopes_of, operators in groups:
        for scope in scopes_of(proposed):
            for operator, _, _, _, always, is_error, flags in operators:
                if not is_error:
                    continue
                if not always and not operator.is_effective(proposed):
                    next_effect = first_of(next_effect, operator.comes_into_effect(proposed))
                    continue
                if (operator.number, scope) in memory.failed:
                    raise RuleError(f"the rule `{operator.rule.name}` failed to keep an earlier event")
                found.append((operator, scope, compiled.state_of(operator, scope, memory), flags))
    return found, next_effect


def make_findings(
    broken: list[BrokenRule], proposed: Event, label: Label, later: Sequence[Struck]
) -> tuple[Finding, ...]:
    """Put into words what a proposed event breaks, and what it makes later events break."""
    before = -1
    for one in broken:
        number = one[0].number
        if number <= before:
            broken.sort(key=_place)
            break
        before = number
    found = []
    for operator, scope, facts, allowed_from in broken:
        found.append(operator.report(scope, proposed, label, facts, allowed_from))
    if not later:
        return tuple(found)
    return (*found, *[_later_finding(struck, name_of(label)) for struck in sorted(later, key=_later_place)])


def _later_finding(struck: Struck, because_of: str) -> Finding:
    operator, scope, event, number, facts, allowed_from, _ = struck
    finding = operator.report(scope, event, label_of(event, number), facts, allowed_from)
    return attrs.evolve(finding, because_of=because_of)


def _place(one: BrokenRule) -> tuple[int, list[tuple[bool, str]]]:
    """Return the sort key of a finding about the proposed event: by the order of rules, and by scope."""
    operator, scope, _, _ = one
    return operator.number, in_order(scope)


def _later_place(struck: Struck) -> tuple[int, int, list[tuple[bool, str]]]:
    """Return the sort key of a finding about a later event: by event, rule and scope."""
    return struck.place, struck.operator.number, in_order(struck.scope)


def in_order(scope: Scope) -> list[tuple[bool, str]]:
    """Return the sort key of a scope: absent values come first."""
    return [(value is not None, value or "") for value in scope]
