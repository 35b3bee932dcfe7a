"""What is remembered for one lookup: the events that a later contact may find before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.rule import EventRef
from comity.online.operators.snapshot_values import SnapshotReader
from comity.plan import Lookup, Span

S = TypeVar("S")


class LookupState(ABC, Generic[S]):
    """How the events of a lookup are kept, and which of them a contact meets."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.within = lookup.within if isinstance(lookup.within, Span) else None

    can_scan_back = True
    """Whether a state can be gathered going back in time."""

    @abstractmethod
    def update_state(
        self, state: S | None, seen: EventRef, event: Event, *, selected: bool, resets: bool
    ) -> S | None:
        """Forget what a lifting event lifts, then keep a selected one."""

    @abstractmethod
    def hit(self, state: S, zone: Zone | None, instant: int) -> EventRef | None:
        """Find the nearest event that counts for a contact at an instant."""

    @abstractmethod
    def latest(self, state: S) -> EventRef:
        """Return the latest event that is kept."""

    @abstractmethod
    def scan_back(self, found: list[EventRef], seen: EventRef, *, selected: bool) -> bool:
        """Take the next event going back in time; tell whether earlier ones no longer matter."""

    @abstractmethod
    def state_from_scan(self, found: list[EventRef]) -> S | None:
        """Return the state that was collected going back in time."""

    def openings(self, state: S, zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield instants after this one from which an event counts that does not yet."""
        yield from ()

    def leave(self, state: S, seen: EventRef, zone: Zone | None) -> int | None:
        """Return the first instant from which an event that counts no longer does, None for never."""
        return None if self.within is None else self.within.leave(zone, seen[0])

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event counts at this or a later one, None where all do."""
        return None if self.within is None else self.within.floor(instant)

    def is_live(self, state: S, now: int) -> bool:
        """Return whether a state can matter to an event that comes at `now` or later."""
        floor = self.earliest_relevant(now)
        return floor is None or self.latest(state)[0] >= floor

    @abstractmethod
    def alike(self, one: S | None, other: S | None, now: int, *, exact: bool) -> bool:
        """Return whether two states give the same verdicts on all events from `now` on."""

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield instants at which it may change whether a moved earlier event counts for an event.

        The zones are those that the two are read in.
        """
        if self.within is not None:
            yield self.within.start(zone, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return an instant up to which nothing turns for events at `instant` or later; None for nowhere."""
        return self.earliest_relevant(instant)

    @abstractmethod
    def load(self, data: Any, reader: SnapshotReader) -> S:
        """Read a state from its JSON values; tuples and lists write themselves."""
