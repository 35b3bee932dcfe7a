"""Deciding: may this contact be made now, and if not, when."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from comity.errors import EventError
from comity.events import Event
from comity.findings import Decision, Finding, Outcome, sort_key
from comity.online.fields import Scope
from comity.online.judge import Judge, State
from comity.online.memory import Memory
from comity.online.program import Applying, Program
from comity.online.ruling import Flags, Label, label_of


class Broken(NamedTuple):
    """A rule that the proposed event breaks, or that failed."""

    judge: Judge[Any]
    scope: Scope
    flags: Flags
    facts: Any
    """What shows it, or the error that the rule raised."""
    allowed_from: int | None

    @property
    def failed(self) -> bool:
        """Whether nothing is known, since the rule raised."""
        return isinstance(self.facts, Exception)


Wait = tuple[Judge[Any], State, Flags]
"""A rule that may make a contact wait, with its state."""


def decide(program: Program, memory: Memory, proposed: Event, position: int) -> Decision:
    """Judge an event that is proposed after all that is remembered, with every rule but responses.

    It is not remembered itself. The position is what findings call it where it has no id.
    """
    signature = (proposed.kind, proposed.channel, proposed.direction, proposed.outcome)
    applying = program.known_applying.get(signature) or program.applying(signature)
    at, failed = proposed.at, memory.failed
    broken: list[Broken] = []
    waits: list[Wait] = []
    groups = applying.fixed if not applying.asked else ask(program, applying, proposed, memory)
    for number, scopes_of, judges in groups:
        cells = memory.cells[number]
        for scope in scopes_of(proposed):
            cell = cells.get(scope)
            for judge, slot, flags in judges:
                state = None if cell is None else cell[slot]
                if state is None and not judge.eager and not failed:
                    continue
                try:
                    if not (judge.always or judge.is_effective(proposed)):
                        continue
                    if failed and (judge.number, scope) in failed:
                        raise RuntimeError("it failed on an earlier event of the scope")
                    allowed = judge.earliest(state, proposed, at, flags)
                    if judge.grave:
                        waits.append((judge, state, flags))
                    if allowed != at:
                        facts = judge.breach(state, proposed, flags)
                        broken.append(Broken(judge, scope, flags, facts, allowed))
                except EventError:
                    raise
                except Exception as error:
                    broken.append(Broken(judge, scope, flags, error, None))
    if not broken:
        return Decision("allow", (), at)
    outcome = _outcome(broken)
    moved = None if outcome == "indeterminate" else next_allowed(waits, proposed, at)
    return Decision(outcome, partial(_findings, broken, proposed, label_of(proposed, position)), moved)


def ask(
    program: Program, applying: Applying, proposed: Event, memory: Memory
) -> list[tuple[int, Any, list[tuple[Judge[Any], int, Flags]]]]:
    """Add to the rules that judge every such event those that judge this one."""
    groups = list(applying.fixed)
    for judge, tests in applying.asked:
        flags = tuple([test(proposed, memory) for test in tests])
        if flags[0]:
            number, slot = program.place[judge.number]
            groups.append((number, judge.scopes, [(judge, slot, flags)]))
    return groups


def next_allowed(waits: list[Wait], proposed: Event, instant: int) -> int | None:
    """Let each rule move the instant on until all of them allow it."""
    settled = False
    while not settled:
        settled = True
        for judge, state, flags in waits:
            allowed = judge.earliest(state, proposed, instant, flags)
            if allowed is None:
                return None
            if allowed > instant:
                instant, settled = allowed, False
    return instant


def _outcome(broken: list[Broken]) -> Outcome:
    if any(one.failed for one in broken):
        return "indeterminate"
    return "deny" if any(one.judge.grave for one in broken) else "warn"


def _findings(broken: list[Broken], proposed: Event, label: Label) -> tuple[Finding, ...]:
    findings = [
        judge.failure(scope, proposed, label, facts)
        if isinstance(facts, Exception)
        else judge.finding(scope, proposed, label, facts, allowed_from)
        for judge, scope, _, facts, allowed_from in broken
    ]
    return tuple(sorted(findings, key=lambda finding: sort_key(finding, 0)))
