"""Spans: a count on a clock, used looking back from an event or as a deadline after one."""

from __future__ import annotations

from typing import Final

import attrs

from comity.clock.instants import format_elapsed
from comity.clock.zones import UTC, Zone
from comity.plan.time.clocks import Anniversaries, BusinessDays, DayClock, Periods
from comity.records import frozen

MOST_DAYS: Final = 100_000
"""How many days a span keeps what it has worked out for."""


@frozen
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
        """Return the first instant that is within the span, looking back from an instant."""
        if self.clock is None or zone is None:
            return instant - self.count + 1
        day = zone.local_day(instant)
        first = self._first.get(day)
        if first is None:
            first = self.clock.first_day(self.clock.tick(day - self.further) - self.count + 1)
            _keep(self._first, day, first)
        return zone.day_start(first)

    def leave(self, zone: Zone | None, instant: int) -> int:
        """Return the first instant from which the span, looking back, no longer holds an instant."""
        if self.clock is None or zone is None:
            return instant + self.count
        day = zone.local_day(instant)
        beyond = self._beyond.get(day)
        if beyond is None:
            beyond = self.clock.first_day(self.clock.tick(day) + self.count) + self.further
            _keep(self._beyond, day, beyond)
        return zone.day_start(beyond)

    def deadline(self, zone: Zone | None, instant: int) -> int:
        """Return the last instant of a deadline that runs from an instant."""
        if self.clock is None or zone is None:
            return instant + self.count
        last = self.clock.deadline_day(zone.local_day(instant), self.count) + self.further
        return zone.day_start(last + 1) - 1

    def ticks(self, zone: Zone | None, earlier: int, later: int) -> int:
        """Return how much of the span's clock passes between two instants."""
        if self.clock is None or zone is None:
            return later - earlier
        return self.clock.tick(zone.local_day(later)) - self.clock.tick(zone.local_day(earlier))

    def extended(self, ticks: int) -> Span:
        """Return a span that is so many ticks of its clock longer."""
        return attrs.evolve(self, count=self.count + ticks) if ticks else self

    def moved(self, zone: Zone | None, deadline: int, ticks: int) -> int:
        """Return a deadline moved on by so many ticks of the span's clock."""
        if self.clock is None or zone is None:
            return deadline + ticks
        day = zone.local_day(deadline)
        return zone.day_start(self.clock.deadline_day(day, ticks) + 1) - 1 if ticks else deadline

    def earliest_deadline(self, zone: Zone | None, instant: int) -> int:
        """Return the first instant from one on that can be a deadline, such as the end of a business day."""
        if self.clock is None or zone is None:
            return instant
        day = zone.local_day(instant)
        if isinstance(self.clock, BusinessDays):
            day = self.clock.first_day(self.clock.tick(day - 1) + 1)
        return zone.day_start(day + 1) - 1

    def times(self, number: int) -> Span:
        """Return the span that is so many times as long."""
        return attrs.evolve(self, count=self.count * number)

    def periods_before(self, zone: Zone | None, begin: int, until: int) -> int:
        """Return how many periods of this length, one right after another, are over before an instant.

        It is 0 on clocks of days, whose periods are few and not all equally long: find them one by one.
        """
        return max(until - 1 - begin, 0) // self.count if self.clock is None else 0

    def earliest_start(self, instant: int) -> int:
        """Return an instant before which nothing is within the span, whatever the zone of the event."""
        if self.clock is None:
            return instant - self.count + 1
        day = UTC.local_day(instant) - 1 - self.further
        return UTC.day_start(self.clock.first_day(self.clock.tick(day) - self.count + 1) - 1)

    def surely_passed(self, instant: int) -> int:
        """Return an instant up to which every deadline has passed at `instant`, whatever the zone."""
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
                return plural(ticks, "business day")
            case Anniversaries():
                return plural(ticks // 31, "month")
            case Periods(unit=unit):
                return f"the same {unit}" if ticks == 0 else plural(ticks, unit)
            case _:
                return plural(ticks, "calendar day")


def _keep(known: dict[int, int], day: int, other: int) -> None:
    if len(known) >= MOST_DAYS:
        known.clear()
    known[day] = other


def plural(count: int, unit: str) -> str:
    """Write a count and its unit."""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
