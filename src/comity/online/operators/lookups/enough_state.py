"""What a lookup remembers where one event may not be enough: as many as it asks for, or their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comity.clock.zones import Zone
from comity.events.event import Event
from comity.online.operators.fields import ReadDistinct
from comity.online.operators.lookups.lookup_state import LookupState
from comity.online.operators.rule import EventRef
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.plan import Lookup
from comity.plan.constraints.different_days import day_turns, first_day_turn

Counted = tuple[Any, ...]
"""A remembered event: its instant and its label, and its value where different ones count."""


class EnoughState(LookupState[list[Counted]]):
    """Keeps the latest `at_least` events, or the latest event of each of the latest different values.

    The first of them is the one by which there are enough: when it leaves the span, there are too few.
    """

    def __init__(self, lookup: Lookup, values: ReadDistinct | None) -> None:
        super().__init__(lookup)
        self._least = lookup.at_least
        self._values = values
        self._of_days = lookup.distinct is not None and lookup.distinct.field is None

    def update_state(
        self, state: list[Counted] | None, seen: EventRef, event: Event, *, selected: bool, resets: bool
    ) -> list[Counted] | None:
        """Forget all at a reset; keep a selected event, in place of earlier ones with its values."""
        kept = [] if state is None or resets else state
        if selected:
            for entry in self._entries(seen, event):
                if self._values is not None:
                    kept[:] = [each for each in kept if each[2] != entry[2]]
                kept.append(entry)
            del kept[: -self._least]
        return kept or None

    def _entries(self, seen: EventRef, event: Event) -> list[Counted]:
        return [seen] if self._values is None else [(*seen, value) for value in self._values(event)]

    def hit(self, state: list[Counted], zone: Zone | None, instant: int) -> EventRef | None:
        """Return the event by which there are enough, if it is within the span."""
        if len(state) < self._least:
            return None
        at, label, *_ = state[0]
        within = self.within
        return (at, label) if within is None or at >= within.start(zone, instant) else None

    def measured(self, state: list[Counted] | None, zone: Zone | None, instant: int) -> str:
        """Say how many there are within the span, up to those that are asked for."""
        start = None if self.within is None else self.within.start(zone, instant)
        return self.lookup.said(sum(start is None or each[0] >= start for each in state or ()))

    def latest(self, state: list[Counted]) -> EventRef:
        """Return the last of the list."""
        at, label, *_ = state[-1]
        return at, label

    def scan_back(self, found: list[Any], seen: EventRef, event: Event, *, selected: bool) -> bool:
        """Take events and values that are not taken yet, until there are enough."""
        if selected:
            # Going back, the last value of an event comes first.
            for entry in reversed(self._entries(seen, event)):
                if self._values is None or all(each[2] != entry[2] for each in found):
                    found.append(entry)
        return len(found) >= self._least

    def state_from_scan(self, found: list[Any]) -> list[Counted] | None:
        """Return what was taken in time order."""
        return found[: self._least][::-1] or None

    def alike(self, one: list[Counted] | None, other: list[Counted] | None, now: int, *, exact: bool) -> bool:
        """Compare what is within the span at `now`; all that is enough without a span is the same."""
        earliest = self.earliest_relevant(now)
        if earliest is None and not exact and len(one or ()) == len(other or ()) == self._least:
            return True
        mine, others = [
            [each for each in state or () if earliest is None or each[0] >= earliest]
            for state in (one, other)
        ]
        return mine == others

    def turns(
        self, event: Event, zone: Zone | None, moved: Event, own: Zone | None, low: int, high: int
    ) -> Iterator[int]:
        """Yield the start of the span, and where the day of the moved event is another."""
        yield from super().turns(event, zone, moved, own, low, high)
        if self._of_days:
            yield from day_turns(own, low, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the span, or what is before the day."""
        earliest = super().first_turn(instant)
        return first_day_turn(earliest, instant) if self._of_days else earliest

    def load(self, data: object, reader: SnapshotReader) -> list[Counted]:
        """Read the events."""
        if self._values is None:
            found: list[Counted] = [*reader.sees(data)]
        else:
            triples = [items(each, "a value with its event", 3) for each in items(data, "different values")]
            seen = reader.sees([each[:2] for each in triples])
            values = [reader.different(each[2], of_days=self._of_days) for each in triples]
            if len({*values}) < len(values):
                refuse("different values", data)
            found = [(*ref, value) for ref, value in zip(seen, values, strict=True)]
        if len(found) > self._least:
            refuse("what is remembered", data)
        return found
