"""What decisions need of earlier events, worked out once for all proposed events that are alike."""

from __future__ import annotations

from typing import Any, NamedTuple

from comity.events.census import MOST_SIGNATURES, Signature
from comity.online.operators.fields import ScopesOf
from comity.online.operators.operator import Judge
from comity.online.operators.rule import Flags
from comity.online.operators.selectors import Test
from comity.online.program import Program, preceded_in, settled
from comity.plan import NEVER


class Seeking(NamedTuple):
    """A judge that may remember an earlier event."""

    number: int
    """Its place among those that are asked."""
    judge: Judge[Any]
    scopes: ScopesOf
    flags: Flags
    tests: tuple[Test, ...] | None
    """What gives the flags, where the signature does not."""


class Sought:
    """The judges of a decision that remember something, and which of them an earlier event concerns."""

    def __init__(self, program: Program, judges: list[Judge[Any]]) -> None:
        self.judges = judges
        self.all = (1 << len(judges)) - 1
        """The set of all of them; a set is a number that has a bit for each."""
        self._program = program
        self._known: dict[int, dict[Signature, list[Seeking]]] = {}

    def known(self, unsettled: int) -> dict[Signature, list[Seeking]]:
        """Give, by signature, which of a set of judges may remember such an event, as far as worked out."""
        known = self._known.get(unsettled)
        if known is None:
            known = self._known[unsettled] = {}
        return known

    def seek(self, unsettled: int, signature: Signature) -> list[Seeking]:
        """Work out which of a set of judges may remember the events of a signature."""
        made: list[Seeking] = []
        for number, judge in enumerate(self.judges):
            if not unsettled >> number & 1:
                continue
            roles = self._program.roles(judge, signature)
            roles[0] = NEVER
            flags = settled(roles)
            if flags is None:
                made.append(Seeking(number, judge, judge.scopes, (), self._program.tests(roles)))
            elif True in flags:
                made.append(Seeking(number, judge, judge.scopes, flags, None))
        known = self.known(unsettled)
        if len(known) >= MOST_SIGNATURES:
            known.clear()
        known[signature] = made
        return made


def find_sought(program: Program, signature: Signature) -> Sought | None:
    """Give what decisions on events of a signature need, None where all events must be replayed for it."""
    try:
        found: Sought | None = program.sought[signature]
    except KeyError:
        if len(program.sought) >= MOST_SIGNATURES:
            program.sought.clear()
        found = program.sought[signature] = _work_out(program, signature)
    return found


def _work_out(program: Program, signature: Signature) -> Sought | None:
    applying = program.applying(signature)
    judges = [judge for _, _, judges in applying.fixed for judge, *_ in judges]
    judges += [judge for judge, _ in applying.asked]
    if not all(judge.collects and not preceded_in(judge) for judge in judges):
        return None
    return Sought(program, [judge for judge in judges if judge.remembers])
