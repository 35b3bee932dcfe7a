"""Judging one rule: what it keeps of earlier events, which later ones break it, and until when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.rule import BoundRule, EventRef, Flags, Label, name_of
from comity.results.findings import Finding

if TYPE_CHECKING:
    from comity.online.operators.reading import Reading

S = TypeVar("S")
State = Any
"""What an operator keeps of a scope; None where it keeps nothing."""


class Unknown(tuple[str]):
    """Facts that show no breach: the event lacks what the rule asks for, so that nothing is known of it."""


class Operator(BoundRule, ABC, Generic[S]):
    """Judges the events of one rule.

    It holds nothing but what the plan says; what it remembers of a scope is a state of type S, kept by
    whoever asks.
    """

    fires_on_empty_state: bool = False
    """Whether an event may break the rule although nothing is remembered."""
    remembers: ClassVar[bool] = True
    """Whether earlier events matter."""
    is_periodic: ClassVar[bool] = False
    """Whether the rule forbids again and again, so that waiting for it may have no end."""

    @abstractmethod
    def check(self, state: S | None, event: Event, flags: Flags) -> Any:
        """Return the facts by which an event breaks the rule, whatever comes later; None if it does not."""

    @abstractmethod
    def describe_breach(self, facts: Any, event: Event) -> tuple[str, tuple[Label | None, ...]]:
        """Say what was measured, and which events prove it, oldest first; None is the judged one."""

    @abstractmethod
    def next_allowed(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first instant, from `instant` on, at which the rule allows the event, or None.

        INVARIANT: it is `instant` itself exactly where the event there is no breach.
        """

    def next_forbidden(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first later instant that the rule forbids, where it allows this one; None for never."""
        return None

    @abstractmethod
    def usage(self, state: S | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Say what is measured of an event that breaks or keeps the rule, and how many more it allows."""

    def update_state(self, state: S | None, seen: EventRef, event: Event, flags: Flags) -> S | None:
        """Return the state after an event."""
        return state

    def copied(self, state: S) -> S:
        """Return an independent copy of a state; a state that never changes is its own copy."""
        return state

    def marked(self, state: S) -> Any:
        """Keep a state as it is now, to be resumed from any number of times."""
        return self.copied(state)

    def resumed(self, mark: Any) -> S:
        """Return the state that was marked, to go on from."""
        return self.copied(mark)

    def alike(self, one: S | None, other: S | None, now: int, *, exact: bool) -> bool:
        """Return whether two states give the same verdicts on all events from `now` on, whatever comes.

        Where it is to be `exact`, what is measured of these must be the same too.
        """
        return one == other

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield instants at which it may change whether a moved earlier event counts against an event.

        Those after `low` and before `high` must be among them; others do no harm.
        """
        yield from ()

    def first_turn(self, instant: int) -> int | None:
        """Return an instant up to which nothing turns for events at `instant` or later; None for nowhere."""
        return None

    def scan_back(self, found: list[EventRef], seen: EventRef, flags: Flags) -> bool:
        """Take the next event, going back in time, and tell whether earlier ones no longer matter."""
        return True

    def state_from_scan(self, found: list[EventRef]) -> S | None:
        """Return the state that was collected going back in time."""
        return None

    @property
    def can_scan_back(self) -> bool:
        """Whether the state can be collected going back in time."""
        return True

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event matters at this or a later one, None where all do."""
        return None

    def is_live(self, state: S, now: int) -> bool:
        """Return whether a state can matter to an event that comes at `now` or later."""
        return True

    def dump(self, state: S) -> Any:
        """Write a state as values that JSON has and that later events do not change; a tuple is that."""
        return state

    @abstractmethod
    def load(self, data: Any, reading: Reading) -> S:
        """Read a state that `dump` wrote; raises SnapshotError for what it did not."""

    def finding(
        self, scope: Scope, event: Event, label: Label, facts: Any, allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach."""
        measured, evidence = self.describe_breach(facts, event)
        return self.make_finding(
            scope,
            event,
            label,
            self.rule.constraint.wording,
            measured,
            evidence=tuple([name_of(label if proof is None else proof) for proof in evidence]),
            allowed_from=allowed_from,
        )
