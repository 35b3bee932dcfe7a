"""What a lookup remembers where each event names the instant at which it no longer counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.lookups.lookup_state import LookupState
from comity.online.operators.rule import EventRef, Label
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.plan import FieldSpan, Lookup

ExpiringEvent = tuple[int, int, Label]
"""The instant from which an event no longer counts, its own instant, and its label."""


class ExpiryState(LookupState[list[ExpiringEvent]]):
    """Keeps the events that have not expired, without those that expire before a later one does.

    INVARIANT: a later event in the list expires sooner.
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
        resets: bool,
    ) -> list[ExpiringEvent] | None:
        """Forget all at a reset; let a selected event replace those that expire before it does."""
        kept = [] if state is None or resets else state
        leave = event.at
        if selected:
            leave = self._span.leave(event.attributes.get(self._span.field), self._zone(event), event.at)
        while kept and kept[-1][0] <= max(leave, event.at):
            kept.pop()
        if leave > event.at:
            kept.append((leave, *seen))
        return kept or None

    def hit(self, state: list[ExpiringEvent], zone: Zone | None, instant: int) -> EventRef | None:
        """Return the latest event that has not expired."""
        return next(((at, label) for leave, at, label in reversed(state) if leave > instant), None)

    def leave(self, state: list[ExpiringEvent], seen: EventRef, zone: Zone | None) -> int | None:
        """Return when the last of the events expires."""
        return state[0][0]

    def latest(self, state: list[ExpiringEvent]) -> EventRef:
        """Return the latest event."""
        return state[-1][1:]

    def scan_back(self, found: list[object], seen: EventRef, event: Event, *, selected: bool) -> bool:
        """Fail: a scan keeps no fields, so that it cannot know when events expire."""
        raise AssertionError("INVARIANT: such a state is never gathered")

    def state_from_scan(self, found: list[object]) -> list[ExpiringEvent] | None:
        """Fail: a scan cannot gather this state."""
        raise AssertionError("INVARIANT: such a state is never gathered")

    def alike(
        self, one: list[ExpiringEvent] | None, other: list[ExpiringEvent] | None, now: int, *, exact: bool
    ) -> bool:
        """Compare the events that have not expired at `now`."""
        mine, others = [[dated for dated in state or () if dated[0] > now] for state in (one, other)]
        return mine == others

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield when the moved event expires, or the start of the span for events without a value."""
        yield from self._span.turns(moved.attributes.get(self._span.field), own, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the span for events without a value, None if there is no such span."""
        otherwise = self._span.otherwise
        return None if otherwise is None else otherwise.earliest_start(instant)

    def is_live(self, state: list[ExpiringEvent], now: int) -> bool:
        """Return whether one of the events has not expired at `now`."""
        return state[0][0] > now

    def load(self, data: object, reader: SnapshotReader) -> list[ExpiringEvent]:
        """Read the events."""
        triples = [items(each, "an event that ends", 3) for each in items(data, "what is remembered")]
        seen = reader.sees([each[1:] for each in triples])
        leaves = [reader.later(each[0], "an event's end") for each in triples]
        if any(leave <= at for leave, (at, _) in zip(leaves, seen, strict=True)) or any(
            sooner >= later for later, sooner in pairwise(leaves)
        ):
            refuse("what is remembered", data)
        return [(leave, *each) for leave, each in zip(leaves, seen, strict=True)]
