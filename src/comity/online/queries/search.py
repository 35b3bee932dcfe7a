"""Searching for the instants at which a proposed event is allowed: by the events before and after it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from comity.clock.instants import MAX_INSTANT
from comity.errors import EventError
from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator
from comity.online.operators.rule import Flags, incomplete_state
from comity.online.operators.states.memory import Memory
from comity.online.operators.states.state_codec import State
from comity.online.queries.surroundings import Surroundings
from comity.plan.constraints.hours import HORIZON

Wait = tuple[AnyOperator, Scope, State, Flags]
"""A rule that may make a contact wait: the operator, the scope, its state, and the roles of the event."""


class Failed(Exception):
    """A rule raised when it was asked about another instant."""

    def __init__(self, operator: AnyOperator, scope: Scope, error: Exception) -> None:
        super().__init__(f"the rule `{operator.rule.name}` failed: {type(error).__name__}: {error}")
        self.operator = operator
        self.scope = scope
        self.error = error


class GivenUp(Exception):
    """No opening hours were found in 800 days; everything up to `known_until` is forbidden."""

    def __init__(self, known_until: int) -> None:
        self.known_until = known_until


def fixpoint_instant(waits: Sequence[Wait], proposed: Event, instant: int, agreed: int = 0) -> int | None:
    """Return the first instant, from `instant` on, that all rules allow, None if there is none.

    Each rule in turn moves the instant forward until all agree. `agreed` is the place, counted from 1, of a
    rule that named the instant already. The search ends after 800 days of waiting for opening hours, and in
    the year 9999. Raises Failed if a rule raises.
    """
    try:
        return fixpoint_or_give_up(waits, proposed, instant, agreed)
    except GivenUp:
        return None


def fixpoint_or_give_up(waits: Sequence[Wait], proposed: Event, instant: int, agreed: int = 0) -> int | None:
    """Return the same as `fixpoint_instant`, but raise GivenUp if no opening hours are found."""
    place, left, waiting_since = agreed, len(waits) - (agreed > 0), instant
    while left:
        operator, scope, state, flags = waits[place % len(waits)]
        try:
            allowed = operator.next_allowed(state, proposed, instant, flags)
        except EventError:
            raise
        except Exception as error:
            raise Failed(operator, scope, error) from error
        if allowed is None:
            if operator.is_periodic:
                raise GivenUp(instant + HORIZON)
            return None
        left -= 1
        if allowed > instant:
            instant, left = allowed, len(waits) - 1
            if not operator.is_periodic:
                waiting_since = instant
            if instant - waiting_since > HORIZON or instant > MAX_INSTANT:
                raise GivenUp(instant)
        place += 1
    return instant


def first_of(*instants: int | None) -> int | None:
    """Return the first of the instants that there are."""
    return min((instant for instant in instants if instant is not None), default=None)


class Once:
    """The first allowed instant from an instant on: searched for once, when it is needed."""

    def __init__(self, search: Search, instant: int) -> None:
        self._search: Search | None = search
        self._found: int | None = instant
        self._lock = threading.Lock()

    def __call__(self) -> int | None:
        """Return the instant, None if there is none; raises Failed if a rule raises."""
        with self._lock:
            if self._search is not None and self._found is not None:
                self._found = self._search.allowed_from(self._found)
                self._search = None
            return self._found


class Search:
    """Goes forward in time, from event to event, and finds where allowed stretches begin and end.

    Between two events it asks the rules how far they forbid or allow the proposed one. It asks which later
    events would break a rule at each instant at which that may change.
    """

    def __init__(
        self,
        compiled: CompiledPlan,
        memory: Memory,
        proposed: Event,
        waits: Sequence[Wait],
        around: Surroundings | None,
    ) -> None:
        self._compiled = compiled
        self._memory = memory
        self._proposed = proposed
        self._waits = [*waits]
        self._around = around

    def allowed_from(self, instant: int) -> int | None:
        """Return the first instant from `instant` on that breaks no rule of severity `error`, None for none.

        Raises Failed if a rule raises.
        """
        while True:
            boundary = self._pass(instant)
            if boundary is not None and self._still_forbids(instant, boundary):
                instant = boundary
                continue
            try:
                found = self._allowed_before(instant, boundary)
            except GivenUp as given_up:
                # Hours may be open after the next event, but it is not known whether they are open before it.
                if boundary is None or boundary > given_up.known_until:
                    return None
                found = None
            if found is not None:
                return found
            if boundary is None:
                return None
            instant = boundary

    def _allowed_before(self, instant: int, boundary: int | None) -> int | None:
        """Return the first allowed instant before that of the next event, or None; raises GivenUp."""
        found = fixpoint_or_give_up(self._waits, self._proposed, instant)
        turns: list[int] | None = None
        while found is not None and (boundary is None or found < boundary):
            if not self._strikes(found):
                return found
            if boundary is None:
                return None
            turns = self._turns(found, boundary) if turns is None else turns
            following = next((turn for turn in turns if turn > found), None)
            found = None if following is None else fixpoint_or_give_up(self._waits, self._proposed, following)
        return None

    def forbidden_from(self, instant: int) -> int | None:
        """Return the first forbidden instant after an allowed one, None for never."""
        while True:
            boundary = self._pass(instant)
            proposed = self._proposed
            end = first_of(
                *(j.next_forbidden(state, proposed, instant, flags) for j, _, state, flags in self._waits)
            )
            if boundary is None:
                return end
            stop = boundary if end is None else min(end, boundary)
            for turn in self._turns(instant, stop):
                if self._strikes(turn):
                    return turn
            if end is not None and end < boundary:
                return end
            instant = boundary
            self._pass(instant)
            if fixpoint_instant(self._waits, self._proposed, instant) != instant or self._strikes(instant):
                return instant

    def _still_forbids(self, instant: int, boundary: int) -> bool:
        """Return whether a rule forbids all instants up to the next event.

        A rule that does moves to the front, since it probably forbids the following ones too.
        """
        for place, (operator, scope, state, flags) in enumerate(self._waits):
            try:
                allowed = operator.next_allowed(state, self._proposed, instant, flags)
            except EventError:
                raise
            except Exception as error:
                raise Failed(operator, scope, error) from error
            if allowed is None and operator.is_periodic and boundary > instant + HORIZON:
                continue
            if allowed is None or allowed >= boundary:
                if place:
                    self._waits.insert(0, self._waits.pop(place))
                return True
        return False

    def _pass(self, instant: int) -> int | None:
        """Move behind the events up to an instant, and return the instant of the next one, if any."""
        around = self._around
        if around is None:
            return None
        boundary, moved = around.boundary, False
        while boundary is not None and boundary <= instant:
            around.advance()
            boundary, moved = around.boundary, True
        if moved:
            self._waits = [
                (operator, scope, self._compiled.state_of(operator, scope, self._memory), flags)
                for operator, scope, _, flags in self._waits
            ]
            for operator, scope, *_ in self._waits:
                if (operator.number, scope) in self._memory.failed:
                    raise Failed(operator, scope, incomplete_state())
        return boundary

    def _strikes(self, instant: int) -> bool:
        if self._around is None:
            return False
        return any(struck.operator.is_error or struck.failed for struck in self._around.strikes(instant))

    def _turns(self, low: int, high: int) -> list[int]:
        assert self._around is not None, "INVARIANT: without events around there is no boundary"
        return self._around.turns(low, high)
