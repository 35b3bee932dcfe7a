"""The years in which a log has events, to find instants far from the rest or in a wrong unit."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeVar

import attrs

from comity.clock.instants import DAY
from comity.records import define

T = TypeVar("T")
Reason = Literal["january-1970", "beyond-2200", "far"]
YEAR: Final = 365 * DAY + DAY // 4
EARLY: Final = 31 * DAY
"""The end of January 1970: seconds or milliseconds that are read as microseconds are before it."""
LATE: Final = 7_258_118_400_000_000
"""The beginning of 2200: instants that are read in too large a unit are after it."""
APART: Final = 10
"""As many years without any event, or more, split a log in two."""


@define
class Eras:
    """Counts events by year; they may come in any order."""

    years: Counter[int] = attrs.field(factory=Counter)
    """The number of events, by years since 1970, without those of a wrong unit."""
    first: int | None = None
    last: int | None = None
    early: int = 0
    """The number of events in January 1970."""
    late: int = 0
    """The number of events in 2200 or later."""
    earliest: int | None = None
    """The first instant in January 1970."""
    latest: int | None = None
    """The last instant in 2200 or later."""

    def add_sorted(self, items: Sequence[T], at: Callable[[T], int]) -> None:
        """Count instants, which are in order; each year costs one binary search."""
        place = 0
        while place < len(items):
            first = at(items[place])
            if 0 <= first < EARLY:
                end = bisect_left(items, EARLY, place, key=at)
                self.add_early(end - place, first)
            elif first >= LATE:
                end = len(items)
                self.add_late(end - place, at(items[-1]))
            else:
                year = first // YEAR
                end = bisect_left(items, min((year + 1) * YEAR, LATE), place, key=at)
                self.add_year(year, end - place, first, at(items[end - 1]))
            place = end

    def add_year(self, year: int, count: int, first: int, last: int) -> None:
        """Count events of one year; none of them is of a wrong unit."""
        self.years[year] += count
        self.widen(first, last)

    def add_early(self, count: int, first: int) -> None:
        """Count events of January 1970."""
        self.early += count
        self.earliest = first if self.earliest is None else min(first, self.earliest)

    def add_late(self, count: int, last: int) -> None:
        """Count events of 2200 or later."""
        self.late += count
        self.latest = last if self.latest is None else max(last, self.latest)

    def widen(self, first: int, last: int) -> None:
        """Widen the known years to a stretch of ordinary instants."""
        self.first = first if self.first is None else min(first, self.first)
        self.last = last if self.last is None else max(last, self.last)

    def update(self, other: Eras) -> None:
        """Add what another object has counted."""
        self.years.update(other.years)
        if other.first is not None and other.last is not None:
            self.widen(other.first, other.last)
        if other.earliest is not None:
            self.add_early(other.early, other.earliest)
        if other.latest is not None:
            self.add_late(other.late, other.latest)

    def suspicious(self) -> Mapping[Reason, tuple[int, int]]:
        """Return, for each reason to doubt instants, how many there are and one of them."""
        found: dict[Reason, tuple[int, int]] = {}
        if self.earliest is not None:
            found["january-1970"] = (self.early, self.earliest)
        if self.latest is not None:
            found["beyond-2200"] = (self.late, self.latest)
        if self.first is not None and self.last is not None:
            groups = self._groups()
            rest = max(sum(self.years[year] for year in group) for group in groups)
            far = sum(self.years.values()) - rest
            if 0 < far < rest:
                in_first = sum(self.years[year] for year in groups[0]) == rest
                found["far"] = (far, self.last if in_first else self.first)
        return found

    def _groups(self) -> list[list[int]]:
        """Split the years at each gap of ten or more years without any event."""
        groups: list[list[int]] = []
        for year in sorted(self.years):
            if groups and year - groups[-1][-1] <= APART:
                groups[-1].append(year)
            else:
                groups.append([year])
        return groups
