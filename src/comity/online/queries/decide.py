"""Deciding: may this contact be made now, and if not, when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs

from comity.errors import EventError, RuleError
from comity.events.event import Event
from comity.notices import unreadable_notices
from comity.online.operators.fields import Scope
from comity.online.operators.memory import Memory
from comity.online.operators.operator import Judge, Unknown
from comity.online.operators.rule import Label, label_of, name_of
from comity.online.program import Asking, Program, signature_of
from comity.online.queries.around import Around, Struck
from comity.online.queries.search import Failed, Once, Search, Wait, first_of, settle
from comity.online.unread import UnreadCounts, doubted, find_doubts, unread_before, unreadable_in, without
from comity.results.decisions import Basis, Decision
from comity.results.findings import Finding

Broken = tuple[Judge[Any], Scope, Any, int | None]
"""A rule that the proposed event breaks: what shows it, or the error that it raised; its next instant."""


def decide(
    program: Program, memory: Memory, proposed: Event, position: int, around: Around | None = None
) -> Decision:
    """Judge an event that is proposed after all that is remembered, with every rule but responses.

    It is not remembered itself. The position is what findings call it where it has no id. Where later events
    are `around` it, those that it would newly break count as well.
    """
    at, failed = proposed.at, memory.failed
    broken: list[Broken] = []
    waits: list[Wait] = []
    known, denied = True, False
    instant: Any = at
    last = 0
    signature = (proposed.kind, proposed.channel, proposed.direction, proposed.outcome)
    applying = program.known_applying.get(signature)
    if applying is None or applying.asked:
        groups = asking(program, memory, proposed)
    else:
        groups = applying.fixed
    applied = groups
    unread = None
    if program.typed:
        unread = unread_before(program, memory)
        if doubts := find_doubts(program, memory, proposed):
            groups = without(groups, doubts)
            for judge, scope, doubt in doubted(program, doubts, proposed):
                known = False
                broken.append((judge, scope, doubt, None))
    for number, scopes_of, judges in groups:
        cells = memory.cells[number]
        for scope in scopes_of(proposed):
            cell = cells.get(scope)
            for judge, earliest, slot, eager, always, grave, flags in judges:
                state = None if cell is None else cell[slot]
                if state is None and not eager and not failed:
                    continue
                try:
                    if not always and not judge.is_effective(proposed):
                        continue
                    if failed and (judge.number, scope) in failed:
                        raise RuntimeError("it failed to keep an earlier event of the scope")
                    allowed = earliest(state, proposed, at, flags)
                    if grave:
                        waits.append((judge, scope, state, flags))
                    if allowed != at:
                        facts = judge.breach(state, proposed, flags)
                        broken.append((judge, scope, facts, allowed))
                        if type(facts) is Unknown:
                            known = False
                        elif grave:
                            denied = True
                            if instant is not None and (allowed is None or allowed > instant):
                                instant, last = allowed, len(waits)
                except EventError:
                    raise
                except Exception as error:
                    known = False
                    broken.append((judge, scope, error, None))
    basis = (rest_on, program, proposed, position, applied, unread)
    if around is None and not broken:
        return Decision("allow", (), at, basis)
    later: tuple[Struck, ...] = ()
    if around is not None:
        later = tuple(around.strikes(at))
        known = known and not any(struck.failed for struck in later)
        denied = denied or any(struck.judge.grave for struck in later)
    if not broken and not later:
        return Decision("allow", (), at, basis)
    if denied and known:
        try:
            if around is not None:
                waits, _ = waits_of(program, memory, proposed, groups)
                search = Once(Search(program, memory, proposed, waits, around), at)
                instant = search() if program.in_python else search
            elif instant is not None:
                instant = settle(waits, proposed, instant, last)
        except Failed as failed_later:
            known = False
            broken.append((failed_later.judge, failed_later.scope, failed_later.error, None))
    findings = partial(_findings, broken, proposed, label_of(proposed, position), later)
    if not known:
        return Decision("indeterminate", findings, None, basis)
    return Decision("deny" if denied else "warn", findings, instant, basis)


def rest_on(
    program: Program,
    proposed: Event,
    position: int,
    groups: Sequence[Asking],
    unread: Callable[[], UnreadCounts] | None,
) -> Basis:
    """Say what a decision on a proposed event rests on.

    `groups` are the rules that were asked, `unread` counts what does not read in the history.
    """
    judges = [judge for _, _, judges in groups for judge, *_ in judges]
    return Basis(
        name_of(label_of(proposed, position)),
        proposed.at,
        sum(judge.is_effective(proposed) and judge.scopes(proposed) != () for judge in judges),
        program.versions,
        unreadable_in(program, proposed),
        (
            *program.notices,
            *program.about(proposed),
            *(() if unread is None else unreadable_notices(*unread())),
        ),
    )


def asking(program: Program, memory: Memory, proposed: Event) -> list[Asking]:
    """Give the rules that judge a proposed event, by group."""
    applying = program.applying(signature_of(proposed))
    groups = list(applying.fixed)
    for judge, tests in applying.asked:
        flags = tuple([test(proposed, memory) for test in tests])
        if flags[0]:
            number, _ = program.place[judge.number]
            groups.append((number, judge.scopes, [program.asked(judge, flags)]))
    return groups


def waits_of(
    program: Program, memory: Memory, proposed: Event, groups: Sequence[Asking]
) -> tuple[list[Wait], int | None]:
    """List the rules of severity `error` that judge the event, and when another one comes into effect.

    Raises RuleError where one failed to keep an earlier event, so that nothing is known.
    """
    found: list[Wait] = []
    next_effect: int | None = None
    for _, scopes_of, judges in groups:
        for scope in scopes_of(proposed):
            for judge, _, _, _, always, grave, flags in judges:
                if not grave:
                    continue
                if not always and not judge.is_effective(proposed):
                    next_effect = first_of(next_effect, judge.comes_into_effect(proposed))
                    continue
                if (judge.number, scope) in memory.failed:
                    raise RuleError(f"the rule `{judge.rule.name}` failed to keep an earlier event")
                found.append((judge, scope, program.state_of(judge, scope, memory), flags))
    return found, next_effect


def _findings(
    broken: list[Broken], proposed: Event, label: Label, later: Sequence[Struck]
) -> tuple[Finding, ...]:
    if len(broken) > 1:
        broken.sort(key=_place)
    found = [
        judge.failure(scope, proposed, label, facts)
        if isinstance(facts, Exception)
        else judge.finding(scope, proposed, label, facts, allowed_from)
        for judge, scope, facts, allowed_from in broken
    ]
    return (*found, *[_later_finding(struck, name_of(label)) for struck in sorted(later, key=_later_place)])


def _later_finding(struck: Struck, because_of: str) -> Finding:
    judge, scope, event, number, facts, allowed_from, _ = struck
    label = label_of(event, number)
    if isinstance(facts, Exception):
        finding = judge.failure(scope, event, label, facts)
    else:
        finding = judge.finding(scope, event, label, facts, allowed_from)
    return attrs.evolve(finding, because_of=because_of)


def _place(one: Broken) -> tuple[int, list[tuple[bool, str]]]:
    """Give the place of a finding about the same event: plans have their rules in the order of reports."""
    judge, scope, _, _ = one
    return judge.number, in_order(scope)


def _later_place(struck: Struck) -> tuple[int, int, list[tuple[bool, str]]]:
    """Give the place of a finding about a later event: those of one event stand by rule and scope."""
    return struck.place, struck.judge.number, in_order(struck.scope)


def in_order(scope: Scope) -> list[tuple[bool, str]]:
    """Give what scopes are sorted by: absent values first."""
    return [(value is not None, value or "") for value in scope]
