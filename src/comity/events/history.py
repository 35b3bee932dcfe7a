"""History: the events before a contact, kept in order, so that a decision does not cost their number."""

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
"""How many engines' indexes a history keeps; the one that was made first goes first."""
_at = attrgetter("at")


class History(Sequence[Event]):
    """Events in the order of their instants; those of one instant in the order in which they came.

    They are those of one person, or of all those that the rules' `per` brings together. An engine that is
    asked with it indexes it once and then takes only what was added. Threads may share it.
    """

    __slots__ = ("_fields", "_numbers", "_repeated", "events", "indexes", "lock")

    def __init__(
        self,
        events: Iterable[EventLike] = (),
        *,
        fields: Sequence[str] | None = None,
        repeated: Repeated = "refuse",
    ) -> None:
        """Take events in any order: objects, mappings, or, with the names of their `fields`, rows.

        An event with the id, the person and the instant of another one is that event again: it is refused
        with an EventError, or with `repeated="ignore"` left out. Raises EventError for one that is unusable.
        """
        self._repeated = read_repeated(repeated)
        self._fields = check_names(fields)
        self.events = self._once(sorted((to_event(event, fields) for event in each_event(events)), key=_at))
        """The events themselves; not to be changed."""
        self._numbers: list[int] | None = None
        self.indexes: dict[object, Any] = {}
        """What engines have made of it; theirs, not the caller's.

        Each has `taken`, how many events it knows, those that come first, and `late`: those that
        came in before one of these and are left to it to take, with their numbers.
        """
        self.lock = threading.Lock()
        """Held while it changes or is asked."""

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        return self.events[index]

    @property
    def numbers(self) -> Sequence[int]:
        """For each event its number, from 0, in the order in which they came: what names those without id.

        Those that it was made of come in the order of their instants.
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
        """Add the next event, and tell whether it was not known already.

        Raises EventError for one that is unusable, earlier than the last, or known, unless that is ignored.
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
        """Add the next events; raises EventError at the first that `append` would refuse."""
        for event in each_event(events):
            self.append(event)

    def insert(self, event: EventLike) -> bool:
        """Put an event where it belongs, behind those of its instant, and tell whether it was not known.

        Engines take it in where it is: that costs what is near it in time, however long the history is.
        Raises EventError for one that is unusable, or known, unless that is ignored.
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
        """Return whether an event with an id is there; raises EventError where it is to be refused then."""
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
        """Leave out events that come again; raises EventError where they are to be refused."""
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
    """Make a history of what it was pickled as."""
    history = History((), fields=fields, repeated=repeated)
    history.events, history._numbers = events, numbers
    return history
