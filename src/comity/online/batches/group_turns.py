"""The events of a batch as the operators of one group take them, one after another."""

from __future__ import annotations

from collections.abc import Sequence

from comity.online.event_dispatch import GroupVisit, OperatorVisit
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator
from comity.online.operators.rule import EventRef
from comity.online.operators.states.memory import ScopeStates
from comity.online.operators.turns import Turns


class GroupTurns(Turns):
    """The turns of a group; a kind is an index of `visits` and `remembers`."""

    __slots__ = ("_by_visits", "remembers", "visits")

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[list[OperatorVisit]] = []
        self.remembers: list[bool] = []
        self._by_visits: dict[int, int] = {}

    def kind_of(self, visit: GroupVisit) -> int:
        """Return the number of something that is done with an event."""
        _, _, remembers, visits, _ = visit
        kind = self._by_visits.get(id(visits))
        if kind is None:
            kind = self._by_visits[id(visits)] = len(self.visits)
            self.visits.append(visits)
            self.remembers.append(remembers)
        return kind

    def add(self, row: int, seen: EventRef, scope: Scope, states: ScopeStates, kind: int) -> None:
        """Add an event in a scope."""
        self.rows.append(row)
        self.seen.append(seen)
        self.scopes.append(scope)
        self.states.append(states)
        self.kinds.append(kind)

    def visits_of(self, operator: AnyOperator) -> Sequence[OperatorVisit | None]:
        """Return what an operator does with each kind of event; None for nothing."""
        return [
            next((visit for visit in visits if visit.operator is operator), None) for visits in self.visits
        ]
