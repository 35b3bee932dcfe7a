"""What is around a proposed event: the memory before it, and the later events that it may put in breach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import attrs

from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Unknown
from comity.online.operators.preceded_by import Lookback
from comity.online.operators.rule import Label
from comity.online.operators.states.memory import Memory
from comity.online.queries.replay import Replay, Roles
from comity.online.queries.timeline import StateOf, keys_of

LaterEvents = Iterator[tuple[Event, int]]
"""The events after a place in the history, with their numbers."""


class Struck(NamedTuple):
    """A later event that breaks a rule only because of the proposed one."""

    operator: AnyOperator
    scope: Scope
    event: Event
    number: int
    facts: object
    """The facts that show the breach, or the error that the rule raised."""
    allowed_from: int | None
    place: int
    """How many events lie between the two."""

    @property
    def failed(self) -> bool:
        """Whether nothing is known, because the rule raised or the event lacks what the rule needs."""
        return isinstance(self.facts, Exception | Unknown)


class Surroundings:
    """A place for the proposed event among the events of a history.

    It moves forward, event by event. The proposed event keeps the roles that it plays at the first place.
    """

    def __init__(self, here: Replay, later: LaterEvents, proposed: Event, label: Label) -> None:
        self.compiled: CompiledPlan = here.compiled
        self.here = here
        self.proposed = proposed
        self.label = label
        here.fetch(proposed)
        self.roles: Roles = here.roles_of(proposed)
        self._later = later
        self._read: list[tuple[Event, int]] = []
        self._passed = 0

    def see_later(self) -> None:
        """Let the rules that judge a period as a whole count its later events; to be called first."""
        visits = [
            (number, scope, slot, operator, flags)
            for number, _, _, _, each in self.roles[0]
            for operator, slot, flags, *_ in each
            if operator.at_the_end is not None
            for scope in self.compiled.groups[number].scopes(self.proposed)
            if type(scope) is tuple
        ]
        if not visits:
            return
        replay = self.here.go_on("remember")
        later = _Later(self, replay)
        for number, scope, slot, operator, flags in visits:
            mine, its = [
                each.memory.states[number].setdefault(scope, self.compiled.groups[number].new_states())
                for each in (self.here, replay)
            ]
            pair = operator.whole_state(its[slot], self.proposed, flags, later)
            if pair is not None:
                its[slot], mine[slot] = pair

    @property
    def memory(self) -> Memory:
        """The memory before the place."""
        return self.here.memory

    @property
    def boundary(self) -> int | None:
        """The instant of the next event, None where there is none."""
        one = self.event_at(self._passed)
        return None if one is None else one[0].at

    def advance(self) -> None:
        """Move behind the next event, and all events of its instant."""
        one = self.event_at(self._passed)
        boundary = None if one is None else one[0].at
        while one is not None and one[0].at == boundary:
            self.here.step(*one)
            self._passed += 1
            one = self.event_at(self._passed)

    def event_at(self, place: int) -> tuple[Event, int] | None:
        """Return the event at a place, counted from the first place; None if there is none."""
        read = self._read
        while place >= len(read):
            one = next(self._later, None)
            if one is None:
                return None
            read.append(one)
        return read[place]

    def ahead(self) -> Iterator[tuple[Event, int]]:
        """Yield the events after the place."""
        place = self._passed
        while (one := self.event_at(place)) is not None:
            yield one
            place += 1

    def strikes(self, at: int) -> Iterator[Struck]:
        """Yield the later events that break a rule only if the proposed event is here at `at`, in order.

        That includes rules that raise only then.
        """
        moved = self.proposed if at == self.proposed.at else move(self.proposed, at)
        without, with_it = self.here.go_on("later"), self.here.go_on("later")
        with_it.put(moved, self.roles, self.label)
        with_it.known = without.broken
        watched = {*keys_of(self.compiled, moved)}
        for place, (event, number) in enumerate(self.ahead()):
            watched = {key for key in watched if not alike(without, with_it, key, event.at)}
            if not watched and without.memory.failed == with_it.memory.failed:
                return
            without.step(event, number)
            with_it.step(event, number)
            for (_, scope), (operator, facts, allowed_from) in with_it.broken.items():
                yield Struck(operator, scope, event, number, facts, allowed_from, place)
            watched.update(keys_of(self.compiled, event))

    def turns(self, low: int, high: int) -> list[int]:
        """Return the instants between two at which `strikes` may change, in order."""
        fixed, looked_back = self.roles
        operators = {
            visit.operator for _, _, _, visits, _ in fixed for visit in visits if visit.update is not None
        }
        found: set[int] = set()
        first = True
        for event, _ in self.ahead():
            if not first and self._no_more_turns(operators, event.at, high):
                break
            first = False
            for operator in operators:
                found.update(operator.turns(event, self.proposed, low, high))
            for lookback, _, _ in looked_back:
                found.update(lookback.turns(event, self.proposed, low))
        return sorted(instant for instant in found if low < instant < high)

    def _no_more_turns(self, operators: set[AnyOperator], at: int, high: int) -> bool:
        owners: list[AnyOperator | Lookback] = [*operators, *(lookback for lookback, _, _ in self.roles[1])]
        firsts = [owner.first_turn(at) for owner in owners]
        return all(first is None or first >= high for first in firsts)


class _Later:
    """The events after the first place, which a replay takes one by one."""

    def __init__(self, around: Surroundings, replay: Replay) -> None:
        self._around = around
        self._replay = replay
        self._place = 0

    def next_at(self) -> int | None:
        """Return the instant of the next event that is not read; None for none."""
        one = self._around.event_at(self._place)
        return None if one is None else one[0].at

    def read(self, until: int) -> None:
        """Read the events up to an instant."""
        while (one := self._around.event_at(self._place)) is not None and one[0].at <= until:
            self._place += 1
            self._replay.step(*one)


def move(event: Event, at: int) -> Event:
    """Return an event at another instant."""
    return attrs.evolve(event, at=at)


def alike(one: Replay, other: Replay, key: StateOf, now: int) -> bool:
    """Return whether two replays give the same verdicts, in a scope, on all events from `now` on."""
    number, scope = key
    if number < 0:
        lookback = one.compiled.looks[-1 - number]
        mine, its = [each.memory.lookbacks[-1 - number].get(scope) or [] for each in (one, other)]
        return lookback.alike(mine, its, now)
    group = one.compiled.groups[number]
    pair = [each.memory.states[number].get(scope) or group.new_states() for each in (one, other)]
    trios = zip(group.operators, *pair, strict=True)
    return all(operator.alike(mine, its, now, exact=False) for operator, mine, its in trios)
