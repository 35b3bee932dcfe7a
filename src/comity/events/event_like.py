"""What callers may give as an event or as many: it becomes `Event`, or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comity.clock.instants import check_range, check_unit
from comity.clock.zones import find_zones
from comity.errors import EventError, UsageError, error_text, one_of, shown
from comity.events.channels.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.fields import fold
from comity.events.values import read_at, read_scalar, read_text

EventLike = Event | Mapping[str, Any] | Sequence[Any]
"""An event, a mapping of its fields, or a row of values."""


def to_event(value: EventLike, fields: Sequence[str] | None = None) -> Event:
    """Return an event as it is, or make one of a mapping or, if `fields` names the columns, of a row.

    Raises EventError.
    """
    if isinstance(value, Event):
        check_event(value)
        return value
    if fields is not None and isinstance(value, Sequence) and not isinstance(value, str):
        if len(fields) != len(value):
            raise EventError(f"the row has {len(value)} values, and {len(fields)} fields are named")
        return Event.of(dict(zip(fields, value, strict=True)))
    if not isinstance(value, Mapping):
        keys = getattr(value, "keys", None)
        if keys is None:
            raise EventError(
                f"`{type(value).__name__}` is not an event: allowed are `Event`, a mapping of fields, "
                "and a row if the names of its fields are given"
            )
        try:
            value = {name: value[name] for name in keys()}
        except Exception as error:
            raise EventError(f"the fields of the event cannot be read: {error_text(error)}") from error
    return Event.of(value)


def each_event(events: object) -> Iterable[Any]:
    """Return the argument if it can hold events; raises UsageError if not."""
    if not isinstance(events, Iterable) or isinstance(events, Event | Mapping | bytes | bytearray):
        raise UsageError(f"`{type(events).__name__}` is not a history: a history holds events")
    return events


def check_names(fields: object) -> Sequence[str] | None:
    """Return the names of the fields of rows; raises UsageError if they are not a list of texts."""
    if fields is None:
        return None
    if not isinstance(fields, Sequence) or isinstance(fields, str | bytes):
        raise UsageError(f"the `fields` {shown(fields)} are not a list of names")
    for name in fields:
        if not isinstance(name, str):
            raise UsageError(f"the field {shown(name)} is not a text")
    return fields


def check_event(event: Event) -> None:
    """Raise EventError for an event with a value that its field cannot have.

    `Event` itself does not check types, because audits make an event of each row.
    """
    if type(event.at) is not int:
        read_at(event.at)
        raise EventError(f"the event's `at` is {shown(event.at)}, not a whole number: use `Event.of`")
    check_unit(check_range(event.at))
    for name in ("person", "kind", "channel", "direction"):
        read_text(name, getattr(event, name), only_text=True)
    for name in ("id", "outcome", "actor", "timezone", "label"):
        value = getattr(event, name)
        if value is not None and not isinstance(value, str):
            raise EventError(f"`{name}` is {shown(value)}: it must be a text, or None if it is absent")
    matter: object = event.matter
    if not isinstance(matter, tuple) or not all(isinstance(part, str) for part in matter):
        raise EventError(f"`matter` is {shown(matter)}: it must be a tuple of texts")
    if not isinstance(event.attributes, Mapping):
        raise EventError(f"`attributes` is {shown(event.attributes)}: it is a mapping")
    try:
        for name, value in event.attributes.items():
            read_scalar(name, value)
    except EventError:
        raise
    except Exception as error:
        raise EventError(f"the event's attributes cannot be read: {error_text(error)}") from error
    if event.timezone:
        find_zones(event.timezone)
    if fold(event.direction) not in DIRECTIONS:
        raise EventError(f"`{event.direction}` is not a direction: allowed are {one_of(DIRECTIONS)}")
