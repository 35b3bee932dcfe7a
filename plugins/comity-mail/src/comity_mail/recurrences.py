"""The times of an event that recurs: by its rule and its dates, without those that are excluded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final

import attrs

MOST_TIMES: Final = 1000
"""Times of one event: twenty years of a weekly meeting."""
_SHOWN: Final = 60
# Looked up by name: the library has no types.
_read_rule: Final[Any] = import_module("dateutil.rrule").rrulestr
_PARTS: Final = {
    "DAILY": frozenset({"BYDAY", "BYMONTH"}),
    "WEEKLY": frozenset({"BYDAY", "BYMONTH"}),
    "MONTHLY": frozenset({"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"}),
    "YEARLY": frozenset({"BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"}),
}
"""By frequency, the parts of rules that are followed.

With others the library may look at each day until the year 9999 for a time that never comes.
"""
_ALWAYS: Final = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"})
_NUMBER: Final = re.compile(r"[1-9]\d{0,4}")


class RecurrenceError(ValueError):
    """The times of an event cannot be told; the text says why."""


@attrs.frozen
class Rule:
    """A rule, without its end in time."""

    text: str
    until: str | None
    """The end, as the calendar writes it."""
    counts: bool
    """It has a number of times."""

    @property
    def is_endless(self) -> bool:
        """Whether it has neither an end nor a number of times."""
        return self.until is None and not self.counts

    @classmethod
    def of(cls, text: str) -> Rule:
        """Read a rule; raises RecurrenceError for one that is not followed."""
        parts = dict(part.split("=", 1) for part in text.upper().split(";") if "=" in part)
        allowed = _PARTS.get(parts.get("FREQ", ""))
        shown = f"its rule `{text[:_SHOWN]}`"
        if allowed is None:
            raise RecurrenceError(f"{shown} is not one of days, weeks, months or years")
        if other := sorted(parts.keys() - allowed - _ALWAYS):
            raise RecurrenceError(f"{shown} has `{other[0]}`, which is not followed")
        for name in ("INTERVAL", "COUNT"):
            if name in parts and not _NUMBER.fullmatch(parts[name]):
                raise RecurrenceError(f"{shown} has `{name}={parts[name][:20]}`, which is not above 0")
        until = parts.pop("UNTIL", None)
        rest = ";".join(f"{name}={value}" for name, value in parts.items())
        return cls(rest, until, "COUNT" in parts)

    def times(self, start: dt.datetime, last: dt.datetime | None) -> list[dt.datetime]:
        """Return the local times from the start on, up to a last one if there is one.

        Raises RecurrenceError.
        """
        try:
            rule = _read_rule(self.text, dtstart=start, ignoretz=True)
            if last is not None:
                rule = rule.replace(until=last)
            found: list[dt.datetime] = []
            for moment in rule:
                found.append(moment)
                if len(found) > MOST_TIMES:
                    raise RecurrenceError(f"it recurs more than {MOST_TIMES:,} times")
        except RecurrenceError:
            raise
        except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as error:
            raise RecurrenceError(f"its rule `{self.text[:_SHOWN]}` cannot be followed: {error}") from None
        return found


def occurrences(
    start: dt.datetime,
    rules: Iterable[Rule],
    more: Iterable[dt.datetime],
    last: dt.datetime,
    until_of: Callable[[str], dt.datetime],
) -> list[dt.datetime]:
    """Return the local times of an event in order; endless rules end with the last one.

    `until_of` reads the end of a rule as a local time. The event itself is the first of them, whatever the
    rule says (RFC 5545, 3.8.5.3).
    """
    found = {start, *more}
    for rule in rules:
        end = last if rule.is_endless else None
        if rule.until is not None and not rule.counts:
            end = until_of(rule.until)
        found.update(rule.times(start, end))
    if len(found) > MOST_TIMES:
        raise RecurrenceError(f"it recurs more than {MOST_TIMES:,} times")
    return sorted(found)
