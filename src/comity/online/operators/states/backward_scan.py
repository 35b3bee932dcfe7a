"""Gathering the state of a scope from a history, latest event first, and how far back that must go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from comity.events.event import Event
from comity.online.operators.rule import EventRef, Flags

S = TypeVar("S")


class BackwardScan(Generic[S]):
    """Gathers a state of type S from a history, latest event first."""

    @property
    def can_scan_back(self) -> bool:
        """Whether the state can be gathered going back in time."""
        return True

    def scan_back(self, found: list[object], seen: EventRef, event: Event, flags: Flags) -> bool:
        """Take the next earlier event, and return whether even earlier ones no longer matter."""
        return True

    def state_from_scan(self, found: list[object]) -> S | None:
        """Return the state after the gathered events, which are in the order of the scan: latest first."""
        return None

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event matters at `instant` or later, None if all matter."""
        return None

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield the instants of an earlier, moved event at which it may start or stop to count for an event.

        It must yield all such instants after `low` and before `high`; it may yield others.
        """
        yield from ()

    def first_turn(self, instant: int) -> int | None:
        """Return an instant before which `turns` yields nothing for events at `instant` or later, or None."""
        return None
