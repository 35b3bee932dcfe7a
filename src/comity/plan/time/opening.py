"""Business hours: spans that count only the time in which a calendar's business is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT, format_elapsed
from comity.clock.zones import UTC, Zone
from comity.plan.time.calendars import Calendar
from comity.plan.time.clocks import LocalDays
from comity.plan.time.spans import Span
from comity.plan.time.wall_clock import stretches_before, stretches_from
from comity.records import frozen

HORIZON: Final = 4_000
"""How many days are looked through for enough open time."""
_APART: Final = 2 * DAY
"""More than the clocks of two zones differ."""


@frozen
class OpenSpan(Span):
    """A count of open microseconds: p is within it when less than that was open from p to e.

    A deadline is the instant at which so much time has been open since.
    """

    calendar: Calendar = Calendar()

    def start(self, zone: Zone | None, instant: int) -> int:
        """Return the first instant that is within the span, looking back from an instant."""
        left = self.count
        for begin, end in self._back(zone or UTC, instant):
            if end - begin >= left:
                return end - left + 1
            left -= end - begin
        return MIN_INSTANT

    def leave(self, zone: Zone | None, instant: int) -> int:
        """Return the first instant from which the span, looking back, no longer holds an instant."""
        left = self.count
        for begin, end in self._ahead(zone or UTC, instant):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return MAX_INSTANT

    def deadline(self, zone: Zone | None, instant: int) -> int:
        """Return the last instant of a deadline that runs from an instant."""
        return self.leave(zone, instant)

    def earliest_start(self, instant: int) -> int:
        """Return an instant before which nothing is within the span, whatever the zone of the event.

        A zone may have fewer hours than UTC, where its clocks skip some of them or a whole date.
        """
        daily = min(sum((each.end - each.start) % DAY or DAY for each in self.calendar.opening), DAY)
        longer = attrs.evolve(self, count=2 * (self.count + daily))
        return max(longer.start(UTC, instant - _APART) - _APART, MIN_INSTANT)

    def surely_passed(self, instant: int) -> int:
        """Return an instant up to which every deadline has passed at `instant`, whatever the zone."""
        return self.earliest_start(instant) - 1

    def moved(self, zone: Zone | None, deadline: int, ticks: int) -> int:
        """Return a deadline moved on by so many microseconds of business hours."""
        return attrs.evolve(self, count=ticks).leave(zone, deadline) if ticks else deadline

    def earliest_deadline(self, zone: Zone | None, instant: int) -> int:
        """Return the instant if it is within the business hours, else when they begin next."""
        return next((begin for begin, _ in self._ahead(zone or UTC, instant)), MAX_INSTANT)

    def periods_before(self, zone: Zone | None, begin: int, until: int) -> int:
        """Return how many periods of this length, one right after another, are over before an instant.

        No more of them are counted than surely lie within the days that are looked through.
        """
        until = min(until, begin + HORIZON // 2 * DAY)
        return self.ticks(zone, begin, until - 1) // self.count

    def ticks(self, zone: Zone | None, earlier: int, later: int) -> int:
        """Return how long it is open between two instants, in microseconds."""
        spent = 0
        for begin, end in self._ahead(zone or UTC, earlier):
            if begin >= later:
                break
            spent += min(end, later) - begin
        return spent

    def measure(self, zone: Zone | None, earlier: int, later: int) -> str:
        """Say how long it was open between two instants."""
        return f"{format_elapsed(self.ticks(zone, earlier, later))} of business hours"

    def _ahead(self, zone: Zone, instant: int) -> Iterator[tuple[int, int]]:
        """Yield the open stretches from an instant on."""
        last = min(instant + HORIZON * DAY, MAX_INSTANT)
        return stretches_from(zone, instant, last, self.calendar.open_on)

    def _back(self, zone: Zone, instant: int) -> Iterator[tuple[int, int]]:
        """Yield the open stretches up to an instant, the last one first."""
        first = max(instant - HORIZON * DAY, MIN_INSTANT)
        return stretches_before(zone, instant, first, self.calendar.open_on)


def open_span(open_time: int, text: str, calendar: Calendar) -> OpenSpan:
    """Make the span of so many microseconds of business hours."""
    return OpenSpan(open_time, LocalDays(), text=text, calendar=calendar)
