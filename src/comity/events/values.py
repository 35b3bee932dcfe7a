"""Reading the values of an event's fields from the looser forms that other programs use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from comity.clock.instants import check_range, check_unit, datetime_to_micros, format_instant, parse_instant
from comity.clock.iso_times import is_serial
from comity.errors import EventError, shown
from comity.texts.identity import identity

Scalar = str | int | float | bool
LARGEST = 1e300
"""A number as large as this is not accepted as an attribute."""
Instant = int | dt.datetime | str
"""Whole microseconds since 1970-01-01T00:00:00Z, a datetime with a time zone, or a text with an offset."""


def read_at(value: object) -> int:
    """Read an instant: whole microseconds, a datetime with a zone, or a text with an offset.

    Raises EventError, also for a number that surely is in seconds or milliseconds.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return check_unit(check_range(value))
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, dt.datetime):
        instant, precision = datetime_to_micros(value)
        if precision != "instant":
            raise EventError(f"the datetime {value.isoformat()} has no time zone: give it a `tzinfo`")
        return check_range(instant)
    if isinstance(value, float) and is_serial(value):
        raise EventError(
            f"`at` is {shown(value)}, a day as spreadsheets count them (since 1899-12-30): give a datetime "
            "with a time zone, or a text such as `2025-03-01T09:30:00Z`"
        )
    raise EventError(
        f"`at` is {shown(value)}: allowed are a datetime with a time zone, a text such as "
        "`2025-03-01T09:30:00Z`, and whole microseconds"
    )


def read_text(name: str, value: object, *, only_text: bool = False) -> str:
    """Read a text and trim it; whole numbers become texts. Raises EventError if it is empty."""
    if not only_text and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = str(value)
        except ValueError:
            raise EventError(f"`{name}` is a number of too many digits") from None
    if not isinstance(value, str) or not identity(value):
        raise EventError(f"`{name}` is {shown(value)}: it must be a text that is not empty")
    return value.strip()


def read_matters(value: object) -> tuple[str, ...]:
    """Read one matter or several, in a list or with `;` between them. Raises EventError."""
    parts = value.split(";") if isinstance(value, str) else value
    if not isinstance(parts, Iterable):
        raise EventError(f"`matter` is {shown(value)}: it must be one text or several")
    found: dict[str, str] = {}
    for part in parts:
        text = read_text("matter", part)
        found.setdefault(identity(text), text)
    return tuple(found.values())


def read_scalar(name: str, value: object) -> Scalar:
    """Read the value of an attribute; dates and times become texts. Raises EventError."""
    if isinstance(value, dt.datetime):
        return format_instant(read_at(value))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str) or (isinstance(value, int | float) and abs(value) < LARGEST):
        return value
    written = shown(value)
    allowed = "a text, a number, a boolean, a date or a list of texts"
    raise EventError(f"the attribute `{name}` is {written}: it must be {allowed}")


def attribute_text(value: Scalar) -> str | None:
    """Return an attribute's value as the trimmed text that a log has for it; None if that is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() or None
