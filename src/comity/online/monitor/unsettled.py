"""The events of a monitor that a late event may still precede."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterable, Iterator

import attrs

from comity.events.event import Event
from comity.records import define
from comity.results.findings import Finding

UnsettledEvent = tuple[int, int, Event]
"""An instant, the event's position among those that were fed, and the event."""
Reported = dict[tuple[int, str, str, object], Finding]
"""Findings by position of the judged event, policy, rule and scope."""


@define
class Unsettled:
    """The unsettled events of one person, which a late event may precede, and the findings about them."""

    events: list[UnsettledEvent] = attrs.field(factory=list)
    """In the order of instants and positions."""
    reported: Reported = attrs.field(factory=dict)


class UnsettledEvents:
    """The unsettled events of all persons, by the key that events must share to matter to each other."""

    def __init__(self, *, by_person: bool) -> None:
        """Keep events; with `by_person`, they matter only to those of the same person."""
        self._by_person = by_person
        self._by_key: dict[str, Unsettled] = {}
        self._first: list[tuple[int, int, str]] = []
        """A heap of the instants, positions and keys of the first unsettled events. An entry is stale if its
        event is no longer the first of its key."""

    def of(self, event: Event) -> Unsettled | None:
        """Return those that matter to an event; None if there are none."""
        return self._by_key.get(self._key(event))

    def each(self) -> Iterable[Unsettled]:
        """Return those of each key."""
        return self._by_key.values()

    def in_order(self) -> list[UnsettledEvent]:
        """Return all of them in the order of instants and positions."""
        return sorted((each for own in self._by_key.values() for each in own.events), key=_place)

    def add(self, event: Event, position: int) -> Unsettled:
        """Add an event to the unsettled ones of its key, and return these."""
        key = self._key(event)
        own = self._by_key.get(key)
        if own is None:
            own = self._by_key[key] = Unsettled()
        insort(own.events, (event.at, position, event), key=_place)
        if own.events[0][1] == position:
            heapq.heappush(self._first, (event.at, position, key))
        return own

    def settle(self, until: int | None) -> Iterator[tuple[int, Event]]:
        """Yield the events before an instant, or all for None, in order with their positions; let them go.

        The findings about them are forgotten after that.
        """
        first = self._first
        while first and (until is None or first[0][0] < until):
            _, position, key = heapq.heappop(first)
            own = self._by_key.get(key)
            if own is None or own.events[0][1] != position:
                continue
            yield position, own.events.pop(0)[2]
            if not own.events:
                del self._by_key[key]
                continue
            at, following, _ = own.events[0]
            heapq.heappush(first, (at, following, key))
            own.reported = {matter: f for matter, f in own.reported.items() if matter[0] != position}

    def _key(self, event: Event) -> str:
        """Return the key that events share if they matter to each other: the person, if all scopes do."""
        return event.person if self._by_person else ""


def _place(item: UnsettledEvent) -> tuple[int, int]:
    return item[:2]
