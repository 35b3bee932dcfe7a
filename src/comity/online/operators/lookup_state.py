"""What is remembered for one lookup: the events that a later contact may find before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Generic, TypeVar

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.memory import TRIM_EVERY, seen_from
from comity.online.operators.rule import EventRef, Label
from comity.online.operators.snapshot_values import SnapshotReader, items, refuse
from comity.plan import FieldSpan, Lookup, Span

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
        self, state: S | None, seen: EventRef, event: Event, *, selected: bool, lifting: bool
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


class LatestState(LookupState[EventRef]):
    """Keeps the last event alone: where no deadline must pass first, it counts longest."""

    def update_state(
        self, state: EventRef | None, seen: EventRef, event: Event, *, selected: bool, lifting: bool
    ) -> EventRef | None:
        """Keep a selected event in place of the one before."""
        return seen if selected else None

    def hit(self, state: EventRef, zone: Zone | None, instant: int) -> EventRef | None:
        """Return the last event where it is within the span."""
        within = self.within
        return state if within is None or state[0] >= within.start(zone, instant) else None

    def latest(self, state: EventRef) -> EventRef:
        """Return the event."""
        return state

    def scan_back(self, found: list[EventRef], seen: EventRef, *, selected: bool) -> bool:
        """Take the last event that is selected, or nothing if a lifting one comes after it."""
        if selected:
            found.append(seen)
        return True

    def state_from_scan(self, found: list[EventRef]) -> EventRef | None:
        """Return the event."""
        return found[0] if found else None

    def alike(self, one: EventRef | None, other: EventRef | None, now: int, *, exact: bool) -> bool:
        """Compare the last events; those that have left the span are as good as none."""
        if one == other:
            return True
        floor = self.earliest_relevant(now)
        if floor is None:
            return not exact and (one is None) == (other is None)
        return all(seen is None or seen[0] < floor for seen in (one, other))

    def load(self, data: Any, reader: SnapshotReader) -> EventRef:
        """Read the event."""
        return reader.seen(data)


class DeadlineState(LookupState[list[EventRef]]):
    """Keeps all events that may count once their deadlines have passed."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        assert lookup.after is not None
        self._deadline = lookup.after

    def update_state(
        self, state: list[EventRef] | None, seen: EventRef, event: Event, *, selected: bool, lifting: bool
    ) -> list[EventRef] | None:
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

    def hit(self, state: list[EventRef], zone: Zone | None, instant: int) -> EventRef | None:
        """Find the latest event whose deadline has passed, where it is within the span."""
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
        """Yield when the deadline of each event will have passed, where it still is within the span then."""
        within = self.within
        for at, _ in state:
            begin = max(instant, self._deadline.deadline(zone, at) + 1)
            if within is None or begin < within.leave(zone, at):
                yield begin

    def scan_back(self, found: list[EventRef], seen: EventRef, *, selected: bool) -> bool:
        """Go back to the last lifting event."""
        if selected:
            found.append(seen)
        return False

    def state_from_scan(self, found: list[EventRef]) -> list[EventRef] | None:
        """Put what was selected in order."""
        found.reverse()
        return found or None

    def alike(
        self, one: list[EventRef] | None, other: list[EventRef] | None, now: int, *, exact: bool
    ) -> bool:
        """Compare what may still count: of those whose deadline has passed, the last."""
        return self._counting(one, now) == self._counting(other, now)

    def _counting(self, state: list[EventRef] | None, now: int) -> Sequence[EventRef]:
        items = seen_from(state, self.earliest_relevant(now))
        settled = bisect_left(items, (self._deadline.settled(now),))
        return items[max(0, settled - 1) :]

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield the start of the span, and the first instant whose deadline has not passed at the event."""
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
        """Return the earlier of where the span starts and where deadlines have passed."""
        settled, floor = self._deadline.settled(instant), self.earliest_relevant(instant)
        return settled if floor is None else min(settled, floor)

    def load(self, data: Any, reader: SnapshotReader) -> list[EventRef]:
        """Read the events."""
        return reader.sees(data)

    def _trim(self, items: list[EventRef], now: int) -> None:
        """Drop what left the span, and all but the last of those whose deadline has passed."""
        if self.within is not None:
            del items[: bisect_left(items, (self.within.floor(now),))]
        settled = bisect_left(items, (self._deadline.settled(now),))
        del items[: max(0, settled - 1)]


ExpiringEvent = tuple[int, int, Label]
"""The instant from which an event no longer counts, its own instant, and its label."""


class ExpiryState(LookupState[list[ExpiringEvent]]):
    """Keeps the events that end at an instant of their own, those left out that a later one outlasts.

    INVARIANT: the later an event, the sooner it ends.
    """

    can_scan_back = False

    def __init__(self, lookup: Lookup, span: FieldSpan, zone: Callable[[Event], Zone | None]) -> None:
        super().__init__(lookup)
        self._span, self._zone = span, zone

    def update_state(
        self,
        state: list[ExpiringEvent] | None,
        seen: EventRef,
        event: Event,
        *,
        selected: bool,
        lifting: bool,
    ) -> list[ExpiringEvent] | None:
        """Drop all at a lifting event; put a selected one in place of those that it outlasts."""
        kept = [] if state is None or lifting else state
        leave = event.at
        if selected:
            leave = self._span.leave(event.attributes.get(self._span.field), self._zone(event), event.at)
        while kept and kept[-1][0] <= max(leave, event.at):
            kept.pop()
        if leave > event.at:
            kept.append((leave, *seen))
        return kept or None

    def hit(self, state: list[ExpiringEvent], zone: Zone | None, instant: int) -> EventRef | None:
        """Find the latest that has not ended."""
        return next(((at, label) for leave, at, label in reversed(state) if leave > instant), None)

    def leave(self, state: list[ExpiringEvent], seen: EventRef, zone: Zone | None) -> int | None:
        """Return when the last of them ends."""
        return state[0][0]

    def latest(self, state: list[ExpiringEvent]) -> EventRef:
        """Return the last of them."""
        return state[-1][1:]

    def scan_back(self, found: list[EventRef], seen: EventRef, *, selected: bool) -> bool:
        """Refuse: what is gathered has no fields."""
        raise AssertionError("INVARIANT: such a state is never gathered")

    def state_from_scan(self, found: list[EventRef]) -> list[ExpiringEvent] | None:
        """Refuse likewise."""
        raise AssertionError("INVARIANT: such a state is never gathered")

    def alike(
        self, one: list[ExpiringEvent] | None, other: list[ExpiringEvent] | None, now: int, *, exact: bool
    ) -> bool:
        """Compare those that have not ended; whether there is one that ends last is what verdicts need."""
        mine, others = [[dated for dated in state or () if dated[0] > now] for state in (one, other)]
        return mine == others

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield where the moved event ends, or what its span without a value of its own reaches back to."""
        yield from self._span.turns(moved.attributes.get(self._span.field), own, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return where the span without a value starts; a value ends when it does."""
        otherwise = self._span.otherwise
        return None if otherwise is None else otherwise.floor(instant)

    def is_live(self, state: list[ExpiringEvent], now: int) -> bool:
        """Return whether one of them has not ended."""
        return state[0][0] > now

    def load(self, data: Any, reader: SnapshotReader) -> list[ExpiringEvent]:
        """Read the events."""
        triples = [items(each, "an event that ends", 3) for each in items(data, "what is remembered")]
        seen = reader.sees([each[1:] for each in triples])
        leaves = [reader.later(each[0], "an event's end") for each in triples]
        if any(leave <= at for leave, (at, _) in zip(leaves, seen, strict=True)) or any(
            sooner >= later for later, sooner in pairwise(leaves)
        ):
            refuse("what is remembered", data)
        return [(leave, *each) for leave, each in zip(leaves, seen, strict=True)]


def make_lookup_state(lookup: Lookup, zone: Callable[[Event], Zone | None]) -> LookupState[Any]:
    """Choose how the events of a lookup are kept; the function gives the zone that an event is read in."""
    if isinstance(lookup.within, FieldSpan):
        return ExpiryState(lookup, lookup.within, zone)
    return LatestState(lookup) if lookup.after is None else DeadlineState(lookup)
