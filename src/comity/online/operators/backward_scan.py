"""How far back events matter, and what a scope's state is when it is gathered from a history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from comity.events.event import Event
from comity.online.operators.rule import EventRef, Flags

S = TypeVar("S")


class BackwardScan(Generic[S]):
    """Gathers a state of type S from a history, latest event first, and says how far back that goes."""

    @property
    def can_scan_back(self) -> bool:
        """Whether the state can be gathered going back in time."""
        return True

    def scan_back(self, found: list[EventRef], seen: EventRef, flags: Flags) -> bool:
        """Take the next event, going back in time, and return whether earlier ones no longer matter."""
        return True

    def state_from_scan(self, found: list[EventRef]) -> S | None:
        """Return the state of the events that were gathered going back in time."""
        return None

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event matters at this or a later one, None where all do."""
        return None

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield instants at which it may change whether a moved earlier event counts against an event.

        Those after `low` and before `high` must be among them; others do no harm.
        """
        yield from ()

    def first_turn(self, instant: int) -> int | None:
        """Return an instant up to which nothing turns for events at `instant` or later; None for nowhere."""
        return None
