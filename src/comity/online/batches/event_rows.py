"""A batch of events that are objects: they are checked as a monitor checks each, before one is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Final

from comity.clock.instants import MAX_INSTANT, UNSURE, format_instant
from comity.errors import EventError
from comity.events.census import Signature
from comity.events.channels.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.online.batches.batch import Known, Work
from comity.online.event_dispatch import NOTHING_TO_DO, EventDispatch, signature_of
from comity.online.state.known_ids import KnownIds

PLAIN: Final = (MappingProxyType, dict)
"""Types of attributes that need no check."""
DispatchOf = Callable[[Signature], EventDispatch]


def late_message(at: int, latest: int) -> str:
    """Say that an event is earlier than what a monitor has been told of."""
    return (
        f"the event at {format_instant(at)} is late: the monitor has been told of {format_instant(latest)}; "
        "`allowed_lateness` lets a monitor take late events"
    )


class EventRows:
    """Events, all of them checked."""

    def __init__(
        self, events: Iterable[EventLike], latest: int, known: KnownIds, dispatch_of: DispatchOf
    ) -> None:
        """Check events that come after the instant `latest`, without those that come again.

        Raises EventError, with the number of the event in the batch, for the first one that is unusable,
        refused or late.
        """
        self.instants: list[int] = []
        self.signatures: dict[Signature, int] = {}
        self.ids: list[Known] = []
        self._events: list[Event] = []
        self._rows: list[int] = []
        self._codes: list[int] = []
        self._names: list[str | None] = []
        self._own: set[Known] = set()
        self._dispatches: list[EventDispatch] = []
        self._code_of: dict[Signature, int | None] = {}
        """By signature, the index of its dispatch; None where there is nothing to do."""
        number = 0
        try:
            for number, event in enumerate(events, start=1):  # noqa: B007 (it is told in an error)
                if (
                    type(event) is not Event
                    or type(event.person) is not str
                    or type(event.at) is not int
                    or event.at < UNSURE
                    or event.timezone
                    or event.matter != ()
                    or type(event.attributes) not in PLAIN
                    or event.direction not in DIRECTIONS
                ):
                    event = to_event(event)
                at = event.at
                if event.id and self._comes_again(event, known):
                    continue
                if not latest <= at <= MAX_INSTANT:
                    check_event(event)
                    raise EventError(late_message(at, latest))
                signature = signature_of(event)
                if signature not in self.signatures:
                    self._meet(event, dispatch_of)
                self.signatures[signature] += 1
                code = self._code_of[signature]
                if code is not None:
                    self._rows.append(len(self.instants))
                    self._codes.append(code)
                    self._names.append(event.id or event.label)
                latest = at
                self.instants.append(at)
                self._events.append(event)
        except EventError as error:
            raise EventError(f"event {number} of the batch: {error}") from error

    def _meet(self, event: Event, dispatch_of: DispatchOf) -> None:
        """Find out what to do with the events of a signature that is new; raises EventError."""
        signature = signature_of(event)
        try:
            dispatch = dispatch_of(signature)
        except EventError:
            check_event(event)
            raise
        self.signatures[signature] = 0
        self._code_of[signature] = None
        if dispatch is not NOTHING_TO_DO:
            self._code_of[signature] = len(self._dispatches)
            self._dispatches.append(dispatch)

    def _comes_again(self, event: Event, known: KnownIds) -> bool:
        """Return whether an event was taken before; raises EventError if such events are refused."""
        assert event.id is not None, "INVARIANT: events without ids are not asked for"
        key = (event.id, event.person, event.at)
        if key in self._own:
            known.refuse(event)
            return True
        if known.holds(event):
            return True
        self._own.add(key)
        self.ids.append(key)
        return False

    def work(self, most: int) -> Iterator[Work]:
        """Yield the events that rules have to do with, so many at a time."""
        for begin in range(0, len(self._rows), most):
            part = slice(begin, begin + most)
            events = [self._events[row] for row in self._rows[part]]
            names = self._names[part]
            yield Work(
                self._rows[part],
                [event.at for event in events],
                [event.person for event in events],
                names if any(names) else None,
                self._codes[part],
                self._dispatches,
            )

    def event(self, row: int) -> Event:
        """Return an event."""
        return self._events[row]

    def unread_event(self, row: int, at: int) -> Event:
        """Return an event."""
        return self._events[row]

    def with_values(self, suspects: Callable[[str, object], bool]) -> Iterator[Event]:
        """Yield the events with attributes."""
        return (event for event in self._events if event.attributes)
