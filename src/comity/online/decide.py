"""Deciding: may this contact be made now, and if not, when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from comity.decisions import Basis, Decision
from comity.errors import EventError
from comity.events import Event
from comity.findings import Finding
from comity.instants import MAX_INSTANT
from comity.notices import unreadable_notices
from comity.online.fields import Scope
from comity.online.judge import Judge, State, Unknown
from comity.online.memory import Memory
from comity.online.program import Asking, Program, signature_of
from comity.online.ruling import Flags, Label, label_of, name_of
from comity.online.unread import doubted, find_doubts, unread_before, unreadable_in, without
from comity.plan.hours import HORIZON

Broken = tuple[Judge[Any], Scope, Any, int | None]
"""A rule that the proposed event breaks: what shows it, or the error that it raised; its next instant."""
Wait = tuple[Judge[Any], Scope, State, Flags]
"""A rule that may make a contact wait, with its state, and what the event is to it."""


class Failed(Exception):
    """A rule raised when it was asked of another instant."""

    def __init__(self, judge: Judge[Any], scope: Scope, error: Exception) -> None:
        super().__init__(f"the rule `{judge.rule.name}` failed: {type(error).__name__}: {error}")
        self.judge = judge
        self.scope = scope
        self.error = error


def decide(program: Program, memory: Memory, proposed: Event, position: int) -> Decision:
    """Judge an event that is proposed after all that is remembered, with every rule but responses.

    It is not remembered itself. The position is what findings call it where it has no id.
    """
    at, failed = proposed.at, memory.failed
    broken: list[Broken] = []
    waits: list[Wait] = []
    known, denied = True, False
    instant: int | None = at
    last = 0
    signature = (proposed.kind, proposed.channel, proposed.direction, proposed.outcome)
    applying = program.known_applying.get(signature)
    if applying is None or applying.asked:
        groups = asking(program, memory, proposed)
    else:
        groups = applying.fixed
    applied = groups
    if program.plan.typed and (doubts := find_doubts(program, memory, proposed)):
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
                        if isinstance(facts, Unknown):
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
    basis = (rest_on, program, proposed, position, applied, unread_before(program, memory))
    if not broken:
        return Decision("allow", (), at, basis)
    if denied and known and instant is not None:
        try:
            instant = settle(waits, proposed, instant, last)
        except Failed as failed_later:
            known = False
            broken.append((failed_later.judge, failed_later.scope, failed_later.error, None))
    findings = partial(_findings, broken, proposed, label_of(proposed, position))
    if not known:
        return Decision("indeterminate", findings, None, basis)
    return Decision("deny" if denied else "warn", findings, instant, basis)


def rest_on(
    program: Program,
    proposed: Event,
    position: int,
    groups: Sequence[Asking],
    unread: Callable[[], Mapping[str, int]] | None,
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
        (*program.notices, *(() if unread is None else unreadable_notices(unread()))),
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


def settle(waits: Sequence[Wait], proposed: Event, instant: int, agreed: int = 0) -> int | None:
    """Let each rule in turn move the instant on until all of them allow it.

    `agreed` is the place, counted from 1, of a rule that named the instant, which need not be asked again.
    Opening hours that never meet are given up after 800 days of waiting for them, and all in the year 9999.
    Raises Failed where a rule raises.
    """
    place, left, waiting_since = agreed, len(waits) - (agreed > 0), instant
    while left:
        judge, scope, state, flags = waits[place % len(waits)]
        try:
            allowed = judge.earliest(state, proposed, instant, flags)
        except EventError:
            raise
        except Exception as error:
            raise Failed(judge, scope, error) from error
        if allowed is None:
            return None
        left -= 1
        if allowed > instant:
            instant, left = allowed, len(waits) - 1
            if not judge.recurs:
                waiting_since = instant
            if instant - waiting_since > HORIZON or instant > MAX_INSTANT:
                return None
        place += 1
    return instant


def _findings(broken: list[Broken], proposed: Event, label: Label) -> tuple[Finding, ...]:
    if len(broken) > 1:
        broken.sort(key=_place)
    return tuple(
        [
            judge.failure(scope, proposed, label, facts)
            if isinstance(facts, Exception)
            else judge.finding(scope, proposed, label, facts, allowed_from)
            for judge, scope, facts, allowed_from in broken
        ]
    )


def _place(one: Broken) -> tuple[int, list[tuple[bool, str]]]:
    """Give the place of a finding about the same event: plans have their rules in the order of reports."""
    judge, scope, _, _ = one
    return judge.number, [(value is not None, value or "") for value in scope]
