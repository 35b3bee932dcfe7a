"""The predicate that an event is in a window around an instant of its own, or is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import attrs

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT, date_to_day, day_to_date, format_elapsed
from comity.clock.zones import UTC, Zone
from comity.plan.constraints.hours import HORIZON
from comity.plan.constraints.limits import Move, MovedLimit
from comity.plan.time.offsets import Offset
from comity.records import frozen

InstantRange = tuple[int, int]
"""The first and the last instant."""
Distance = tuple[bool, int] | None
"""Whether an instant is before, and how far; None if it is inside."""
_YEARS_BEFORE, _YEARS_AFTER = 3, 6
"""Anniversaries that may matter at an instant and up to the horizon; windows reach at most a year away."""


@frozen
class Around:
    """From an offset through another from the instant in a field; a date there is its whole day."""

    field: str
    """An attribute that is declared as an instant."""
    start: Offset | None
    """None is from the beginning of time."""
    end: Offset | None
    """None is without end."""
    inside: bool = True
    """Whether events must be inside; else they must be outside."""
    yearly: bool = False
    """Whether the same date of every year counts; 29 February is 1 March in other years."""

    def windows(self, own: InstantRange, zone: Zone | None, instant: int) -> list[InstantRange]:
        """Return the windows, in order, that may matter to an event at an instant or up to the horizon.

        `own` is the first and the last instant of what is in the field.
        """
        if not self.yearly:
            return [self._window(own, zone)]
        return [self._window(each, zone) for each in _anniversaries(own, zone or UTC, instant)]

    def _window(self, own: InstantRange, zone: Zone | None) -> InstantRange:
        first = MIN_INSTANT if self.start is None else self.start.begin(zone, own[0])
        last = MAX_INSTANT if self.end is None else self.end.end(zone, own[1])
        return max(first, MIN_INSTANT), min(last, MAX_INSTANT)

    def allows(self, windows: list[InstantRange], instant: int) -> bool:
        """Return whether an event may be at an instant."""
        return any(first <= instant <= last for first, last in windows) == self.inside

    def next_allowed(self, windows: list[InstantRange], instant: int) -> int | None:
        """Return the first instant, from one on, at which an event may be; None for none, or none near."""
        return self._next(windows, instant, inside=self.inside)

    def next_forbidden(self, windows: list[InstantRange], instant: int) -> int | None:
        """Return the first instant, from one on, at which no event may be; None for none, or none near."""
        return self._next(windows, instant, inside=not self.inside)

    def _next(self, windows: list[InstantRange], instant: int, *, inside: bool) -> int | None:
        found: int | None = None
        if inside:
            begins = [(max(first, instant), last) for first, last in windows]
            found = min((begin for begin, last in begins if begin <= last), default=None)
        else:
            found = instant
            for first, last in sorted(windows):
                if first <= found <= last:
                    found = last + 1
        if found is None or found > MAX_INSTANT or (self.yearly and found > instant + HORIZON):
            return None
        return found

    def measure(self, own: InstantRange, zone: Zone | None, instant: int) -> str:
        """Say how far an event is from what is in its field, or from the nearest anniversary."""
        each = [own] if not self.yearly else _anniversaries(own, zone or UTC, instant)
        return self.said(min((distance_from(one, instant) for one in each), key=_length))

    def said(self, distance: Distance) -> str:
        """Write a distance for people."""
        if distance is None:
            return f"at its `{self.field}`"
        word = "before" if distance[0] else "after"
        return f"{format_elapsed(distance[1])} {word} its `{self.field}`"

    def shown(self) -> str:
        """Write the window for people."""
        of = f"its `{self.field}`" + (" of every year" if self.yearly else "")
        if self.start is None:
            return f"until {self.end} {_of(self.end)}{of}"
        if self.end is None:
            return f"from {self.start} {_of(self.start)}{of} on"
        return f"from {self.start} to {self.end} {_of(self.end)}{of}"

    def moved_limits(self) -> Iterator[MovedLimit[Around]]:
        """Yield the window with each end a step earlier or later, so that there is less of it, or more."""
        if self.start is not None:
            for direction, moved in self.start.moved():
                move: Move = "less" if direction > 0 else "more"
                yield MovedLimit(f"from {self.start}", move, attrs.evolve(self, start=moved))
        if self.end is not None:
            for direction, moved in self.end.moved():
                move = "more" if direction > 0 else "less"
                yield MovedLimit(f"to {self.end}", move, attrs.evolve(self, end=moved))


def _of(offset: Offset | None) -> str:
    return "of " if offset is not None and not offset.span.count else ""


def distance_from(own: InstantRange, instant: int) -> Distance:
    """Return how far an instant is from a stretch: from its start, or from where it is over."""
    first, last = own
    if instant < first:
        return True, first - instant
    return (False, instant - last - (first < last)) if instant > last else None


def _length(distance: Distance) -> int:
    return -1 if distance is None else distance[1]


def _anniversaries(own: InstantRange, zone: Zone, instant: int) -> list[InstantRange]:
    """Return what is in a field in the years around an instant."""
    first, last = own
    is_day = first < last
    day, time = (zone.local_day(first), 0) if is_day else divmod(zone.wall(first), DAY)
    date = day_to_date(day)
    here = day_to_date(zone.local_day(instant)).year
    found = []
    for year in range(max(here - _YEARS_BEFORE, 1), min(here + _YEARS_AFTER, 9999) + 1):
        anniversary = _date_in(year, date)
        if is_day:
            found.append((zone.day_start(anniversary), zone.day_start(anniversary + 1) - 1))
        else:
            at = zone.wall_to_instant(anniversary * DAY + time)[0]
            found.append((at, at))
    return found


def _date_in(year: int, date: dt.date) -> int:
    """Return the day of a date in another year, 1 March for a 29 February that there is not."""
    try:
        return date_to_day(date.replace(year=year))
    except ValueError:
        return date_to_day(dt.date(year, 3, 1))
