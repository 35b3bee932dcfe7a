"""Time zones as runs of constant offset, so that local days and wall clocks are integer arithmetic."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from bisect import bisect_right
from functools import lru_cache
from typing import Literal, NamedTuple

from comity.clock.instants import DAY, HOUR, MAX_INSTANT, MIN_INSTANT, SECOND
from comity.clock.zone_names import advice, is_refused
from comity.errors import EventError

STRETCH = 400 * DAY
"""Runs are computed and kept for one stretch of this length at a time."""
_STEP = 12 * HOUR
_REACH = 26 * HOUR
"""More than any offset from UTC, and more than any change of an offset."""
_OFFSET = re.compile(r"([+-])(\d\d):?([0-5]\d)")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class OffsetRun(NamedTuple):
    """A stretch of time in which a zone's offset from UTC does not change."""

    start: int
    """First instant."""
    end: int
    """The instant after the last one."""
    offset: int
    """Wall clock minus UTC, in microseconds."""
    floor_day: int
    """The latest local day that had begun before the run."""


class Zone:
    """One time zone: an IANA name or a fixed offset. Zones with the same name are equal."""

    __slots__ = ("_day_starts", "_plain", "_recent", "_stretches", "_tz", "name")

    def __init__(self, name: str, tz: dt.tzinfo) -> None:
        self.name = name
        self._tz = tz
        self._stretches: dict[int, tuple[list[int], list[OffsetRun]]] = {}
        self._plain = (0, 0, 0)
        self._day_starts: dict[int, int] = {}
        self._recent = OffsetRun(0, 0, 0, 0)

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Zone) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def run(self, instant: int) -> OffsetRun:
        """Return the run that holds an instant."""
        starts, runs = self._stretches.get(instant // STRETCH) or self._stretch(instant // STRETCH)
        return runs[0] if len(runs) == 1 else runs[bisect_right(starts, instant) - 1]

    def wall(self, instant: int) -> int:
        """Return what the wall clock shows, in microseconds since 1970-01-01T00:00 on that clock."""
        return instant + self.run(instant).offset

    def local_day(self, instant: int) -> int:
        """Return the latest local day that has begun (0 is 1970-01-01); it never decreases as time passes."""
        run = self._recent
        if not run[0] <= instant < run[1]:
            run = self._recent = self.run(instant)
        day = (instant + run[2]) // DAY
        return max(run[3], day)

    def day_start(self, day: int) -> int:
        """Return the first instant at which the wall clock shows this day or a later one."""
        start = self._day_starts.get(day)
        if start is None:
            if len(self._day_starts) > 100_000:
                self._day_starts.clear()
            wall = day * DAY
            run = self.run(wall - _REACH)
            while run.end + run.offset <= wall:
                run = self.run(run.end)
            start = self._day_starts[day] = max(run.start, wall - run.offset)
        return start

    def wall_to_instant(self, wall: int) -> tuple[int, Literal["exact", "gap", "fold"]]:
        """Find the instant at which the wall clock shows this time.

        A time in a gap moves forward by the gap. For a repeated time it is the first occurrence.
        """
        low, high, offset = self._plain
        if low <= wall < high:
            return wall - offset, "exact"
        run = before = self.run(wall - _REACH)
        while run.end + run.offset <= wall:
            before, run = run, self.run(run.end)
        self._plain = (run.start + run.offset + _REACH, run.end + run.offset - _REACH, run.offset)
        if wall - run.offset < run.start:
            return wall - before.offset, "gap"
        after = self.run(run.end)
        return wall - run.offset, "fold" if after.start + after.offset <= wall else "exact"

    def _stretch(self, number: int) -> tuple[list[int], list[OffsetRun]]:
        """Find the runs of one stretch, with a margin before it for the local days already begun."""
        first, last = number * STRETCH, (number + 1) * STRETCH
        changes = [(first - 2 * DAY, self._offset(first - 2 * DAY))]
        for sample in range(first - 2 * DAY + _STEP, last + _STEP, _STEP):
            offset = self._offset(sample)
            if offset != changes[-1][1]:
                changes.append((self._change(sample - _STEP, sample), offset))
        runs: list[OffsetRun] = []
        floor_day = (changes[0][0] + changes[0][1]) // DAY - 1
        for (start, offset), (end, _) in zip(changes, [*changes[1:], (last, 0)], strict=True):
            if end > first and start < last:
                runs.append(OffsetRun(max(start, first), min(end, last), offset, floor_day))
            floor_day = max(floor_day, (end + offset - 1) // DAY)
        if floor_day_at_first := [r for r in runs if r.start == first]:
            run = floor_day_at_first[0]
            runs[0] = run._replace(floor_day=max(run.floor_day, (first - 1 + self._offset(first - 1)) // DAY))
        stretch = ([run.start for run in runs], runs)
        self._stretches[number] = stretch
        return stretch

    def _change(self, low: int, high: int) -> int:
        """Find the second between two instants at which the offset changes."""
        old = self._offset(low)
        while high - low > SECOND:
            middle = (low + high) // 2 // SECOND * SECOND
            if self._offset(middle) == old:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, instant: int) -> int:
        within = min(max(instant, MIN_INSTANT + 2 * DAY), MAX_INSTANT - 2 * DAY)
        offset = (_EPOCH + dt.timedelta(seconds=within // SECOND)).astimezone(self._tz).utcoffset()
        return 0 if offset is None else offset // dt.timedelta(microseconds=1)


@lru_cache(maxsize=4096)
def find_zone(name: str) -> Zone:
    """Find a zone by its IANA name or an offset such as `+05:30`; raises EventError for any other text."""
    fixed = _OFFSET.fullmatch(name)
    if fixed and int(fixed[2]) < 24:
        minutes = (60 * int(fixed[2]) + int(fixed[3])) * (-1 if fixed[1] == "-" else 1)
        return Zone(name, dt.timezone(dt.timedelta(minutes=minutes)))
    if not is_refused(name):
        try:
            return Zone(name, zoneinfo.ZoneInfo(name))
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise EventError(f"`{name}` is not a time zone: {advice(name)}")


@lru_cache(maxsize=4096)
def find_zones(text: str) -> tuple[Zone, ...]:
    """Find one or several zones, with spaces between them; raises EventError if one is unknown."""
    names = text.split()
    if text and not names:
        raise EventError(f"`{text}` is not a time zone: leave it out where it is not known")
    try:
        return tuple([find_zone(name) for name in names])
    except EventError:
        if len(names) > 1 and "did you mean" in (hint := advice(text)):
            raise EventError(f"`{text}` is not a time zone: {hint}") from None
        raise


UTC = find_zone("UTC")
