"""Dates and times of a calendar: as local times, each with its zone, and how rows have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

import attrs
from icalendar.prop import vDDDTypes

from comity_mail.content import Component, Property, PropertyError
from comity_mail.zones import Zones

_read_value: Final[Any] = vDDDTypes.from_ical
_UNREADABLE: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)
_UTC: Final = "UTC"


@attrs.frozen
class Moment:
    """A date or a time of a calendar."""

    wall: dt.datetime
    """As clocks show it where it is; midnight of a date."""
    zone: str | None
    """Where that is: a name of the calendar's, `UTC`, or None where it does not say."""
    is_date: bool
    zones: Zones = attrs.field(eq=False, repr=False)

    def at(self, wall: dt.datetime) -> Moment:
        """Return another time in the same zone."""
        return attrs.evolve(self, wall=wall)

    def exact(self) -> dt.datetime:
        """Return it with its offset, or without one where the calendar says no zone; raises PropertyError."""
        if self.zone is None:
            return self.wall
        if self.zone == _UTC:
            return self.wall.replace(tzinfo=dt.UTC)
        return self.zones.local(self.wall, self.zone)

    def text(self) -> str:
        """Return it as rows have it; raises PropertyError."""
        return (
            self.wall.date().isoformat() if self.is_date and self.zone is None else self.exact().isoformat()
        )

    def keys(self) -> tuple[str, str]:
        """Return what tells it from other times, whatever zone it is written in, and its local date."""
        exact = self.exact()
        key = exact.astimezone(dt.UTC).isoformat() if exact.tzinfo is not None else exact.isoformat()
        return key, self.wall.date().isoformat()

    def key(self) -> str:
        """Return what names it where one of several times is meant: dates name the time on that day."""
        return self.keys()[self.is_date]


def moment(component: Component, name: str, zones: Zones) -> Moment | None:
    """Return the first property of a name as a date or a time, None where there is none.

    Raises PropertyError where it cannot be read.
    """
    found = component.first(name)
    return None if found is None else _read(found, found.value, name, zones)


def moments(component: Component, name: str, zones: Zones) -> Iterator[Moment]:
    """Yield the dates and times of all properties of a name; of periods their beginning."""
    for found in component.all(name):
        for text in found.value.split(","):
            yield _read(found, text.partition("/")[0], name, zones)


def _read(found: Property, text: str, name: str, zones: Zones) -> Moment:
    wrong = PropertyError(f"`{name}` is `{text[:60]}`, which is neither a date nor a time")
    try:
        value: Any = _read_value(text.strip())
    except _UNREADABLE:
        raise wrong from None
    if not isinstance(value, dt.date):
        raise wrong
    zone = found.params.get("TZID") or None
    if not isinstance(value, dt.datetime):
        return Moment(dt.datetime.combine(value, dt.time()), zone, True, zones)
    if value.tzinfo is not None:
        return Moment(value.astimezone(dt.UTC).replace(tzinfo=None), _UTC, False, zones)
    made = Moment(value, zone, False, zones)
    try:
        made.exact()
    except PropertyError as error:
        raise PropertyError(f"`{name}` cannot be read: {error}") from None
    return made
