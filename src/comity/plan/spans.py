"""Spans: a count on a clock, used looking back from an event or as a deadline after one."""

from __future__ import annotations

import re
from typing import Final

import attrs

from comity.errors import ComityError, suggest
from comity.instants import DAY, HOUR, MAX_INSTANT, MINUTE, SECOND, format_elapsed
from comity.plan.calendars import Calendar
from comity.plan.clocks import Anniversaries, BusinessDays, DayClock, LocalDays, Periods
from comity.zones import UTC, Zone

LONGEST: Final = 10_000 * 372
"""The largest count of days, months or years that is taken: ten thousand years."""
MOST_DAYS: Final = 100_000
"""How many days a span keeps what it has worked out for."""
_UNITS: Final = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
_ELAPSED = re.compile(r"(?:\d+w)?\s*(?:\d+d)?\s*(?:\d+h)?\s*(?:\d+m)?\s*(?:\d+s)?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_COUNTED = re.compile(r"(\d+)\s+(calendar day|business day|month|year)s?", re.ASCII)
_SUMMED = re.compile(r"(\d+)\s+(month|year)s?\s+(\d+)\s+calendar days?", re.ASCII)
_PERIODS: Final = ("day", "week", "month", "quarter", "year")
_HELP: Final = (
    "write an elapsed time such as `24h`, `7d` or `1d 12h`, or `7 calendar days`, `10 business days`, "
    "`6 months`, `2 years`, `3 years 14 calendar days`, `same day`, `same week`, `same month`, "
    "`same quarter`, `same year`"
)


@attrs.frozen
class Span:
    """A positive count on a clock; without a day clock it counts elapsed microseconds.

    Looking back from e, p is within the span when tick(e) - tick(p) < count.
    """

    count: int
    clock: DayClock | None = None
    further: int = 0
    """Calendar days after that, such as the 14 of `3 years 14 calendar days`."""
    text: str = attrs.field(default="", eq=False)
    """The span as it was written."""
    _first: dict[int, int] = attrs.field(factory=dict, init=False, eq=False, repr=False)
    """For a local day, the first day within the span."""
    _beyond: dict[int, int] = attrs.field(factory=dict, init=False, eq=False, repr=False)
    """For a local day, the first from which the span no longer holds it."""

    def __str__(self) -> str:
        return self.text

    def start(self, zone: Zone | None, instant: int) -> int:
        """Give the first instant that is within the span, looking back from an instant."""
        if self.clock is None or zone is None:
            return instant - self.count + 1
        day = zone.local_day(instant)
        first = self._first.get(day)
        if first is None:
            first = self.clock.first_day(self.clock.tick(day - self.further) - self.count + 1)
            _keep(self._first, day, first)
        return zone.day_start(first)

    def leave(self, zone: Zone | None, instant: int) -> int:
        """Give the first instant from which the span, looking back, no longer holds an instant."""
        if self.clock is None or zone is None:
            return instant + self.count
        day = zone.local_day(instant)
        beyond = self._beyond.get(day)
        if beyond is None:
            beyond = self.clock.first_day(self.clock.tick(day) + self.count) + self.further
            _keep(self._beyond, day, beyond)
        return zone.day_start(beyond)

    def deadline(self, zone: Zone | None, instant: int) -> int:
        """Give the last instant of a deadline that runs from an instant."""
        if self.clock is None or zone is None:
            return instant + self.count
        last = self.clock.deadline_day(zone.local_day(instant), self.count) + self.further
        return zone.day_start(last + 1) - 1

    def floor(self, instant: int) -> int:
        """Give an instant before which nothing is within the span, whatever the zone of the event."""
        if self.clock is None:
            return instant - self.count + 1
        day = UTC.local_day(instant) - 1 - self.further
        return UTC.day_start(self.clock.first_day(self.clock.tick(day) - self.count + 1) - 1)

    def settled(self, instant: int) -> int:
        """Give an instant up to which every deadline has passed at `instant`, whatever the zone."""
        if self.clock is None:
            return instant - self.count - 1
        day = UTC.local_day(instant) - 1 - self.further
        return UTC.day_start(self.clock.first_day(self.clock.tick(day - 1) - self.count) - 2)

    def measure(self, zone: Zone | None, earlier: int, later: int) -> str:
        """Say how far apart two instants are in the span's own units."""
        clock = self.clock
        if clock is None or zone is None:
            return format_elapsed(later - earlier)
        ticks = clock.tick(zone.local_day(later)) - clock.tick(zone.local_day(earlier))
        match clock:
            case BusinessDays():
                return _plural(ticks, "business day")
            case Anniversaries():
                return _plural(ticks // 31, "month")
            case Periods(unit=unit):
                return f"the same {unit}" if ticks == 0 else _plural(ticks, unit)
            case _:
                return _plural(ticks, "calendar day")


def _keep(known: dict[int, int], day: int, other: int) -> None:
    if len(known) >= MOST_DAYS:
        known.clear()
    known[day] = other


def _plural(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


class SpanError(ComityError):
    """A text is no span; `help` says what is allowed."""

    def __init__(self, message: str, help: str = _HELP) -> None:
        super().__init__(message)
        self.help = help


def parse_span(text: str, calendar: Calendar | None = None) -> Span:
    """Read a span as policies write it; raises SpanError.

    The calendar holds weekends, holidays and the first day of the week; without one there are no holidays.
    """
    calendar = calendar or Calendar()
    stripped = text.strip()
    counted = _COUNTED.fullmatch(stripped) or _SUMMED.fullmatch(stripped)
    if counted:
        count = int(counted[1])
        clocks: dict[str, tuple[DayClock, int]] = {
            "calendar day": (LocalDays(), 1),
            "business day": (BusinessDays(calendar), 1),
            "month": (Anniversaries(), 31),
            "year": (Anniversaries(), 372),
        }
        clock, weight = clocks[counted[2]]
        if counted.re is _COUNTED:
            return _positive(count * weight, clock, text)
        further = _positive(int(counted[3]), clock, text).count
        return attrs.evolve(_positive(count * weight, clock, text), further=further)
    if stripped.startswith("same ") and stripped[5:] in _PERIODS:
        unit = stripped[5:]
        starts = calendar.week_starts if unit == "week" else 0
        return Span(1, Periods(unit, starts), text=text)  # type: ignore[arg-type]
    if stripped and _ELAPSED.fullmatch(stripped):
        pieces = re.findall(r"(\d+)([wdhms])", stripped)
        return _positive(sum(int(n) * _UNITS[unit] for n, unit in pieces), None, text)
    iso = _ISO.fullmatch(stripped)
    if iso and any(iso.groups()) and not stripped.endswith("T"):
        units = zip(iso.groups(), _UNITS.values(), strict=True)
        return _positive(sum(int(n) * unit for n, unit in units if n), None, text)
    raise SpanError(f"`{text}` is not a span", _advice(stripped))


def _positive(count: int, clock: DayClock | None, text: str) -> Span:
    if count <= 0:
        raise SpanError(f"`{text}` is not a span: counts are positive whole numbers")
    if count > (LONGEST if clock else MAX_INSTANT):
        raise SpanError(f"`{text}` is longer than ten thousand years")
    return Span(count, clock, text=text)


def _advice(text: str) -> str:
    """Offer both readings of `7 days`, the short form of `24 hours`, and the like."""
    words = re.fullmatch(r"(\d+)\s*([A-Za-z ]+)", text)
    if not words:
        return _HELP
    count, unit = int(words[1]), words[2].strip().lower().removesuffix("s")
    if unit in ("day", "week"):
        days = count * (7 if unit == "week" else 1)
        short, calendar = f"{count}{unit[0]}", _plural(days, "calendar day")
        return (
            f"write `{short}` for {days} × 24 hours, or `{calendar}` to count local days "
            "with the event's own day as day one"
        )
    short_units = {"hour": "h", "hr": "h", "h": "h", "minute": "m", "min": "m", "second": "s", "sec": "s"}
    if unit in short_units:
        return f"write `{count}{short_units[unit]}`"
    if unit in ("quarter", "mo", "y", "yr"):
        return f"write `{count * 3} months`" if unit == "quarter" else "write `months` or `years`"
    near = suggest(unit, ("calendar day", "business day", "month", "year"))
    return f"{near} {_HELP}".strip()
