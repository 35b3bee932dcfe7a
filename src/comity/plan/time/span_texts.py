"""Spans as policies write them."""

from __future__ import annotations

import re
from typing import Final

import attrs

from comity.clock.instants import DAY, HOUR, MAX_INSTANT, MINUTE, SECOND
from comity.errors import ComityError, suggest
from comity.plan.time.calendars import Calendar
from comity.plan.time.clocks import Anniversaries, BusinessDays, DayClock, LocalDays, Periods
from comity.plan.time.opening import open_span
from comity.plan.time.spans import Span, plural

LONGEST: Final = 10_000 * 372
"""The largest count of days, months or years that is taken: ten thousand years."""
MOST_HOURS: Final = 1_000
"""The largest count of business hours: they are added up day by day."""
_UNITS: Final = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND}
_ELAPSED = re.compile(r"(?:\d+w)?\s*(?:\d+d)?\s*(?:\d+h)?\s*(?:\d+m)?\s*(?:\d+s)?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_COUNTED = re.compile(r"(\d+)\s+(calendar day|business day|month|year)s?", re.ASCII)
_OPEN = re.compile(r"(\d+)\s+business (hour|minute|second)s?", re.ASCII)
_SUMMED = re.compile(r"(\d+)\s+(month|year)s?\s+(\d+)\s+calendar days?", re.ASCII)
_PERIODS: Final = ("day", "week", "month", "quarter", "year")
_HELP: Final = (
    "write an elapsed time such as `24h`, `7d` or `1d 12h`, or `7 calendar days`, `10 business days`, "
    "`4 business hours`, `30 business minutes`, "
    "`6 months`, `2 years`, `3 years 14 calendar days`, `same day`, `same week`, `same month`, "
    "`same quarter`, `same year`"
)


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
    opened = _OPEN.fullmatch(stripped)
    if opened:
        open_time = _positive(int(opened[1]) * _UNITS[opened[2][0]], None, text).count
        if open_time > MOST_HOURS * HOUR:
            raise SpanError(
                f"`{text}` is longer than {MOST_HOURS:,} hours", "count such a span in business days"
            )
        return open_span(open_time, text, calendar)
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
        short, calendar = f"{count}{unit[0]}", plural(days, "calendar day")
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
