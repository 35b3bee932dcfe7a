"""Which earlier events a decision needs, decided once for all proposed events of a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from comity.events.census import MOST_SIGNATURES, Signature
from comity.events.event import Event
from comity.online.compiled_plan import PERSON, CompiledPlan, preceded_in
from comity.online.event_dispatch import constant_flags
from comity.online.operators.fields import ScopesOf
from comity.online.operators.operator import AnyOperator
from comity.online.operators.rule import EventRef, Flags
from comity.online.operators.selectors import EventTest
from comity.online.operators.states.state_codec import State
from comity.plan import NEVER


class StateNeed(NamedTuple):
    """An operator that may remember an earlier event."""

    number: int
    """Its place among the operators of the decision."""
    scan_back: Callable[[list[Any], EventRef, Event, Flags], bool]
    scopes: ScopesOf | None
    """Its scopes; None if that is the person alone."""
    flags: Flags
    tests: tuple[EventTest, ...] | None
    """The tests that decide the flags, if the signature does not."""


class StateReader(NamedTuple):
    """How the state of an operator is gathered, and where it belongs in the memory."""

    state_from_scan: Callable[[list[Any]], State]
    scopes: ScopesOf | None
    """The scopes of the operator; None if that is the person alone."""
    earliest_relevant: Callable[[int], int | None]
    group: int
    slot: int


class StateNeeds:
    """The operators of a decision that remember events, and which of them an earlier event concerns."""

    def __init__(self, compiled: CompiledPlan, operators: list[AnyOperator]) -> None:
        self.operators = operators
        self.readers = [
            StateReader(
                operator.state_from_scan,
                _scopes_of(operator),
                operator.earliest_relevant,
                *compiled.slot_of[operator.number],
            )
            for operator in operators
        ]
        self.all = (1 << len(operators)) - 1
        """The set of all operators, as a number with a bit for each."""
        self._compiled = compiled
        self._known: dict[int, dict[Signature, list[StateNeed]]] = {}

    def known(self, unsettled: int) -> dict[Signature, list[StateNeed]]:
        """Return the cache, by signature, of which operators of a set may remember an event."""
        known = self._known.get(unsettled)
        if known is None:
            known = self._known[unsettled] = {}
        return known

    def of(self, unsettled: int, signature: Signature) -> list[StateNeed]:
        """Return which operators of a set may remember the events of a signature; it is worked out once."""
        known = self.known(unsettled)
        made = known.get(signature)
        if made is None:
            if len(known) >= MOST_SIGNATURES:
                known.clear()
            made = known[signature] = self._work_out(unsettled, signature)
        return made

    def _work_out(self, unsettled: int, signature: Signature) -> list[StateNeed]:
        made: list[StateNeed] = []
        for number, operator in enumerate(self.operators):
            if not unsettled >> number & 1:
                continue
            roles = self._compiled.roles(operator, signature)
            roles[0] = NEVER
            flags = constant_flags(roles)
            scopes = _scopes_of(operator)
            if flags is None:
                made.append(StateNeed(number, operator.scan_back, scopes, (), self._compiled.tests(roles)))
            elif True in flags:
                made.append(StateNeed(number, operator.scan_back, scopes, flags, None))
        return made


def _scopes_of(operator: AnyOperator) -> ScopesOf | None:
    return None if operator.rule.per == PERSON else operator.scopes


def find_state_needs(compiled: CompiledPlan, signature: Signature) -> StateNeeds | None:
    """Return what decisions on events of a signature need, None if they need a replay of all events."""
    try:
        found: StateNeeds | None = compiled.state_needs[signature]
    except KeyError:
        if len(compiled.state_needs) >= MOST_SIGNATURES:
            compiled.state_needs.clear()
        found = compiled.state_needs[signature] = _work_out(compiled, signature)
    return found


def _work_out(compiled: CompiledPlan, signature: Signature) -> StateNeeds | None:
    dispatch = compiled.decision_dispatch(signature)
    operators = [operator for _, _, operators in dispatch.fixed for operator, *_ in operators]
    operators += [operator for operator, _ in dispatch.undecided]
    if not all(operator.can_scan_back and not preceded_in(operator) for operator in operators):
        return None
    return StateNeeds(compiled, [operator for operator in operators if operator.remembers])
