"""History: the events before a contact, kept in order, so that a decision does not cost their number."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, overload

from comity.errors import EventError
from comity.events import Event, EventLike, to_event
from comity.instants import format_instant

MOST_INDEXES = 4
"""How many engines' indexes a history keeps; the one that was made first goes first."""
_at = attrgetter("at")


class History(Sequence[Event]):
    """Events in the order of their instants; those of one instant in the order in which they came.

    They are those of one person, or of all those that the rules' `per` brings together. An engine that is
    asked with it indexes it once and then takes only what was added. Threads may share it.
    """

    __slots__ = ("_fields", "events", "indexes", "lock")

    def __init__(self, events: Iterable[EventLike] = (), *, fields: Sequence[str] | None = None) -> None:
        """Take events in any order: objects, mappings, or, with the names of their `fields`, rows.

        Raises EventError for one that is unusable.
        """
        self.events = sorted((to_event(event, fields) for event in events), key=_at)
        """The events themselves; not to be changed."""
        self._fields = fields
        self.indexes: dict[object, Any] = {}
        """What engines have made of it; theirs, not the caller's."""
        self.lock = threading.Lock()
        """Held while it changes or is asked."""

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...

    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        return self.events[index]

    def __len__(self) -> int:
        return len(self.events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(History, fields=self._fields), (self.events,)

    def __repr__(self) -> str:
        return f"History({self.events!r})"

    def append(self, event: EventLike) -> None:
        """Add the next event; raises EventError for one that is unusable, or earlier than the last."""
        event = to_event(event, self._fields)
        with self.lock:
            events = self.events
            if events and event.at < events[-1].at:
                raise EventError(
                    f"the event at {format_instant(event.at)} is earlier than the last of the history, "
                    f"at {format_instant(events[-1].at)}: `insert` takes one that comes late"
                )
            events.append(event)

    def extend(self, events: Iterable[EventLike]) -> None:
        """Add the next events; raises EventError at the first that `append` would refuse."""
        for event in events:
            self.append(event)

    def insert(self, event: EventLike) -> None:
        """Put an event where it belongs, behind those of its instant; engines index the history again."""
        event = to_event(event, self._fields)
        with self.lock:
            place = bisect_right(self.events, event.at, key=_at)
            if place < len(self.events):
                self.indexes.clear()
            self.events.insert(place, event)
