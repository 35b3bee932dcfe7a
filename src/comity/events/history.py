"""History: the events before a contact in order, so that the cost of a decision does not grow with them."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, overload

from comity.clock.instants import format_instant
from comity.errors import EventError
from comity.events.event import Event
from comity.events.event_like import EventLike, check_names, each_event, to_event
from comity.events.repeated import Repeated, read_repeated, refuse_unless_ignored

MOST_INDEXES = 4
"""The most indexes of engines that a history keeps; the oldest is removed first."""
_at = attrgetter("at")


class History(Sequence[Event]):
    """Events in the order of their instants; events of one instant are in the order in which they came.

    They are the events of one person, or of all persons that the `per` of a rule counts together. An engine
    indexes a history once, and after that only what was added. Threads may share it.
    """

    __slots__ = ("_fields", "_numbers", "_repeated", "events", "indexes", "lock")

    def __init__(
        self,
        events: Iterable[EventLike] = (),
        *,
        fields: Sequence[str] | None = None,
        repeated: Repeated = "refuse",
    ) -> None:
        """Take events in any order: objects, mappings, or rows, for which `fields` names the columns.

        An event with the id, the person and the instant of another event is the same event. It raises
        EventError, or is left out with `repeated="ignore"`. Raises EventError for an unusable event.
        """
        self._repeated = read_repeated(repeated)
        self._fields = check_names(fields)
        self.events = self._once(sorted((to_event(event, fields) for event in each_event(events)), key=_at))
        """The events; do not change them."""
        self._numbers: list[int] | None = None
        self.indexes: dict[object, Any] = {}
        """The indexes of engines; callers do not use them.

        Each has `taken`, the number of events that it holds, which are the first ones. It also has `late`:
        the events, with their numbers, that came in before one of these and that it must still add.
        """
        self.lock = threading.Lock()
        """Held while the history changes or is asked."""

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        return self.events[index]

    @property
    def numbers(self) -> Sequence[int]:
        """For each event its number, from 0, in the order in which they came; it names events without an id.

        The events that the history is made of come in the order of their instants.
        """
        return range(len(self.events)) if self._numbers is None else self._numbers

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.events, self._fields, self._numbers, self._repeated)

    def __repr__(self) -> str:
        return f"History({self.events!r})"

    def append(self, event: EventLike) -> bool:
        """Add the next event, and return whether it is new.

        Raises EventError for an event that is unusable, earlier than the last, or known already and not
        ignored.
        """
        event = to_event(event, self._fields)
        with self.lock:
            events = self.events
            if event.id and self._knows(event):
                return False
            if events and event.at < events[-1].at:
                raise EventError(
                    f"the event at {format_instant(event.at)} is earlier than the last of the history, "
                    f"at {format_instant(events[-1].at)}: `insert` takes one that comes late"
                )
            if self._numbers is not None:
                self._numbers.append(len(events))
            events.append(event)
            return True

    def extend(self, events: Iterable[EventLike]) -> None:
        """Add the next events; raises EventError at the first one that `append` would refuse."""
        for event in each_event(events):
            self.append(event)

    def insert(self, event: EventLike) -> bool:
        """Insert an event at its place, behind the others of its instant, and return whether it is new.

        The cost for engines depends on the events near it in time, not on the length of the history. Raises
        EventError for an event that is unusable, or known already and not ignored.
        """
        event = to_event(event, self._fields)
        with self.lock:
            if event.id and self._knows(event):
                return False
            place = bisect_right(self.events, event.at, key=_at)
            number = len(self.events)
            if place < number and self._numbers is None:
                self._numbers = list(range(number))
            if self._numbers is not None:
                self._numbers.insert(place, number)
            for index in self.indexes.values():
                if place < index.taken + len(index.late):
                    index.late.append((event, number))
            self.events.insert(place, event)
            return True

    def _knows(self, event: Event) -> bool:
        """Return whether the event is known already; raises EventError if it must be refused then."""
        events = self.events
        if not events or event.at > events[-1].at:
            return False
        place = bisect_left(events, event.at, key=_at)
        while place < len(events) and events[place].at == event.at:
            if events[place].id == event.id and events[place].person == event.person:
                refuse_unless_ignored(event, self._repeated)
                return True
            place += 1
        return False

    def _once(self, events: list[Event]) -> list[Event]:
        """Leave out repeated events; raises EventError if they must be refused."""
        keys = [(event.id, event.person, event.at) for event in events if event.id]
        if len({*keys}) == len(keys):
            return events
        known = set()
        kept = []
        for event in events:
            key = (event.id, event.person, event.at)
            if event.id and key in known:
                refuse_unless_ignored(event, self._repeated)
                continue
            known.add(key)
            kept.append(event)
        return kept


def _again(
    events: list[Event], fields: Sequence[str] | None, numbers: list[int] | None, repeated: Repeated
) -> History:
    """Unpickle a history."""
    history = History((), fields=fields, repeated=repeated)
    history.events, history._numbers = events, numbers
    return history
