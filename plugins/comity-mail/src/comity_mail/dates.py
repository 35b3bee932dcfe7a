"""The dates of messages: as the standard has them, and as programs and people write them all the same."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import Any, Final

import attrs

_LATEST_ZONE: Final = dt.timedelta(hours=14)
"""No place is farther from UTC."""
_COMMENT: Final = re.compile(r"\([^()]*\)")
_CLOCK: Final = re.compile(
    r"(?P<day>.*?\b)(?P<hour>\d{1,2})(?P<rest>:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(?P<half>[AP]\.?M\.?\b)?(?P<end>.*)",
    re.IGNORECASE | re.DOTALL,
)
"""A time of day, with what is before and behind it."""
_OFFSET: Final = re.compile(r"(?:GMT|UTC|UT|Z)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
_YEAR_BEHIND: Final = re.compile(r"(\d{4})(?: (.*))?|(?:(.*) )?(\d{4})", re.DOTALL)
"""A year behind the time of day, before or behind the zone."""
_UNKNOWN: Final = "-0000"
"""By the standard: a time in UTC, from a place that is not said."""
_OTHERS: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)
ZONES: Final = {
    **dict.fromkeys(("UT", "UTC", "GMT", "Z", "WET"), "+0000"),
    **dict.fromkeys(("CET", "MET", "MEZ", "BST", "WEST"), "+0100"),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST"), "+0200"),
    **dict.fromkeys(("EEST", "MSK"), "+0300"),
    **dict.fromkeys(("SGT", "HKT", "AWST"), "+0800"),
    **dict.fromkeys(("JST", "KST"), "+0900"),
    **dict.fromkeys(("AEST",), "+1000"),
    **dict.fromkeys(("AEDT",), "+1100"),
    **dict.fromkeys(("NZST",), "+1200"),
    **dict.fromkeys(("NZDT",), "+1300"),
    **dict.fromkeys(("EDT",), "-0400"),
    **dict.fromkeys(("EST", "CDT"), "-0500"),
    **dict.fromkeys(("CST", "MDT"), "-0600"),
    **dict.fromkeys(("MST", "PDT"), "-0700"),
    **dict.fromkeys(("PST", "AKDT"), "-0800"),
    **dict.fromkeys(("AKST",), "-0900"),
    **dict.fromkeys(("HST",), "-1000"),
}
"""Names of zones with one meaning in mail: those of the standard (RFC 5322) and others that one place uses.

`IST` is Indian, Irish or Israeli, and is not here. `BST` and `CST` are British and American in mail.
"""


class DateError(ValueError):
    """A date cannot be read; the text says why."""


@attrs.frozen
class Moment:
    """A date that was read."""

    at: dt.datetime
    """With its offset; without one where the header has none."""
    offset: dt.timedelta | None
    """The offset where it says where the writer was."""


def read_date(text: str) -> Moment:
    """Read the date of a header; raises DateError where it is none, or in a zone that nobody knows."""
    plain = _without_comments(text)
    found = _CLOCK.fullmatch(plain)
    if found is None:
        raise DateError(f"`{text[:60]}`, which is not a date")
    year, zone = _zone_of(found["end"].strip())
    offset = _offset_of(zone, text)
    hour = _hour(int(found["hour"]), (found["half"] or "")[:1].upper(), text)
    clock = f"{hour:02}{found['rest']} {year}".rstrip()
    try:
        moment: Any = parsedate_to_datetime(f"{found['day'].strip()} {clock} {offset or _UNKNOWN}")
    except _OTHERS:
        raise DateError(f"`{text[:60]}`, which is not a date") from None
    if offset is None:
        return Moment(moment.replace(tzinfo=None), None)
    if offset == _UNKNOWN:
        return Moment(moment.replace(tzinfo=dt.UTC), None)
    away = moment.utcoffset() or dt.timedelta()
    if abs(away) > _LATEST_ZONE:
        return Moment(moment.replace(tzinfo=dt.UTC) - away, None)
    return Moment(moment, away)


def _without_comments(text: str) -> str:
    plain, before = text, ""
    while plain != before and len(plain) < 1000:
        before, plain = plain, _COMMENT.sub(" ", plain)
    return " ".join(plain.split())


def _zone_of(end: str) -> tuple[str, str]:
    """Return the year, where it is behind the time as in `Mon Jan  6 10:00:00 2025`, and the zone."""
    found = _YEAR_BEHIND.fullmatch(end)
    if found is None:
        return "", end
    return (found[1], found[2] or "") if found[1] else (found[4], found[3] or "")


def _offset_of(zone: str, text: str) -> str | None:
    """Return the offset of a zone as `+hhmm`, None where there is none; raises DateError."""
    if not zone:
        return None
    if (name := zone.upper()) in ZONES:
        return ZONES[name]
    first, _, rest = zone.partition(" ")
    if rest and _OFFSET.fullmatch(first) and rest.upper() in ZONES:
        zone = first  # `+0200 CEST` says it twice.
    found = _OFFSET.fullmatch(zone)
    if found is None:
        raise DateError(f"`{text[:60]}`, in the zone `{zone[:30]}`, which is not known")
    return f"{found[1]}{int(found[2]):02}{found[3] or '00'}"


def _hour(hour: int, half: str, text: str) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise DateError(f"`{text[:60]}`, which is not a date")
    return hour % 12 + (12 if half == "P" else 0)
