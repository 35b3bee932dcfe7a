"""What a lookup remembers where a deadline must pass first: all events that may still count."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.lookups.lookup_state import LookupState
from comity.online.operators.rule import EventRef
from comity.online.operators.states.memory import TRIM_EVERY, seen_from
from comity.online.operators.states.snapshot_values import SnapshotReader
from comity.plan import Lookup


class DeadlineState(LookupState[list[EventRef]]):
    """Keeps all events that may count once their deadlines have passed."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        assert lookup.after is not None
        self._deadline = lookup.after

    def update_state(
        self, state: list[EventRef] | None, seen: EventRef, event: Event, *, selected: bool, resets: bool
    ) -> list[EventRef] | None:
        """Forget the list at a reset, then add a selected event."""
        if resets:
            state = None
        if not selected:
            return state
        if state is None:
            return [seen]
        state.append(seen)
        if not len(state) % TRIM_EVERY:
            self._trim(state, seen[0])
        return state

    def hit(self, state: list[EventRef], zone: Zone | None, instant: int) -> EventRef | None:
        """Return the latest event whose deadline has passed, if it is within the span."""
        within = self.within
        start = None if within is None else within.start(zone, instant)
        for seen in reversed(state):
            if start is not None and seen[0] < start:
                return None
            if self._deadline.deadline(zone, seen[0]) < instant:
                return seen
        return None

    def latest(self, state: list[EventRef]) -> EventRef:
        """Return the last of the list."""
        return state[-1]

    def openings(self, state: list[EventRef], zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield when the deadline of each event will have passed, if the event is in the span then."""
        within = self.within
        for at, _ in state:
            begin = max(instant, self._deadline.deadline(zone, at) + 1)
            if within is None or begin < within.leave(zone, at):
                yield begin

    def scan_back(self, found: list[object], seen: EventRef, event: Event, *, selected: bool) -> bool:
        """Go back to the last reset."""
        if selected:
            found.append(seen)
        return False

    def state_from_scan(self, found: list[Any]) -> list[EventRef] | None:
        """Return the gathered events in time order."""
        found.reverse()
        return found or None

    def alike(
        self, one: list[EventRef] | None, other: list[EventRef] | None, now: int, *, exact: bool
    ) -> bool:
        """Compare the events that may still count: the last one whose deadline has passed, and later ones."""
        return self._counting(one, now) == self._counting(other, now)

    def _counting(self, state: list[EventRef] | None, now: int) -> Sequence[EventRef]:
        items = seen_from(state, self.earliest_relevant(now))
        passed = bisect_left(items, (self._deadline.surely_passed(now),))
        return items[max(0, passed - 1) :]

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield the start of the span, and the first instant whose deadline has not passed at the event.

        The second one is found by bisection: deadlines never go back.
        """
        yield from super().turns(event, zone, moved, own, low, high)
        deadline = self._deadline.deadline
        if deadline(zone, low) < event.at <= deadline(zone, high):
            while high - low > 1:
                middle = (low + high) // 2
                if deadline(zone, middle) < event.at:
                    low = middle
                else:
                    high = middle
            yield high

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the span or the end of the passed deadlines, whichever is earlier."""
        passed, earliest = self._deadline.surely_passed(instant), self.earliest_relevant(instant)
        return passed if earliest is None else min(passed, earliest)

    def load(self, data: object, reader: SnapshotReader) -> list[EventRef]:
        """Read the events."""
        return reader.sees(data)

    def _trim(self, items: list[EventRef], now: int) -> None:
        """Drop the events that left the span, and all but the last of those whose deadline has passed."""
        if self.within is not None:
            del items[: bisect_left(items, (self.within.earliest_start(now),))]
        passed = bisect_left(items, (self._deadline.surely_passed(now),))
        del items[: max(0, passed - 1)]
