"""The state of one lookup: the earlier events that may count for a later contact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.rule import EventRef
from comity.online.operators.states.snapshot_values import SnapshotReader
from comity.plan import Lookup, Span

S = TypeVar("S")


class LookupState(ABC, Generic[S]):
    """How the events of a lookup are kept, and which of them counts for a contact."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.within = lookup.within if isinstance(lookup.within, Span) else None

    can_scan_back = True
    """Whether the state can be gathered from a history, latest event first."""

    @abstractmethod
    def update_state(
        self, state: S | None, seen: EventRef, event: Event, *, selected: bool, resets: bool
    ) -> S | None:
        """Return the state after an event: first forget all if it resets, then keep it if it is selected."""

    @abstractmethod
    def hit(self, state: S, zone: Zone | None, instant: int) -> EventRef | None:
        """Return the nearest event that counts for a contact at an instant, None if there is none."""

    def measured(self, state: S | None, zone: Zone | None, instant: int) -> str:
        """Say what was found at an instant; empty where no more than one event is looked for."""
        return ""

    @abstractmethod
    def latest(self, state: S) -> EventRef:
        """Return the latest event that is kept."""

    @abstractmethod
    def scan_back(self, found: list[object], seen: EventRef, event: Event, *, selected: bool) -> bool:
        """Take the next earlier event, and return whether even earlier ones no longer matter."""

    @abstractmethod
    def state_from_scan(self, found: list[object]) -> S | None:
        """Return the state after the gathered events, which are in the order of the scan: latest first."""

    def openings(self, state: S, zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield the instants from this one on at which an event starts to count that does not count yet."""
        yield from ()

    def leave(self, state: S, seen: EventRef, zone: Zone | None) -> int | None:
        """Return the first instant at which an event that counts now no longer counts, None for never."""
        return None if self.within is None else self.within.leave(zone, seen[0])

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event counts at `instant` or later, None if all count."""
        return None if self.within is None else self.within.earliest_start(instant)

    def is_live(self, state: S, now: int) -> bool:
        """Return whether a state can matter to an event that comes at `now` or later."""
        earliest = self.earliest_relevant(now)
        return earliest is None or self.latest(state)[0] >= earliest

    @abstractmethod
    def alike(self, one: S | None, other: S | None, now: int, *, exact: bool) -> bool:
        """Return whether two states give the same verdicts on all events from `now` on."""

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield the instants of an earlier, moved event at which it may start or stop to count for an event.

        `zone` is the zone of the event, `own` is the zone of the moved one.
        """
        if self.within is not None:
            yield self.within.start(zone, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return an instant before which `turns` yields nothing for events at `instant` or later, or None."""
        return self.earliest_relevant(instant)

    @abstractmethod
    def load(self, data: object, reader: SnapshotReader) -> S:
        """Read a state from its JSON values; raises SnapshotError for what is not a state.

        Nothing is needed to write one: states are lists and tuples.
        """
