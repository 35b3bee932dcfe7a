"""What a lookup remembers where no deadline must pass first: the latest event alone."""

from __future__ import annotations

from typing import Any

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.lookups.lookup_state import LookupState
from comity.online.operators.rule import EventRef
from comity.online.operators.states.snapshot_values import SnapshotReader


class LatestState(LookupState[EventRef]):
    """Keeps only the last event: if no deadline must pass first, it counts longer than all earlier ones."""

    def update_state(
        self, state: EventRef | None, seen: EventRef, event: Event, *, selected: bool, resets: bool
    ) -> EventRef | None:
        """Keep a selected event in place of the one before."""
        return seen if selected else None

    def hit(self, state: EventRef, zone: Zone | None, instant: int) -> EventRef | None:
        """Return the last event if it is within the span."""
        within = self.within
        return state if within is None or state[0] >= within.start(zone, instant) else None

    def latest(self, state: EventRef) -> EventRef:
        """Return the event."""
        return state

    def scan_back(self, found: list[object], seen: EventRef, event: Event, *, selected: bool) -> bool:
        """Take the last event if it is selected; after a reset there is none."""
        if selected:
            found.append(seen)
        return True

    def state_from_scan(self, found: list[Any]) -> EventRef | None:
        """Return the event."""
        return found[0] if found else None

    def alike(self, one: EventRef | None, other: EventRef | None, now: int, *, exact: bool) -> bool:
        """Compare the last events; one that has left the span is the same as none."""
        if one == other:
            return True
        earliest = self.earliest_relevant(now)
        if earliest is None:
            return not exact and (one is None) == (other is None)
        return all(seen is None or seen[0] < earliest for seen in (one, other))

    def load(self, data: object, reader: SnapshotReader) -> EventRef:
        """Read the event."""
        return reader.seen(data)
