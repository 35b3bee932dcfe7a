"""What is remembered for one lookup: the events that a later contact may find before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from comity.online.judge import Seen
from comity.online.memory import TRIM_EVERY, read_seen
from comity.plan import Lookup
from comity.zones import Zone

S = TypeVar("S")


class Kept(ABC, Generic[S]):
    """How the events of a lookup are kept, and which of them a contact meets."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    @abstractmethod
    def remember(self, state: S | None, seen: Seen, *, selected: bool, lifting: bool) -> S | None:
        """Forget what a lifting event lifts, then keep a selected one."""

    @abstractmethod
    def hit(self, state: S, zone: Zone | None, instant: int) -> Seen | None:
        """Find the nearest event that counts for a contact at an instant."""

    @abstractmethod
    def latest(self, state: S) -> Seen:
        """Give the latest event that is kept."""

    @abstractmethod
    def collect(self, found: list[Seen], seen: Seen, *, selected: bool) -> bool:
        """Take the next event going back in time; tell whether earlier ones no longer matter."""

    @abstractmethod
    def collected(self, found: list[Seen]) -> S | None:
        """Give the state that was collected going back in time."""

    def openings(self, state: S, zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield instants after this one from which an event counts that does not yet."""
        yield from ()

    def floor(self, instant: int) -> int | None:
        """Give an instant before which no event counts at this or a later one, None where all do."""
        return None if self.lookup.within is None else self.lookup.within.floor(instant)

    def needs(self, state: S, now: int) -> bool:
        """Tell whether a state can matter to an event that comes at `now` or later."""
        floor = self.floor(now)
        return floor is None or self.latest(state)[0] >= floor

    @abstractmethod
    def load(self, data: Any) -> S:
        """Read a state from its JSON values; tuples and lists write themselves."""


class Nearest(Kept[Seen]):
    """Keeps the last event alone: where no deadline must pass first, it counts longest."""

    def remember(self, state: Seen | None, seen: Seen, *, selected: bool, lifting: bool) -> Seen | None:
        """Keep a selected event in place of the one before."""
        return seen if selected else None

    def hit(self, state: Seen, zone: Zone | None, instant: int) -> Seen | None:
        """Give the last event where it is within the span."""
        within = self.lookup.within
        return state if within is None or state[0] >= within.start(zone, instant) else None

    def latest(self, state: Seen) -> Seen:
        """Give the event."""
        return state

    def collect(self, found: list[Seen], seen: Seen, *, selected: bool) -> bool:
        """Take the last event that is selected, or nothing if a lifting one comes after it."""
        if selected:
            found.append(seen)
        return True

    def collected(self, found: list[Seen]) -> Seen | None:
        """Give the event."""
        return found[0] if found else None

    def load(self, data: Any) -> Seen:
        """Read the event."""
        return read_seen(data)


class Ranked(Kept[list[Seen]]):
    """Keeps all events that may count once their deadlines have passed."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        assert lookup.after is not None
        self._deadline = lookup.after

    def remember(
        self, state: list[Seen] | None, seen: Seen, *, selected: bool, lifting: bool
    ) -> list[Seen] | None:
        """Drop the list at a lifting event, lengthen it by a selected one."""
        if lifting:
            state = None
        if not selected:
            return state
        if state is None:
            return [seen]
        state.append(seen)
        if not len(state) % TRIM_EVERY:
            self._trim(state, seen[0])
        return state

    def hit(self, state: list[Seen], zone: Zone | None, instant: int) -> Seen | None:
        """Find the latest event whose deadline has passed, where it is within the span."""
        within = self.lookup.within
        start = None if within is None else within.start(zone, instant)
        for seen in reversed(state):
            if start is not None and seen[0] < start:
                return None
            if self._deadline.deadline(zone, seen[0]) < instant:
                return seen
        return None

    def latest(self, state: list[Seen]) -> Seen:
        """Give the last of the list."""
        return state[-1]

    def openings(self, state: list[Seen], zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield when the deadline of each event will have passed, where it still is within the span then."""
        within = self.lookup.within
        for at, _ in state:
            begin = max(instant, self._deadline.deadline(zone, at) + 1)
            if within is None or begin < within.leave(zone, at):
                yield begin

    def collect(self, found: list[Seen], seen: Seen, *, selected: bool) -> bool:
        """Go back to the last lifting event."""
        if selected:
            found.append(seen)
        return False

    def collected(self, found: list[Seen]) -> list[Seen] | None:
        """Put what was selected in order."""
        found.reverse()
        return found or None

    def load(self, data: Any) -> list[Seen]:
        """Read the events."""
        return [read_seen(item) for item in data]

    def _trim(self, items: list[Seen], now: int) -> None:
        """Drop what left the span, and all but the last of those whose deadline has passed."""
        if self.lookup.within is not None:
            del items[: bisect_left(items, (self.lookup.within.floor(now),))]
        settled = bisect_left(items, (self._deadline.settled(now),))
        del items[: max(0, settled - 1)]
