"""What a lookup remembers where each event names the instant at which it no longer counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.lookup_state import LookupState
from comity.online.operators.rule import EventRef, Label
from comity.online.operators.snapshot_values import SnapshotReader, items, refuse
from comity.plan import FieldSpan, Lookup

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
        resets: bool,
    ) -> list[ExpiringEvent] | None:
        """Drop all at a lifting event; put a selected one in place of those that it outlasts."""
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
