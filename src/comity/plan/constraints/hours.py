"""Contact hours: slots of the wall clock, and the next instant that falls in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Literal

import attrs

from comity.clock.instants import DAY, HOUR, MINUTE, SECOND, day_to_date
from comity.clock.zones import Zone
from comity.plan.constraints.limits import STEPS, MovedLimit
from comity.plan.time.calendars import Calendar
from comity.plan.time.wall_clock import Interval, first_stretch, is_inside, stretches_from
from comity.records import frozen

HORIZON = 800 * DAY
"""How far ahead an allowed instant is looked for."""
MOST_HOURS = 1_000
"""For how many hours of a zone openings are kept."""


@frozen
class DateRange:
    """Dates from one to another, both inclusive; of every year where they are (month, day) pairs."""

    start: tuple[int, ...]
    end: tuple[int, ...]

    def __contains__(self, date: dt.date) -> bool:
        value = (date.year, date.month, date.day)[-len(self.start) :]
        if self.start <= self.end:
            return self.start <= value <= self.end
        return value >= self.start or value <= self.end


@frozen
class HoursSlot:
    """A stretch of the wall clock on some days; where it ends before it starts it crosses midnight.

    It belongs to the day it begins on.
    """

    days: frozenset[int] = frozenset(range(7))
    """Days of the week, 0 is Monday."""
    start: int = 0
    """Microseconds after midnight, inclusive."""
    end: int = DAY
    """Microseconds after midnight, exclusive."""
    holidays: Literal["include", "exclude", "only"] = "include"
    dates: frozenset[dt.date] | DateRange | None = None
    text: str = attrs.field(default="", eq=False)

    def begins_on(self, day: int, calendar: Calendar) -> bool:
        """Return whether the slot begins on a date (0 is 1970-01-01)."""
        if (day + 3) % 7 not in self.days:
            return False
        if self.dates is not None and day_to_date(day) not in self.dates:
            return False
        return self.holidays == "include" or calendar.is_holiday(day) == (self.holidays == "only")

    def moved_limits(self) -> Iterator[MovedLimit[HoursSlot]]:
        """Yield the slot with each edge moved by a second, and without its rule about holidays."""
        edges: tuple[tuple[Literal["start", "end"], str], ...] = (("start", "from"), ("end", "to"))
        for name, word in edges:
            time = getattr(self, name)
            if 0 < time < DAY:
                limit = f"{word} {time // HOUR:02}:{time // MINUTE % 60:02} of {self.text}"
                for move, step in STEPS:
                    yield MovedLimit(limit, move, attrs.evolve(self, **{name: time + step * SECOND}))
        if self.holidays != "include":
            yield MovedLimit(f"holidays of {self.text}", "more", attrs.evolve(self, holidays="include"))

    def on(self, day: int, calendar: Calendar) -> list[Interval]:
        """Return the stretches of a date that are in the slot, in microseconds after midnight."""
        if self.start < self.end:
            return [(self.start, self.end)] if self.begins_on(day, calendar) else []
        parts = [(0, self.end)] if self.end and self.begins_on(day - 1, calendar) else []
        return [*parts, (self.start, DAY)] if self.begins_on(day, calendar) else parts


Slot = HoursSlot
"""The older name of `HoursSlot`; deprecated: use `HoursSlot`."""


@frozen
class Hours:
    """Times at which contact may happen: in one of the slots, or in none of them."""

    slots: tuple[HoursSlot, ...]
    allow: bool = True
    calendar: Calendar = Calendar()
    _near: dict[str, dict[int, tuple[int, int, int]]] = attrs.field(
        factory=dict, init=False, eq=False, repr=False
    )
    """For a zone and an hour, a stretch with one opening in it: its start, the opening, and its end."""
    _open: dict[int, list[Interval]] = attrs.field(factory=dict, init=False, eq=False, repr=False)

    def moved_limits(self) -> Iterator[MovedLimit[Hours]]:
        """Yield the hours with each edge of each slot moved."""
        for index, slot in enumerate(self.slots):
            for each in slot.moved_limits():
                slots = (*self.slots[:index], each.moved, *self.slots[index + 1 :])
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, slots=slots))

    def open_on(self, day: int) -> list[Interval]:
        """Return the allowed stretches of a date, ascending and apart, in microseconds after midnight."""
        stretches = self._open.get(day)
        if stretches is None:
            stretches = self._open[day] = self._find_open(day)
        return stretches

    def _find_open(self, day: int) -> list[Interval]:
        inside = sorted(part for slot in self.slots for part in slot.on(day, self.calendar))
        merged: list[Interval] = []
        for start, end in inside:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        if self.allow:
            return merged
        edges = [0, *(edge for part in merged for edge in part), DAY]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]

    def allows(self, zones: Sequence[Zone], instant: int) -> bool:
        """Return whether the wall clock of every zone is in allowed hours."""
        for zone in zones:  # noqa: SIM110 - a generator would cost as much again
            if not is_inside(zone, instant, self.open_on):
                return False
        return True

    def next_allowed(self, zones: Sequence[Zone], instant: int) -> int | None:
        """Return the first allowed instant from this one on, None where there is none in 800 days."""
        last = instant + HORIZON
        while True:
            moved = instant
            for zone in zones:
                found = self._next_in(zone, moved, last)
                if found is None:
                    return None
                moved = found
            if moved == instant:
                return instant
            instant = moved

    def _next_in(self, zone: Zone, instant: int, last: int) -> int | None:
        near = self._near.get(zone.name)
        if near is None:
            near = self._near[zone.name] = {}
        known = near.get(instant // HOUR)
        if known is not None and known[0] <= instant < known[2]:
            opening = max(instant, known[1])
            return opening if opening <= last else None
        found = self._search(zone, instant, last)
        if found is not None:
            opening, end = found
            if len(near) >= MOST_HOURS:
                near.clear()
            near[instant // HOUR] = (instant, opening, end)
        return None if found is None else found[0]

    def _search(self, zone: Zone, instant: int, last: int) -> Interval | None:
        """Find the first allowed instant, and the end of the stretch that it is in."""
        stretch = first_stretch(zone, instant, last, self.open_on)
        return stretch if stretch is not None and stretch[0] <= last else None

    def next_forbidden(self, zones: Sequence[Zone], instant: int) -> int | None:
        """Return the first later instant that is not allowed where this one is, None if not in 800 days."""
        ends = [self._end_in(zone, instant, instant + HORIZON) for zone in zones]
        return min((end for end in ends if end is not None), default=None)

    def _end_in(self, zone: Zone, instant: int, last: int) -> int | None:
        for begin, end in stretches_from(zone, instant, last, self.open_on):
            if begin > instant:
                return instant
            instant = end
        return instant if instant <= last else None
