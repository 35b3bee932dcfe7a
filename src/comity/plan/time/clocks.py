"""Clocks: each maps an instant in a zone to an integer tick, and back to the first instant of a tick.

INVARIANT: in one zone the tick of a later instant is never smaller.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, Protocol, assert_never

from comity.clock.instants import date_to_day, day_to_date
from comity.plan.time.calendars import Calendar
from comity.records import frozen

BEYOND = date_to_day(dt.date.max) + 1
"""A day after the last one that can be written."""


class DayClock(Protocol):
    """A clock whose tick depends on the local day alone."""

    def tick(self, day: int) -> int:
        """Return the tick of a local day (0 is 1970-01-01)."""

    def first_day(self, tick: int) -> int:
        """Return the first local day with this tick or a later one."""

    def deadline_day(self, day: int, count: int) -> int:
        """Return the last local day of a deadline `count` after a day."""


@frozen
class LocalDays:
    """Calendar days of the zone: the tick is the day's number."""

    def tick(self, day: int) -> int:
        """Return the day itself."""
        return day

    def first_day(self, tick: int) -> int:
        """Return the tick itself."""
        return tick

    def deadline_day(self, day: int, count: int) -> int:
        """Return the count-th day after the day."""
        return day + count


@frozen
class BusinessDays:
    """Business days: the tick is the number of them up to and including the local day."""

    calendar: Calendar

    def tick(self, day: int) -> int:
        """Count the business days up to and including the day."""
        return self.calendar.business_count(day)

    def first_day(self, tick: int) -> int:
        """Return the business day with this number."""
        return self.calendar.business_day(tick)

    def deadline_day(self, day: int, count: int) -> int:
        """Return the count-th business day after the day."""
        return self.first_day(self.tick(day) + count)


@frozen
class Anniversaries:
    """Months and years: the tick is 31 × (12 × year + month) + day, so a month counts 31."""

    def tick(self, day: int) -> int:
        """Return 31 × (12 × year + month) + day of month."""
        date = day_to_date(day)
        return 31 * (12 * date.year + date.month) + date.day

    def first_day(self, tick: int) -> int:
        """Return the day of that anniversary, the first of the next month where the month is too short."""
        months, before = divmod(tick - 1, 31)
        year, month = divmod(months - 1, 12)
        try:
            return date_to_day(dt.date(year, month + 1, before + 1))
        except ValueError:
            return first_of_month(months + 1)

    def deadline_day(self, day: int, count: int) -> int:
        """Return the anniversary of the day."""
        return self.first_day(self.tick(day) + count)


@frozen
class Periods:
    """Days, weeks, months, quarters or years as periods: the tick is the period's number."""

    unit: Literal["day", "week", "month", "quarter", "year"]
    week_starts: int = 0

    def tick(self, day: int) -> int:
        """Return the number of the period that holds the day."""
        if self.unit == "day":
            return day
        if self.unit == "week":
            return (day + 3 - self.week_starts) // 7
        date = day_to_date(day)
        return (12 * date.year + date.month - 1) // _MONTHS[self.unit]

    def first_day(self, tick: int) -> int:
        """Return the first day of the period."""
        match self.unit:
            case "day":
                return tick
            case "week":
                return tick * 7 - 3 + self.week_starts
            case "month" | "quarter" | "year":
                return first_of_month(tick * _MONTHS[self.unit] + 1)
            case _:
                assert_never(self.unit)

    def deadline_day(self, day: int, count: int) -> int:
        """Return the last day of the period."""
        return self.first_day(self.tick(day) + count) - 1


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def first_of_month(months: int) -> int:
    """Return the first day of a month counted as 12 × year + month, clamped to the years 1 to 9999."""
    year, month = divmod(months - 1, 12)
    if year < 1:
        return date_to_day(dt.date.min)
    return date_to_day(dt.date(year, month + 1, 1)) if year <= 9999 else BEYOND
