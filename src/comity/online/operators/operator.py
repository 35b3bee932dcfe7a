"""What judges one rule: the protocol of operators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from comity.events.event import Event
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.rule import BoundRule, EventRef, Flags, Label, name_of
from comity.online.operators.states.backward_scan import BackwardScan
from comity.online.operators.states.share_states import LaterEvents
from comity.online.operators.states.state_codec import StateCodec
from comity.online.operators.turns import Play, Turns
from comity.results.findings import Finding

S = TypeVar("S")
"""The state that an operator keeps of a scope."""
F = TypeVar("F")
"""The facts that show a breach."""


class Unknown(tuple[str]):
    """Facts that do not show a breach: the event lacks what the rule needs, so that nothing is known."""


class Operator(BoundRule, StateCodec[S], BackwardScan[S], ABC, Generic[S, F]):
    """Judges the events of one rule.

    An operator holds only what the plan says, and never changes. Callers keep its state for each scope, which
    is of type S; facts of type F show a breach.
    """

    fires_on_empty_state: bool = False
    """Whether an event may break the rule although there is no state."""
    remembers: ClassVar[bool] = True
    """Whether earlier events matter."""
    asks_all_roles: ClassVar[bool] = False
    """Whether a decision asks which of all roles the proposed event plays, not only whether it is judged."""
    at_the_end: DeadlineRule | None = None
    """What judges events in audits and monitors, when time has passed; the operator then judges decisions."""
    by_time_alone: bool = False
    """Whether events with the same roles, scope and zone can differ in their verdict by their time alone."""
    is_periodic: bool = False
    """Whether the rule forbids periodically, so that waiting for it may never end."""

    @abstractmethod
    def check(self, state: S | None, event: Event, flags: Flags) -> F | None:
        """Return the facts that show that an event breaks the rule, None if it does not."""

    @abstractmethod
    def describe_breach(self, facts: F, event: Event) -> tuple[str, tuple[Label | None, ...]]:
        """Return what was measured, and the events that prove it, oldest first; None is the judged event."""

    @abstractmethod
    def next_allowed(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first instant, from `instant` on, at which the rule allows the event, or None.

        INVARIANT: it is `instant` itself if and only if the event does not break the rule there.
        """

    def next_forbidden(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first later instant that the rule forbids, None for never; it must allow this one."""
        return None

    @abstractmethod
    def usage(self, state: S | None, event: Event, flags: Flags) -> tuple[str, float | None]:
        """Return what is measured of an event, breach or not, and how many more the rule allows or None."""

    def update_state(self, state: S | None, seen: EventRef, event: Event, flags: Flags) -> S | None:
        """Return the state after an event."""
        return state

    def put_state(self, state: S | None, seen: EventRef, event: Event, flags: Flags) -> S | None:
        """Return the state after a proposed event that is put among the events of a history."""
        return self.update_state(state, seen, event, flags)

    def whole_state(
        self, state: S | None, proposed: Event, flags: Flags, later: LaterEvents
    ) -> tuple[S, S] | None:
        """Return a state that records later events and one that reads them; None if only earlier ones count.

        A decision on a proposed event with later ones around asks the second one.
        """
        return None

    def suspects(
        self, turns: Turns, slot: int, plays: Sequence[Play | None]
    ) -> Iterator[tuple[int, S]] | None:
        """Take many events in turn, and yield those that may break the rule, with the state before them.

        An event is its place among the turns. `slot` is the place of the operator in the states of a scope,
        and `plays` say what to do with an event, by its kind: None for nothing. The state after each event is
        that which `update_state` returns, and nothing is left out that `check` finds. None where each event
        must be asked; it is then for callers to do so.
        """
        return None

    def report(
        self, scope: Scope, event: Event, label: Label, facts: F | Exception, allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach, or about the error that a check raised in place of its facts."""
        if isinstance(facts, Exception):
            return self.failure(scope, event, label, facts)
        return self.finding(scope, event, label, facts, allowed_from)

    def finding(
        self, scope: Scope, event: Event, label: Label, facts: F, allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach."""
        measured, evidence = self.describe_breach(facts, event)
        names = tuple(
            [one if type(one) is str else name_of(label if one is None else one) for one in evidence]
        )
        return self.make_finding(
            scope, event, label, self.rule.constraint.wording, measured, names, allowed_from
        )


AnyOperator = Operator[Any, Any]
"""An operator, whatever its states and facts are."""
