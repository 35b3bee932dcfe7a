"""One zone on the days of a log: its local days and wall clock, and where they turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from comity.clock.instants import DAY
from comity.clock.zones import Zone
from comity.columns.zone_runs import column, runs_in, stretches_of
from comity.plan.time.wall_clock import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_AROUND = 2
"""So many days around a UTC day have all the local days and dates that it may touch."""


class ZoneDays:
    """A zone on some UTC days, which need not follow one another."""

    def __init__(self, zone: Zone, days: Ints) -> None:
        self.zone = zone
        near = np.concatenate([days + shift for shift in range(-_AROUND, _AROUND + 1)])
        self._near: Ints = np.unique(near)
        runs = runs_in(zone, stretches_of(np.concatenate((self._near * DAY, self._near * DAY + DAY))))
        self._starts, self._offsets = column(runs, "start"), column(runs, "offset")
        self._floors = column(runs, "floor_day")

    def offsets(self, instants: Ints) -> Ints:
        """Return the offsets from UTC at instants of these days."""
        found: Ints = self._offsets[np.searchsorted(self._starts, instants, "right") - 1]
        return found

    def local_days(self, instants: Ints) -> Ints:
        """Return the latest local days begun at instants of these days."""
        run = np.searchsorted(self._starts, instants, "right") - 1
        days: Ints = np.maximum((instants + self._offsets[run]) // DAY, self._floors[run])
        return days

    def turns(self) -> Ints:
        """Return where the offset changes, and where local days begin."""
        begins = np.array([self.zone.day_start(day) for day in self._near.tolist()], np.int64)
        return np.concatenate((self._starts, begins))

    def edges(self, hours_of: Callable[[int], Sequence[Interval]]) -> Ints:
        """Return the instants at which hours of the wall clock begin or end."""
        walls = [day * DAY + edge for day in self._near.tolist() for pair in hours_of(day) for edge in pair]
        wall = np.array(walls, np.int64)
        found = [self._starts]
        for offset in np.unique(self._offsets).tolist():
            instants = wall - offset
            found.append(instants[self.offsets(instants) == offset])
        return np.concatenate(found)

    def is_open(self, instants: Ints, hours_of: Callable[[int], Sequence[Interval]]) -> Bools:
        """Return whether the wall clock is in the hours of its date, at instants of these days."""
        walls = instants + self.offsets(instants)
        days, which = np.unique(walls // DAY, return_inverse=True)
        hours = [hours_of(day) for day in days.tolist()]
        time = walls % DAY
        found = np.zeros(len(instants), np.bool_)
        for number in range(max(map(len, hours), default=0)):
            begins = np.array([each[number][0] if number < len(each) else DAY for each in hours], np.int64)
            ends = np.array([each[number][1] if number < len(each) else 0 for each in hours], np.int64)
            found |= (begins[which] <= time) & (time < ends[which])
        return found
