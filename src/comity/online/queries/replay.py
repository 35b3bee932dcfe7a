"""Replaying events from the memory before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator, LookedBack
from comity.online.event_dispatch import GroupVisit, Mode, signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Operator
from comity.online.operators.rule import BoundRule, Flags, Label
from comity.online.operators.states.memory import Memory, ScopeStates
from comity.online.operators.states.state_codec import State

Matter = tuple[int, Scope]
"""A rule by number, and a scope."""
Roles = tuple[list[GroupVisit], list[LookedBack]]
"""The roles of an event in each rule, and in each `preceded-by`."""

Breach = tuple[AnyOperator, object, int | None]
"""A broken rule, the facts or the error that it raised, and when it would allow the event."""


class Base(Protocol):
    """The memory before the events that are replayed."""

    failed: frozenset[Matter]
    """Rules by number, and the scopes of which what they keep is not whole."""

    def states_of(self, group: int, scope: Scope) -> ScopeStates | None:
        """Return copies of the states of a scope, None if there is none."""

    def seen(self, lookback: int, scope: Scope) -> list[int]:
        """Return a copy of what a `preceded-by` keeps of a scope."""


class Replay(Evaluator):
    """Takes events again, in order, by all rules except those about responses.

    It fetches the memory before them scope by scope, when an event needs it.
    """

    __slots__ = ("_base", "_fetched", "broken", "known")

    def __init__(self, compiled: CompiledPlan, base: Base | None, mode: Mode = "remember") -> None:
        super().__init__(compiled, mode)
        self._base = base
        self._fetched: set[Matter] = set()
        """The number of a `preceded-by`, and a scope that was fetched for it."""
        self._typed = False
        if base is not None:
            self.memory.failed |= base.failed
        self.broken: dict[Matter, Breach] = {}
        """The breaches of the last event, by rule and scope."""
        self.known: Mapping[Matter, Breach] = {}
        """Breaches that another replay reports, and this one leaves out."""

    def go_on(self, mode: Mode) -> Replay:
        """Return an independent replay that continues from here."""
        compiled, memory = self.compiled, self.memory
        other = Replay(compiled, self._base, mode)
        for group, by_scope, copied in zip(compiled.groups, memory.states, other.memory.states, strict=True):
            for scope, states in by_scope.items():
                pairs = zip(group.operators, states, strict=True)
                copied[scope] = [
                    None if state is None else operator.copied(state) for operator, state in pairs
                ]
        for mine, theirs in zip(memory.lookbacks, other.memory.lookbacks, strict=True):
            theirs.update({scope: seen.copy() for scope, seen in mine.items()})
        other.memory.failed |= memory.failed
        other._fetched |= self._fetched
        return other

    def fetch(self, event: Event) -> None:
        """Fetch the memory of the scopes of an event."""
        base, memory = self._base, self.memory
        if base is None:
            return
        for group in self.compiled.groups:
            by_scope = memory.states[group.number]
            for scope in group.scopes(event):
                if scope not in by_scope and type(scope) is tuple:
                    states = base.states_of(group.number, scope)
                    by_scope[scope] = group.new_states() if states is None else states
        for lookback in self.compiled.lookbacks.values():
            looked_back = memory.lookbacks[lookback.number]
            for scope in lookback.scopes(event):
                if (lookback.number, scope) not in self._fetched:
                    self._fetched.add((lookback.number, scope))
                    looked_back[scope] = base.seen(lookback.number, scope)

    def give(self, memory: Memory) -> None:
        """Copy all that is known here to another memory."""
        mine = self.memory
        for kept, by_scope in zip(memory.states, mine.states, strict=True):
            kept.update(by_scope)
        for number, scope in self._fetched:
            seen = mine.lookbacks[number].get(scope)
            if seen:
                memory.lookbacks[number][scope] = seen
            else:
                memory.lookbacks[number].pop(scope, None)
        memory.failed |= mine.failed

    def step(self, event: Event, number: int) -> None:
        """Take the next event; its breaches are in `broken`."""
        self.broken.clear()
        self.fetch(event)
        self.take(event, number)

    def roles_of(self, event: Event) -> Roles:
        """Return the roles that an event plays here; it keeps them when it is moved."""
        dispatch = self.compiled.dispatch(signature_of(event), "later")
        if not (dispatch.undecided or dispatch.lookbacks):
            return dispatch.fixed, []
        fixed, _, looked_back = self._ask(dispatch, event)
        return fixed, looked_back

    def put(self, event: Event, roles: Roles, label: Label) -> None:
        """Remember an event with these roles, without judging it."""
        fixed, looked_back = roles
        memory, seen = self.memory, (event.at, label)
        for number, _, _, _, visits in fixed:
            for scope in self.compiled.groups[number].scopes(event):
                if type(scope) is not tuple:  # nothing comes after an event that is alone in its scope
                    continue
                states = memory.states[number].setdefault(scope, self.compiled.groups[number].new_states())
                for operator, slot, flags, _, _, _, update in visits:
                    if update is not None:
                        try:
                            states[slot] = operator.put_state(states[slot], seen, event, flags)
                        except Exception as error:
                            self._lose(operator, scope, event, 0, error)
        for lookback, selected, resets in looked_back:
            lookback.update_state(event, memory, selected, resets)

    def _find(
        self,
        operator: AnyOperator,
        state: State,
        scope: Scope,
        event: Event,
        position: int,
        facts: object,
        flags: Flags,
    ) -> None:
        matter = operator.number, tuple(scope)
        if matter not in self.known:
            allowed_from = operator.next_allowed(state, event, event.at, flags)
            self.broken[matter] = operator, facts, allowed_from

    def _report_failure(
        self, bound: BoundRule, scope: Scope, event: Event, position: int, error: Exception
    ) -> None:
        assert isinstance(bound, Operator), "INVARIANT: responses are left out"
        matter = bound.number, tuple(scope)
        before = self.known.get(matter)
        if before is None or not isinstance(before[1], Exception):
            self.broken[matter] = bound, error, None
