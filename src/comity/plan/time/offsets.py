"""Distances from an instant, before it or after it, on any clock: `-72h`, `+1 calendar day`, `0h`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from comity.clock.instants import DAY, SECOND
from comity.clock.zones import UTC, Zone
from comity.plan.time.calendars import Calendar
from comity.plan.time.clocks import BusinessDays, Periods
from comity.plan.time.opening import OpenSpan
from comity.plan.time.span_texts import SpanError, parse_span
from comity.plan.time.spans import Span
from comity.records import frozen

_ZERO = re.compile(r"0+(?=\s*[A-Za-z])", re.ASCII)
_SAMPLE: Final = tuple((20_000 + day) * DAY + DAY // 2 for day in range(0, 730, 5))
"""Noons of two years."""
_YEAR: Final = 368 * DAY
_HELP: Final = "write a span with a sign, such as `-72h`, `+2 business days` or `-1 month`, or `0h`"


@frozen
class Offset:
    """A span before (-1) or after (1) an instant; on a clock of days it is that whole day."""

    sign: int
    span: Span
    """Its count may be 0."""

    def __str__(self) -> str:
        if not self.span.count:
            return "the instant"
        return f"{self.span} {'before' if self.sign < 0 else 'after'}"

    @property
    def is_day(self) -> bool:
        """Whether it is a whole day."""
        return self.span.clock is not None and not isinstance(self.span, OpenSpan)

    @property
    def signed(self) -> int:
        """The count with the sign."""
        return self.sign * self.span.count

    def begin(self, zone: Zone | None, instant: int) -> int:
        """Return the first instant at this distance from an instant."""
        if self.span.clock is None:
            return instant + self.signed
        if isinstance(self.span, OpenSpan):
            return self._open(zone, instant)
        zone = zone or UTC
        return zone.day_start(self._day(zone.local_day(instant)))

    def end(self, zone: Zone | None, instant: int) -> int:
        """Return the last instant at this distance from an instant."""
        if not self.is_day:
            return self.begin(zone, instant)
        zone = zone or UTC
        return zone.day_start(self._day(zone.local_day(instant)) + 1) - 1

    def _open(self, zone: Zone | None, instant: int) -> int:
        if not self.span.count:
            return instant
        return self.span.leave(zone, instant) if self.sign > 0 else self.span.start(zone, instant) - 1

    def _day(self, day: int) -> int:
        """Return the local day at this distance from a local day."""
        clock, count, further = self.span.clock, self.span.count, self.span.further
        assert clock is not None, "INVARIANT: elapsed time has no days"
        if not count:
            return day
        if self.sign > 0:
            return clock.deadline_day(day, count) + further
        if isinstance(clock, BusinessDays):
            return clock.first_day(clock.tick(day - 1) - count + 1) - further
        return clock.first_day(clock.tick(day) - count) - further

    def is_after(self, other: Offset) -> bool:
        """Return whether it is surely later than another, whatever the instant."""
        if self.span.clock == other.span.clock and type(self.span) is type(other.span):
            return (self.signed, self.sign * self.span.further) > (
                other.signed,
                other.sign * other.span.further,
            )
        if self.signed >= 0 >= other.signed:
            return self.signed > 0 > other.signed
        # On other clocks it hangs on the instant: over two years there must be one for which it is not.
        return all(self.begin(UTC, at) > other.end(UTC, at) for at in _SAMPLE)

    def is_beyond_a_year(self) -> bool:
        """Return whether it may be more than about a year away."""
        return any(abs(self.begin(UTC, at) - at) > _YEAR for at in _SAMPLE)

    def moved(self) -> Iterator[tuple[int, Offset]]:
        """Yield the offset a step earlier (-1), and a step later (1): a second, or a day of its clock."""
        step = 1 if self.is_day else SECOND
        for direction in (-1, 1):
            signed = self.signed + direction * step
            span = attrs.evolve(self.span, count=abs(signed))
            yield direction, Offset(-1 if signed < 0 else 1, span)


def parse_offset(text: str, calendar: Calendar | None = None) -> Offset:
    """Read a span with a sign; raises SpanError, also if it is not clear whether it is before or after."""
    stripped = text.strip()
    sign, rest = (stripped[:1], stripped[1:].strip()) if stripped[:1] in ("+", "-") else ("", stripped)
    if stripped[:1] in ("\u2212", "\u2013"):
        raise SpanError(f"`{text}` begins with a dash that is not a minus sign", f"write `-{stripped[1:]}`")
    if _ZERO.match(rest):
        zero = parse_span(_ZERO.sub("1", rest, count=1), calendar)
        _check_distance(zero, text)
        return Offset(1, attrs.evolve(zero, count=0, further=0, text=rest))
    span = parse_span(rest, calendar)
    _check_distance(span, text)
    if not sign:
        raise SpanError(
            f"`{text}` does not say whether it is before or after", f"write `-{rest}` or `+{rest}`"
        )
    return Offset(-1 if sign == "-" else 1, span)


def _check_distance(span: Span, text: str) -> None:
    if isinstance(span.clock, Periods):
        raise SpanError(f"`{text}` is not a distance from an instant", _HELP)
