"""Reading the values of a snapshot: a value that no monitor writes is a SnapshotError that names it."""

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
from comity.records import frozen

_FIELDS: Final = [field.name for field in attrs.fields(Event)]
LARGEST: Final = 1 << 62
"""Larger than any number that a monitor writes: deadlines may lie outside of the years 1 to 9999."""


@frozen
class SnapshotReader:
    """Checks the values of a snapshot against how many events were fed, and until when."""

    now: int
    """The latest instant that was fed; before all instants if there was none."""
    events: int
    """How many events were fed."""

    def number(self, value: object, what: str, low: int = 0, high: int = LARGEST) -> int:
        """Read a whole number within bounds."""
        if type(value) is not int or not low <= value <= high:
            refuse(what, value)
        return value

    def instant(self, value: object, what: str = "an instant") -> int:
        """Read an instant that has passed."""
        return self.number(value, what, MIN_INSTANT, min(self.now, MAX_INSTANT))

    def later(self, value: object, what: str) -> int:
        """Read an instant that may lie in the future."""
        return self.number(value, what, -LARGEST, LARGEST)

    def different(self, value: object, *, of_days: bool) -> str | int:
        """Read a value of which different ones count: a text, or the number of a day."""
        return self.later(value, "a day") if of_days else text(value, "a value")

    def position(self, value: object) -> int:
        """Read the place of an event among those that were fed, counted from 0."""
        return self.number(value, "the place of an event", 0, self.events - 1)

    def label(self, value: object) -> Label:
        """Read the label of an event."""
        return text(value, "an event's name") if isinstance(value, str) else self.position(value)

    def seen(self, value: object) -> EventRef:
        """Read a remembered event."""
        at, label = items(value, "a remembered event", 2)
        return self.instant(at), self.label(label)

    def sees(self, value: object) -> list[EventRef]:
        """Read remembered events in order, at least one and no more than were fed."""
        found = [self.seen(item) for item in items(value, "what is remembered")]
        if not 0 < len(found) <= self.events or any(one[0] > other[0] for one, other in pairwise(found)):
            refuse("what is remembered", value)
        return found

    def scope(self, value: object, size: int | None) -> Scope:
        """Read a scope with `size` values, or with any number for None."""
        values = items(value, "a scope", size)
        return tuple([None if each is None else text(each, "a value of a scope") for each in values])

    def event(self, value: object) -> Event:
        """Read an event that was fed, its fields in their order."""
        fields: dict[str, Any] = dict(zip(_FIELDS, items(value, "an event", len(_FIELDS)), strict=True))
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


def refuse(what: str, value: object) -> NoReturn:
    """Raise SnapshotError for a value that no monitor writes."""
    raise SnapshotError(f"the snapshot holds what no monitor wrote: {what} is {shown(value)}")


def text(value: object, what: str) -> str:
    """Read a text that is not empty."""
    if not isinstance(value, str) or not value:
        refuse(what, value)
    return value


def items(value: object, what: str, size: int | None = None) -> Sequence[object]:
    """Read a list, with `size` items if that is known."""
    if not isinstance(value, list | tuple) or (size is not None and len(value) != size):
        refuse(what, value)
    return value


def table(value: object, what: str, keys: frozenset[str] | None = None) -> dict[str, object]:
    """Read a table, with exactly these keys if they are known."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        refuse(what, value)
    if keys is not None and keys != value.keys():
        refuse(what, value)
    return value
