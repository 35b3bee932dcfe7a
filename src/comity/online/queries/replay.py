"""Going over events again, from what is remembered of those before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator, LookedBack
from comity.online.event_dispatch import GroupVisit, Mode, signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.memory import Cell, Memory
from comity.online.operators.operator import Operator
from comity.online.operators.rule import BoundRule, Flags, Label
from comity.online.operators.state_codec import State

Matter = tuple[int, Scope]
"""A rule by number, and a scope."""
Roles = tuple[list[GroupVisit], list[LookedBack]]
"""What an event is to each rule, and to what selectors look back for."""

Breach = tuple[Operator[Any], Any, int | None]
"""A rule that is broken, what shows it or the error that it raised, and when it would allow the event."""


class Base(Protocol):
    """What is remembered of the events before those that are gone over."""

    failed: frozenset[Matter]
    """Rules by number, and the scopes of which what they keep is not whole."""

    def cell(self, group: int, scope: Scope) -> Cell | None:
        """Return what is kept of a scope, to be changed."""

    def seen(self, lookback: int, scope: Scope) -> list[int]:
        """Return what a `preceded-by` keeps of a scope, to be changed."""


class Replay(Evaluator):
    """Takes events again, in order, as far as rules other than responses are concerned.

    What is remembered of those before them is fetched scope by scope, when an event asks for it.
    """

    __slots__ = ("_base", "_fetched", "broken", "known")

    def __init__(self, compiled: CompiledPlan, base: Base | None, mode: Mode = "remember") -> None:
        super().__init__(compiled, mode)
        self._base = base
        self._fetched: set[Matter] = set()
        """For each `preceded-by` by number, the scopes of which it is known what was remembered."""
        self._typed = False
        if base is not None:
            self.memory.failed |= base.failed
        self.broken: dict[Matter, Breach] = {}
        """What the last event breaks, by rule and scope."""
        self.known: Mapping[Matter, Breach] = {}
        """What another one has in `broken`, and this one need not tell of."""

    def go_on(self, mode: Mode) -> Replay:
        """Return one that goes on from here, its own way."""
        compiled, memory = self.compiled, self.memory
        other = Replay(compiled, self._base, mode)
        for group, cells, copied in zip(compiled.groups, memory.cells, other.memory.cells, strict=True):
            for scope, cell in cells.items():
                pairs = zip(group.operators, cell, strict=True)
                copied[scope] = [
                    None if state is None else operator.copied(state) for operator, state in pairs
                ]
        for mine, theirs in zip(memory.lookbacks, other.memory.lookbacks, strict=True):
            theirs.update({scope: seen.copy() for scope, seen in mine.items()})
        other.memory.failed |= memory.failed
        other._fetched |= self._fetched
        return other

    def fetch(self, event: Event) -> None:
        """Fetch what is remembered of an event's scopes."""
        base, memory = self._base, self.memory
        if base is None:
            return
        for group in self.compiled.groups:
            cells = memory.cells[group.number]
            for scope in group.scopes(event):
                if scope not in cells and type(scope) is tuple:
                    cell = base.cell(group.number, scope)
                    cells[scope] = group.new_cell() if cell is None else cell
        for lookback in self.compiled.lookbacks.values():
            states = memory.lookbacks[lookback.number]
            for scope in lookback.scopes(event):
                if (lookback.number, scope) not in self._fetched:
                    self._fetched.add((lookback.number, scope))
                    states[scope] = base.seen(lookback.number, scope)

    def give(self, memory: Memory) -> None:
        """Set right, in another memory, all that is known here."""
        mine = self.memory
        for kept, cells in zip(memory.cells, mine.cells, strict=True):
            kept.update(cells)
        for number, scope in self._fetched:
            seen = mine.lookbacks[number].get(scope)
            if seen:
                memory.lookbacks[number][scope] = seen
            else:
                memory.lookbacks[number].pop(scope, None)
        memory.failed |= mine.failed

    def step(self, event: Event, number: int) -> None:
        """Take the next event; what it breaks is in `broken`."""
        self.broken.clear()
        self.fetch(event)
        self.take(event, number)

    def roles_of(self, event: Event) -> Roles:
        """Work out which roles an event plays here, so that they stay as they are if it is moved."""
        dispatch = self.compiled.dispatch(signature_of(event), "later")
        if not (dispatch.undecided or dispatch.lookbacks):
            return dispatch.fixed, []
        fixed, _, looked_back = self._ask(dispatch, event)
        return fixed, looked_back

    def put(self, event: Event, roles: Roles, label: Label) -> None:
        """Remember an event that plays given roles; it is not judged."""
        fixed, looked_back = roles
        memory, seen = self.memory, (event.at, label)
        for number, scopes_of, _, visits in fixed:
            for scope in scopes_of(event):
                if type(scope) is not tuple:  # nothing comes after an event that is alone in its scope
                    continue
                cell = memory.cells[number].setdefault(scope, self.compiled.groups[number].new_cell())
                for operator, slot, _, remembers, flags in visits:
                    if remembers:
                        try:
                            cell[slot] = operator.update_state(cell[slot], seen, event, flags)
                        except Exception as error:
                            self._lose(operator, scope, event, 0, error)
        for lookback, selected, resets in looked_back:
            lookback.update_state(event, memory, selected, resets)

    def _find(
        self,
        operator: Operator[Any],
        state: State,
        scope: Scope,
        event: Event,
        position: int,
        facts: Any,
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
