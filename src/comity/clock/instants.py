"""Instants: integer microseconds since 1970-01-01T00:00:00Z, their text forms and lengths of time."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Literal

from comity.clock.iso_times import is_serial, refusal, tidied
from comity.errors import EventError

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

MIN_INSTANT = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z, the first instant that has a text form."""
MAX_INSTANT = 253_402_300_800 * SECOND - 1
"""The last microsecond of the year 9999."""

_Y2000, _Y2100 = 946_684_800 * SECOND, 4_102_444_800 * SECOND
UNSURE = _Y2100 * 1000 // SECOND
"""A number below this instant, in February 1970, may be in another unit; see `check_unit`."""

EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()
_EPOCH = dt.datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

Precision = Literal["instant", "local", "date"]
"""What a text holds: an instant, a local time without an offset, or only a date."""


def parse_iso(text: str) -> tuple[int, Precision]:
    """Read RFC 3339 / ISO 8601 text as microseconds, in UTC for an `instant` and on the wall clock otherwise.

    Digits after the microseconds are cut off. `iso_times` says which texts are read. Raises EventError with
    the reason for any other text.
    """
    written = tidied(text)
    if written is not None:
        try:
            if len(written) == 10:
                return (dt.date.fromisoformat(written).toordinal() - EPOCH_ORDINAL) * DAY, "date"
            return datetime_to_micros(dt.datetime.fromisoformat(written))
        except (ValueError, OverflowError):
            pass
    raise EventError(refusal(text))


def parse_date(text: str) -> dt.date:
    """Read `2025-03-01`; raises EventError for anything else."""
    micros, precision = parse_iso(text)
    if precision != "date":
        raise EventError(f"`{text}` is not a date such as `2025-03-01`")
    return day_to_date(micros // DAY)


def datetime_to_micros(value: dt.datetime) -> tuple[int, Precision]:
    """Return a datetime in microseconds: in UTC if it has an offset, else on the wall clock."""
    if value.tzinfo is None:
        return (value - _EPOCH) // _MICROSECOND, "local"
    return (value - _EPOCH_UTC) // _MICROSECOND, "instant"


def check_range(instant: int) -> int:
    """Return the instant; raises EventError if it is outside the years 1 to 9999."""
    if MIN_INSTANT <= instant <= MAX_INSTANT:
        return instant
    raise EventError("the instant is outside the years 1 to 9999: is the unit (seconds, milliseconds) right?")


def check_unit(instant: int) -> int:
    """Return whole microseconds; raises EventError if they surely are seconds, milliseconds or days."""
    if not 0 <= instant < UNSURE:
        return instant
    for micros, unit in ((SECOND, "seconds"), (SECOND // 1000, "milliseconds")):
        if _Y2000 <= instant * micros < _Y2100:
            date = day_to_date(instant * micros // DAY)
            raise EventError(
                f"the instant {instant} is surely in {unit} (of {date}), and instants are whole "
                f"microseconds: multiply it by {micros}, or give a datetime or a text"
            )
    if is_serial(instant):
        raise EventError(
            f"the instant {instant} is a day as spreadsheets count them (since 1899-12-30), and instants are "
            "whole microseconds: give a datetime or a text"
        )
    return instant


def parse_instant(text: str) -> int:
    """Read an ISO 8601 text with an offset; raises EventError if it has none."""
    micros, precision = parse_iso(text.strip())
    if precision != "instant":
        raise EventError(f"`{text}` has no offset: add `Z` or one such as `+02:00`")
    return check_range(micros)


def format_instant(instant: int) -> str:
    """Write `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`, the fraction only if it is not zero."""
    return instant_to_datetime(instant).isoformat() + "Z"


def format_if_any(instant: int | None) -> str | None:
    """Write an instant as text; return None for None."""
    return None if instant is None else format_instant(instant)


def instant_to_datetime(instant: int) -> dt.datetime:
    """Return the naive UTC datetime, or the nearest one if it is outside the years 1 to 9999."""
    return _EPOCH + dt.timedelta(microseconds=min(max(instant, MIN_INSTANT), MAX_INSTANT))


def aware(instant: int) -> dt.datetime:
    """Return an instant as an aware datetime in UTC."""
    return instant_to_datetime(instant).replace(tzinfo=dt.UTC)


def aware_if_any(instant: int | None) -> dt.datetime | None:
    """Return an instant as an aware datetime in UTC; return None for None."""
    return None if instant is None else aware(instant)


def day_to_date(day: int) -> dt.date:
    """Return the date of a day number (0 is 1970-01-01), or the nearest one in the years 1 to 9999."""
    return dt.date.fromordinal(min(max(day + EPOCH_ORDINAL, 1), dt.date.max.toordinal()))


def date_to_day(date: dt.date) -> int:
    """Return the number of a date: days since 1970-01-01."""
    return date.toordinal() - EPOCH_ORDINAL


def format_elapsed(micros: int) -> str:
    """Write a length of time exactly, with the largest unit first: `2d 3h`, `59.5s`, `0s`."""
    text, rest = _whole_minutes(micros // MINUTE), micros % MINUTE
    if rest % SECOND:
        return text + f"{rest / SECOND:.6f}".rstrip("0") + "s"
    return f"{text}{rest // SECOND}s" if rest or not text else text[:-1]


@lru_cache(maxsize=4096)
def _whole_minutes(minutes: int) -> str:
    """Write days, hours and minutes, with a space after each."""
    days, hours, left = minutes // 1_440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (left, "m"))
    return "".join([f"{count}{letter} " for count, letter in parts if count])


PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
