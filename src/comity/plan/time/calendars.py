"""Calendars: weekends, the first day of the week, public holidays and business days."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from functools import lru_cache
from types import ModuleType

import attrs

from comity.clock.instants import DAY, date_to_day, day_to_date
from comity.errors import ComityError, suggest
from comity.records import frozen

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Public holidays are known in these years; outside them there are none."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@frozen
class Opening:
    """A stretch of the wall clock in which a business is open; past midnight if it ends before it starts."""

    days: frozenset[int]
    """Days of the week on which it begins, 0 is Monday."""
    start: int
    """Microseconds after midnight, inclusive."""
    end: int
    """Microseconds after midnight, exclusive."""


@frozen
class Calendar:
    """Which days are weekend or holiday, and on which day a week starts.

    `country` is an ISO 3166 code, with a subdivision or not (`US`, `US-NY`), of the `holidays` package.
    """

    weekend: frozenset[int] = frozenset({5, 6})
    """Days of the week, 0 is Monday."""
    week_starts: int = 0
    dates: frozenset[dt.date] = frozenset()
    """Holidays of its own."""
    country: str | None = None
    opening: tuple[Opening, ...] = ()
    """When it is open; never on holidays."""
    _by_year: dict[int, list[int]] = attrs.field(factory=dict, init=False, eq=False, repr=False)
    _before_year: dict[int, int] = attrs.field(factory=lambda: {2000: 0}, init=False, eq=False, repr=False)
    _nth: dict[int, int] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def is_holiday(self, day: int) -> bool:
        """Return whether a day (0 is 1970-01-01) is a public holiday or one of the calendar's own dates."""
        return day in self._holidays(day_to_date(day).year)

    def is_business(self, day: int) -> bool:
        """Return whether a day is neither weekend nor holiday."""
        return (day + 3) % 7 not in self.weekend and not self.is_holiday(day)

    def open_on(self, day: int) -> list[tuple[int, int]]:
        """Return when it is open on a date, ascending and apart, in microseconds after midnight."""
        found = []
        for opening in self.opening:
            if opening.start < opening.end:
                found += [(opening.start, opening.end)] if self._opens(opening, day) else []
            else:
                found += [(opening.start, DAY)] if self._opens(opening, day) else []
                found += [(0, opening.end)] if opening.end and self._opens(opening, day - 1) else []
        apart: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if apart and start <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return apart

    def _opens(self, opening: Opening, day: int) -> bool:
        return (day + 3) % 7 in opening.days and not self.is_holiday(day)

    def business_count(self, day: int) -> int:
        """Count the business days up to and including a day, from a fixed but arbitrary start."""
        weeks, rest = divmod(day + 3, 7)
        working = weeks * (7 - len(self.weekend)) + sum(d not in self.weekend for d in range(rest + 1))
        year = day_to_date(day).year
        off = self._working_holidays(year)
        return working - self._working_holidays_before(year) - bisect_right(off, day)

    def business_day(self, count: int) -> int:
        """Return the first day up to which there are so many business days: the inverse of the count."""
        day = self._nth.get(count)
        if day is None:
            high = count * 7 // (7 - len(self.weekend))
            while self.business_count(high) < count:
                high += 64
            low = high - 64
            while self.business_count(low) >= count:
                low -= 64
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if self.business_count(middle) >= count else (middle, high)
            day = self._nth[count] = high
        return day

    def _holidays(self, year: int) -> list[int]:
        days = self._by_year.get(year)
        if days is None:
            dates = {date for date in self.dates if date.year == year}
            if self.country and FIRST_YEAR <= year <= LAST_YEAR:
                dates |= public_holidays(self.country, year)
            days = self._by_year[year] = sorted(date_to_day(date) for date in dates)
        return days

    def _working_holidays(self, year: int) -> list[int]:
        return [day for day in self._holidays(year) if (day + 3) % 7 not in self.weekend]

    def _working_holidays_before(self, year: int) -> int:
        """Count the holidays off the weekend from the year 2000 up to a year; negative before 2000."""
        year = min(max(year, FIRST_YEAR), LAST_YEAR + 1)
        known = self._before_year
        if year not in known:
            for y in range(max(known), year):
                known[y + 1] = known[y] + len(self._working_holidays(y))
            for y in range(min(known), year, -1):
                known[y - 1] = known[y] - len(self._working_holidays(y - 1))
        return known[year]


@lru_cache(maxsize=4096)
def public_holidays(code: str, year: int) -> frozenset[dt.date]:
    """Return a country's or subdivision's public holidays in a year, days observed instead included."""
    country, _, subdivision = code.partition("-")
    return frozenset(_package().country_holidays(country, subdiv=subdivision or None, years=year))


def check_country(code: str) -> str | None:
    """Say what is wrong with a country or subdivision code, or None; loads the `holidays` package."""
    country, dash, subdivision = code.partition("-")
    try:
        known = _package().list_supported_countries()
    except ComityError as error:
        return str(error)
    if country not in known:
        return f"`{code}` is not a country code with known holidays: {suggest_code(country, list(known))}"
    if dash and subdivision not in known[country]:
        allowed = list(known[country])
        return f"`{country}` has no subdivision `{subdivision}`: {suggest_code(subdivision, allowed)}"
    return None


def suggest_code(code: str, known: list[str]) -> str:
    """Advise on a code that is not known."""
    near = suggest(code.upper(), [k for k in known if k.isupper()]) if code.upper() not in known else ""
    if code.upper() in known:
        near = f"did you mean `{code.upper()}`?"
    return near or ("known are " + ", ".join(sorted(known)[:80]) if known else "it has none")


@lru_cache(maxsize=1)
def _package() -> ModuleType:
    try:
        import holidays
    except ImportError:
        raise ComityError(
            "public holidays need the `holidays` package: pip install 'comity[calendars]'"
        ) from None
    return holidays
