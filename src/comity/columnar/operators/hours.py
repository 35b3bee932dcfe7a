"""Contact hours over columns of instants: which are allowed, what the wall clocks show, when the next are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from comity.clock.instants import DAY, MINUTE, SECOND, day_to_date
from comity.columnar.arrays import NONE, Bools, Ints
from comity.columnar.partitions.zone_times import ZoneTimes
from comity.columns.arrow_arrays import joined, numbers, texts
from comity.plan import Hours
from comity.plan.time.calendars import WEEKDAYS
from comity.plan.wording import describe_wall

_MOST_DAYS = 1 << 16
_AHEAD = 8
"""How many days are searched at once for the next allowed hours; later days are searched one by one."""


class AllowedStretches:
    """The allowed stretches of days, the same number for each day: some may be empty."""

    def __init__(self, hours: Hours, days: Ints, further: int = 0) -> None:
        """Look up some days and, for each, the `further` days after it."""
        low, high = int(days.min()), int(days.max()) + further
        if high - low < _MOST_DAYS:
            self._days, self._first = np.arange(low, high + 1), low
        else:
            self._days, self._first = np.unique(days + np.arange(further + 1)[:, None]), 0
        found = [hours.open_on(day) for day in self._days.tolist()]
        self.most = max(map(len, found))
        self._begins = np.full((self.most, len(found)), DAY)
        self._ends = np.zeros((self.most, len(found)), np.int64)
        for place, stretches in enumerate(found):
            for number, (begin, end) in enumerate(stretches):
                self._begins[number, place], self._ends[number, place] = begin, end
        self._dense = high - low < _MOST_DAYS

    def of(self, number: int, days: Ints) -> tuple[Ints, Ints]:
        """Return where the number-th stretch of each day begins and ends, in microseconds after midnight."""
        places = days - self._first if self._dense else np.searchsorted(self._days, days)
        return self._begins[number, places], self._ends[number, places]


def is_open(hours: Hours, times: ZoneTimes, instants: Ints) -> Bools:
    """Return which instants are in allowed hours of the wall clock of a zone."""
    found = np.zeros(len(instants), np.bool_)
    if not len(instants):
        return found
    walls = times.walls(instants)
    days = walls // DAY
    time = walls - days * DAY
    stretches = AllowedStretches(hours, days)
    for number in range(stretches.most):
        begin, end = stretches.of(number, days)
        found |= (begin <= time) & (time < end)
    return found


def next_open(hours: Hours, clocks: Sequence[ZoneTimes], instants: Ints) -> Ints:
    """Return the first allowed instants from these on, `NONE` if there is none."""
    found = np.full(len(instants), NONE)
    open_ = np.arange(len(instants))
    if len(clocks) == 1:
        walls, ends = clocks[0].walls(instants), clocks[0].run_ends(instants)
        days = walls // DAY
        stretches = AllowedStretches(hours, days, _AHEAD)
        for ahead in range(_AHEAD):
            midnight = instants[open_] - walls[open_] + (days[open_] + ahead) * DAY
            best = np.full(len(open_), NONE)
            for number in range(stretches.most):
                begin, end = stretches.of(number, days[open_] + ahead)
                first = np.maximum(instants[open_], midnight + begin)
                # After a change of the clocks, the offset is another.
                met = (best == NONE) & (first < np.minimum(midnight + end, ends[open_]))
                best[met] = first[met]
            found[open_] = best
            open_ = open_[(best == NONE) & (midnight + DAY < ends[open_])]
        open_ = np.flatnonzero(found == NONE)
    zones = [clock.zone for clock in clocks]
    for place in open_.tolist():
        following = hours.next_allowed(zones, int(instants[place]))
        found[place] = NONE if following is None else following
    return found


def wall_texts(clocks: Sequence[ZoneTimes], instants: Ints) -> pa.Array:
    """Return what wall clocks show, as the texts of `describe_wall`."""
    if len(clocks) != 1 or (instants % SECOND).any():
        zones = tuple(clock.zone for clock in clocks)
        return texts([describe_wall(zones, instant) for instant in instants.tolist()])
    walls = clocks[0].walls(instants)
    days, which = np.unique(walls // DAY, return_inverse=True)
    named = [f"{WEEKDAYS[(day + 3) % 7].title()} {day_to_date(day)} " for day in days.tolist()]
    minutes = walls % DAY // MINUTE
    seconds = walls % MINUTE // SECOND
    return joined(
        texts(named).take(numbers(which)),
        _CLOCK.take(numbers(minutes)),
        _SECONDS.take(numbers(seconds)),
        f" in {clocks[0].zone.name}",
    )


_CLOCK = texts([f"{minute // 60:02}:{minute % 60:02}" for minute in range(24 * 60)])
_SECONDS = texts(["", *(f":{second:02}" for second in range(1, 60))])
