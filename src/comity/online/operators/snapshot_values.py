"""The values of a snapshot, field by field: what no monitor wrote is a SnapshotError with its place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NoReturn

import attrs

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT
from comity.errors import EventError, SnapshotError, shown
from comity.events.event import NO_ATTRIBUTES, Event
from comity.events.event_like import check_event
from comity.online.operators.fields import Scope
from comity.online.operators.rule import EventRef, Label

_FIELDS: Final = [field.name for field in attrs.fields(Event)]
LARGEST: Final = 1 << 62
"""Beyond any number that a monitor writes: deadlines may lie outside of the years 1 to 9999."""


@attrs.frozen
class SnapshotReader:
    """What the values of a snapshot are held against: how much was told, and until when."""

    now: int
    """The latest instant that was told; before all instants where none was."""
    events: int
    """How many events were fed."""

    def number(self, value: Any, what: str, low: int = 0, high: int = LARGEST) -> int:
        """Read a whole number within bounds."""
        if type(value) is not int or not low <= value <= high:
            refuse(what, value)
        return value

    def instant(self, value: Any, what: str = "an instant") -> int:
        """Read an instant that has been told."""
        return self.number(value, what, MIN_INSTANT, min(self.now, MAX_INSTANT))

    def later(self, value: Any, what: str) -> int:
        """Read an instant that may lie ahead."""
        return self.number(value, what, -LARGEST, LARGEST)

    def position(self, value: Any) -> int:
        """Read the place of an event among those that were fed."""
        return self.number(value, "the place of an event", 0, self.events - 1)

    def label(self, value: Any) -> Label:
        """Read what findings call an event."""
        return text(value, "an event's name") if isinstance(value, str) else self.position(value)

    def seen(self, value: Any) -> EventRef:
        """Read a remembered event."""
        at, label = items(value, "a remembered event", 2)
        return self.instant(at), self.label(label)

    def sees(self, value: Any) -> list[EventRef]:
        """Read remembered events in order, at least one and no more than were fed."""
        found = [self.seen(item) for item in items(value, "what is remembered")]
        if not 0 < len(found) <= self.events or any(one[0] > other[0] for one, other in pairwise(found)):
            refuse("what is remembered", value)
        return found

    def scope(self, value: Any, size: int | None) -> Scope:
        """Read a scope of so many values."""
        values = items(value, "a scope", size)
        for each in values:
            if each is not None:
                text(each, "a value of a scope")
        return tuple(values)

    def event(self, value: Any) -> Event:
        """Read an event that was fed, its fields in their order."""
        fields = dict(zip(_FIELDS, items(value, "an event", len(_FIELDS)), strict=True))
        matters = tuple(items(fields["matter"], "an event's matters"))
        attributes = table(fields["attributes"], "an event's attributes")
        if type(fields["date_only"]) is not bool:
            refuse("an event's `date_only`", fields["date_only"])
        self.instant(fields["at"], "an event's instant")
        try:
            made = Event(**{**fields, "matter": matters, "attributes": attributes or NO_ATTRIBUTES})
            check_event(made)
        except EventError as error:
            raise SnapshotError(f"the snapshot holds what no monitor wrote: an event: {error}") from None
        return made


def refuse(what: str, value: Any) -> NoReturn:
    """Raise SnapshotError for a value that no monitor writes."""
    raise SnapshotError(f"the snapshot holds what no monitor wrote: {what} is {shown(value)}")


def text(value: Any, what: str) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value:
        refuse(what, value)
    return value


def items(value: Any, what: str, size: int | None = None) -> Sequence[Any]:
    """Read a list, of so many items where that is known."""
    if not isinstance(value, list | tuple) or (size is not None and len(value) != size):
        refuse(what, value)
    return value


def table(value: Any, what: str, keys: frozenset[str] | None = None) -> dict[str, Any]:
    """Read a table, with exactly these keys where they are known."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        refuse(what, value)
    if keys is not None and keys != value.keys():
        refuse(what, value)
    return value
