"""Spans that end at an instant which each event has in a field of its own."""

from __future__ import annotations

from typing import Final

import attrs

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT, check_range, parse_iso
from comity.clock.zones import UTC, Zone
from comity.errors import EventError
from comity.events.values import Scalar
from comity.plan.added import ADDED
from comity.plan.time.offsets import Offset
from comity.plan.time.spans import Span
from comity.records import frozen

_SECONDS_OR_MILLISECONDS: Final = 10**13
"""As microseconds, numbers up to this are in the first months of 1970: they count something longer."""


@frozen
class FieldSpan:
    """A span from an event to the instant in its field, a date alone being the whole day.

    It is worked out when the event happens, in the event's own zone. As a deadline the instant itself is in
    time; looking back, an event is within the span before the instant.
    """

    field: str
    """An attribute that is declared as an instant."""
    otherwise: Span | None = None
    """The span of events without such a value; those that have neither play no part in the rule."""
    shift: int = 0
    """Microseconds by which the instants are moved, to ask who notices."""
    text: str = attrs.field(default="", eq=False)
    offset: Offset | None = attrs.field(default=None, metadata=ADDED)
    """How far from the instant it ends."""

    def __str__(self) -> str:
        return self.text

    def deadline(self, raw: Scalar | None, zone: Zone | None, at: int, further: int = 0) -> int:
        """Return the last instant of the deadline of an event with this value, so many ticks further."""
        own = own_deadline(raw, zone, self.offset)
        if own is None:
            assert self.otherwise is not None, "INVARIANT: events without a value play no part"
            return self.otherwise.extended(further).deadline(zone, at)
        return self.moved(own + self.shift, zone, further)

    def moved(self, own: int, zone: Zone | None, ticks: int) -> int:
        """Return the deadline that a value gives, moved on by so many ticks of the clock of the offset."""
        if self.offset is None:
            return own + ticks
        return self.offset.span.moved(zone, own - self.shift, ticks) + self.shift

    def clock_of(self, raw: Scalar | None, zone: Zone | None) -> Span | None:
        """Return the span whose clock the deadline of an event with this value has; None for elapsed time."""
        if self.otherwise is None or own_deadline(raw, zone) is not None:
            return None if self.offset is None else self.offset.span
        return self.otherwise

    def ticks(self, raw: Scalar | None, zone: Zone | None, earlier: int, later: int) -> int:
        """Return how much of the clock of an event with this value passes between two instants."""
        clock = self.clock_of(raw, zone)
        return later - earlier if clock is None else clock.ticks(zone, earlier, later)

    def leave(self, raw: Scalar | None, zone: Zone | None, at: int) -> int:
        """Return the first instant from which an event with this value is no longer within the span."""
        own = own_leave(raw, zone, self.offset)
        if own is None:
            assert self.otherwise is not None, "INVARIANT: events without a value play no part"
            return self.otherwise.leave(zone, at)
        return own + self.shift

    def turns(self, raw: Scalar | None, zone: Zone | None, later: int) -> tuple[int, ...]:
        """Return the instant at which an event with this value, moved on, turns out of or into the span.

        That is of a look back from a later instant. A value ends the span where it stands; without one an
        event is within the span from where that starts.
        """
        own = own_leave(raw, zone, self.offset)
        if own is not None:
            return (own + self.shift,)
        return () if self.otherwise is None else (self.otherwise.start(zone, later),)


def own_deadline(raw: Scalar | None, zone: Zone | None, offset: Offset | None = None) -> int | None:
    """Return the instant that a value names, of a date its last microsecond; None where it names none.

    With an offset, it is the last instant so far from there.
    """
    found = _read(raw, zone)
    if found is None or offset is None:
        return None if found is None else found[0]
    return _clamp(offset.end(zone, found[0]))


def own_begin(raw: Scalar | None, zone: Zone | None, offset: Offset | None = None) -> int | None:
    """Return the instant that a value names, of a date its first one, or the first so far from there."""
    found = _read(raw, zone)
    if found is None or offset is None:
        return None if found is None else found[2]
    return _clamp(offset.begin(zone, found[2]))


def own_leave(raw: Scalar | None, zone: Zone | None, offset: Offset | None = None) -> int | None:
    """Return the instant that a value names, for a date the start of the next day; None for no instant.

    With an offset, it is what is so far from there, or the end of that day.
    """
    found = _read(raw, zone)
    if found is None or offset is None:
        return None if found is None else found[0] + found[1]
    return _clamp(offset.end(zone, found[0])) + (1 if offset.is_day else found[1])


def own_stretch(raw: Scalar | None, zone: Zone | None) -> tuple[int, int] | None:
    """Return the first and the last instant of what a value names, a date being a day; None for nothing."""
    found = _read(raw, zone)
    return None if found is None else (found[2], found[0])


def _read(raw: Scalar | None, zone: Zone | None) -> tuple[int, int, int] | None:
    """Return the last instant that a value names, how much later a span leaves it, and the first instant."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        if abs(raw) > _SECONDS_OR_MILLISECONDS and MIN_INSTANT <= raw <= MAX_INSTANT:
            return raw, 0, raw
        return None
    if not isinstance(raw, str):
        return None
    try:
        micros, precision = parse_iso(raw.strip())
        if precision == "instant":
            return check_range(micros), 0, micros
        zone = zone or UTC
        if precision == "date":
            day = micros // DAY
            return _clamp(zone.day_start(day + 1) - 1), 1, _clamp(zone.day_start(day))
        instant = _clamp(zone.wall_to_instant(micros)[0])
        return instant, 0, instant
    except EventError:
        return None


def _clamp(instant: int) -> int:
    return min(max(instant, MIN_INSTANT), MAX_INSTANT)
