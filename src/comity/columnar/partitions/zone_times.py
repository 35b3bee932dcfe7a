"""Zones and spans over columns of instants: the functions of the plan, called once for each local day."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Literal

import numpy as np

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT
from comity.clock.zones import Zone, find_zones
from comity.columnar.arrays import Codes, Ints
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columns.zone_runs import column, longest_row, runs_in, stretches_of
from comity.plan import Span
from comity.plan.time.opening import OpenSpan
from comity.records import frozen

MOST_DAYS = 1 << 16
"""How many days in a row a table covers; if a log covers more, the distinct days are asked one by one."""
_APART = 400
"""A gap of so many days without an event is not worth extending a table."""
DayFunction = Callable[[int], int]
SpanMethod = Literal["start", "leave", "deadline"]
"""The method of a span that is called."""


class DayTable:
    """A function of local days that is called once for each day."""

    def __init__(self, function: DayFunction) -> None:
        self._function = function
        self._first = 0
        self._values: Ints = np.zeros(0, np.int64)
        self._lock = Lock()

    def __call__(self, days: Ints) -> Ints:
        """Return the values of many days."""
        if not len(days):
            return days
        low, high = int(days.min()), int(days.max())
        with self._lock:
            first, values = self._first, self._values
        if first <= low and high < first + len(values):
            return values[days - first]
        if high - low >= min(MOST_DAYS, _APART + 4 * len(days)):
            distinct, inverse = np.unique(days, return_inverse=True)
            return np.array([self._function(day) for day in distinct.tolist()], np.int64)[inverse]
        with self._lock:
            if not (self._first <= low and high < self._first + len(self._values)):
                self._widen(low, high)
            first, values = self._first, self._values
        return values[days - first]

    def _widen(self, low: int, high: int) -> None:
        if len(self._values):
            last = self._first + len(self._values) - 1
            wider = min(low, self._first), max(high, last)
            if wider[1] - wider[0] < 4 * MOST_DAYS and max(low - last, self._first - high) < _APART:
                low, high = wider
        self._first = low
        self._values = np.array([self._function(day) for day in range(low, high + 1)], np.int64)


class ZoneTimes:
    """One zone's wall clock and local days for columns of instants."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self._bounds: tuple[int, int] = (0, 0)
        """Instants between which every run is known."""
        self._stretches: set[int] = set()
        self._starts: Ints = np.zeros(0, np.int64)
        self._ends: Ints = np.zeros(0, np.int64)
        self._offsets: Ints = np.zeros(0, np.int64)
        self._floors: Ints = np.zeros(0, np.int64)
        self._lock = Lock()
        self.day_start = DayTable(zone.day_start)

    def _runs(self, instants: Ints) -> tuple[Ints, Ints]:
        """Return for each instant the offset and the latest day begun before the run."""
        low, high = int(instants.min()), int(instants.max())
        with self._lock:
            if not (self._bounds[0] <= low and high < self._bounds[1]):
                self._find(stretches_of(instants))
            starts, offsets, floors = self._starts, self._offsets, self._floors
        if len(starts) == 1:
            return offsets, floors
        index = np.searchsorted(starts, instants, "right") - 1
        return offsets[index], floors[index]

    def _find(self, stretches: list[int]) -> None:
        """Look up the runs of some stretches, unless they are known."""
        if self._stretches.issuperset(stretches):
            return
        self._stretches.update(stretches)
        numbers = sorted(self._stretches)
        runs = runs_in(self.zone, numbers)
        self._starts, self._ends = column(runs, "start"), column(runs, "end")
        self._offsets, self._floors = column(runs, "offset"), column(runs, "floor_day")
        self._bounds = longest_row(numbers)

    def local_days(self, instants: Ints) -> Ints:
        """Return the latest local days begun."""
        if not len(instants):
            return instants
        offsets, floors = self._runs(instants)
        days: Ints = np.maximum((instants + offsets) // DAY, floors)
        return days

    def run_ends(self, instants: Ints) -> Ints:
        """Return when the offset of each instant changes next."""
        self._runs(instants)
        with self._lock:
            starts, ends = self._starts, self._ends
        found: Ints = ends[np.searchsorted(starts, instants, "right") - 1]
        return found

    def walls(self, instants: Ints) -> Ints:
        """Return what the wall clock shows, in microseconds since 1970-01-01 00:00 of local time."""
        if not len(instants):
            return instants
        walls: Ints = instants + self._runs(instants)[0]
        return walls


class AuditTimes:
    """The zones and spans of an audit, shared by its partitions."""

    def __init__(self) -> None:
        self._zones: dict[Zone, ZoneTimes] = {}
        self._tables: dict[tuple[SpanMethod, Span, Zone], DayTable] = {}
        self._lock = Lock()

    def zone(self, zone: Zone) -> ZoneTimes:
        """Return a zone's times."""
        with self._lock:
            return self._zones.setdefault(zone, ZoneTimes(zone))

    def table(self, what: SpanMethod, span: Span, zone: Zone) -> DayTable:
        """Return a span's first instant (`start`), end (`leave`) or deadline by local day."""
        with self._lock:
            found = self._tables.get((what, span, zone))
            if found is None:
                ask = _asking(what, span)
                found = self._tables[what, span, zone] = DayTable(lambda day: ask(zone, zone.day_start(day)))
            return found


@frozen(eq=False)
class Zoned:
    """The zone of each row of a partition."""

    times: AuditTimes
    zones: tuple[Zone | None, ...]
    which: Codes | None = None
    """For each row, the index of its zone; None if all rows have the first zone."""

    def of(self, rows: Ints) -> tuple[tuple[Zone | None, Ints | slice], ...]:
        """Return rows (indices of the partition) by zone: each zone with the places of its rows."""
        if self.which is None:
            return ((self.zones[0], slice(None)),)
        which = self.which[rows]
        return tuple(
            (self.zones[number], np.flatnonzero(which == number)) for number in np.unique(which).tolist()
        )

    def zone_of(self, rows: Ints) -> list[Zone | None]:
        """Return the zone of each row."""
        if self.which is None:
            return [self.zones[0]] * len(rows)
        return [self.zones[number] for number in self.which[rows].tolist()]

    def local_days(self, rows: Ints, instants: Ints) -> Ints:
        """Return the local days of instants, each read in the zone of its row."""
        return self._apply(rows, instants, lambda zone, at: self.times.zone(_known(zone)).local_days(at))

    def day_start(self, rows: Ints, day: int) -> Ints:
        """Return the first instants of one local day, in the zone of each row."""
        found = np.empty(len(rows), np.int64)
        for zone, places in self.of(rows):
            found[places] = _known(zone).day_start(day)
        return found

    def start(self, span: Span, rows: Ints, instants: Ints) -> Ints:
        """Return the first instants within a span, looking back from these."""
        if span.clock is None:
            return instants - (span.count - 1)
        return self._ask("start", span, rows, instants)

    def leave(self, span: Span, rows: Ints, instants: Ints) -> Ints:
        """Return the first instants from which the span, looking back, no longer holds these."""
        return instants + span.count if span.clock is None else self._ask("leave", span, rows, instants)

    def deadline(self, span: Span, rows: Ints, instants: Ints) -> Ints:
        """Return the last instants of deadlines that run from these."""
        return instants + span.count if span.clock is None else self._ask("deadline", span, rows, instants)

    def deadline_after(self, span: Span, rows: Ints, instants: Ints, ticks: Ints) -> Ints:
        """Return the last instants of deadlines that run from these, each so many ticks further."""
        if span.clock is None:
            return instants + span.count + ticks
        if not ticks.any():
            return self.deadline(span, rows, instants)
        found = np.empty(len(instants), np.int64)
        for further in np.unique(ticks).tolist():
            places = np.flatnonzero(ticks == further)
            found[places] = self.deadline(span.extended(further), rows[places], instants[places])
        return found

    def ticks(self, span: Span, rows: Ints, earlier: Ints, later: Ints) -> Ints:
        """Return how much of a span's clock passes between instants, each read in the zone of its row."""
        if span.clock is None:
            return later - earlier
        return self.each(span.ticks, rows, earlier, later)

    def each(self, ask: Callable[..., int], rows: Ints, *columns: Ints) -> Ints:
        """Ask for each row, of which there are few, with its zone and a number of each column."""
        found = np.empty(len(rows), np.int64)
        for zone, places in self.of(rows):
            values = zip(*(column[places].tolist() for column in columns), strict=True)
            found[places] = [ask(zone, *row) for row in values]
        return found

    def passed_up_to(self, span: Span, rows: Ints, instants: Ints, low: int, high: int) -> Ints:
        """Return the last instants from `low` to `high` whose deadlines have passed, or one before `low`."""
        if span.clock is None:
            return instants - (span.count + 1)
        if isinstance(span, OpenSpan):
            return self._ask("start", span, rows, instants - 1) - 1

        def of_zone(zone: Zone | None, at: Ints) -> Ints:
            # INVARIANT: deadlines never go back, so that the days whose deadlines have passed come first.
            times, table = self.times.zone(_known(zone)), self.times.table("deadline", span, _known(zone))
            first, last = times.local_days(np.array([low, high], np.int64)).tolist()
            if last - first < MOST_DAYS:
                deadlines = table(np.arange(first, last + 1))
                return times.day_start(first + np.searchsorted(deadlines, at, "left")) - 1
            # INVARIANT: a deadline is the end of a local day, so that all instants of a day give the same.
            days, inverse = np.unique(times.local_days(at), return_inverse=True)
            begun = times.day_start(days)
            surely = np.array([span.surely_passed(instant) for instant in begun.tolist()], np.int64)
            passed = np.clip(times.local_days(surely) + 1, first, last + 1)
            beyond = np.maximum(np.minimum(days, last + 1), passed)
            while (open_ := np.flatnonzero(passed < beyond)).size:
                middle = (passed[open_] + beyond[open_]) // 2
                over = table(middle) < begun[open_]
                passed[open_[over]], beyond[open_[~over]] = middle[over] + 1, middle[~over]
            return times.day_start(passed)[inverse.reshape(-1)] - 1

        return self._apply(rows, instants, of_zone)

    def _ask(self, what: SpanMethod, span: Span, rows: Ints, instants: Ints) -> Ints:
        """Call a span once for each local day; a span of business hours once for each distinct instant."""

        def of_zone(zone: Zone | None, at: Ints) -> Ints:
            if isinstance(span, OpenSpan):
                distinct, inverse = np.unique(at, return_inverse=True)
                ask = _asking(what, span)
                found: Ints = np.array([ask(zone, instant) for instant in distinct.tolist()], np.int64)
                return found[inverse.reshape(-1)]
            days = self.times.zone(_known(zone)).local_days(at)
            return self.times.table(what, span, _known(zone))(days)

        return self._apply(rows, instants, of_zone)

    def _apply(self, rows: Ints, instants: Ints, function: Callable[[Zone | None, Ints], Ints]) -> Ints:
        parts = self.of(rows)
        if len(parts) == 1 and isinstance(parts[0][1], slice):
            return function(parts[0][0], instants)
        found = np.empty(len(instants), np.int64)
        for zone, places in parts:
            found[places] = function(zone, instants[places])
        return found


def _asking(what: SpanMethod, span: Span) -> Callable[[Zone | None, int], int]:
    return {"start": span.start, "leave": span.leave, "deadline": span.deadline}[what]


def _known(zone: Zone | None) -> Zone:
    assert zone is not None, "INVARIANT: lowering refuses local clocks without a zone"
    return zone


def zoned(times: AuditTimes, partition: SortedPartition, own: Zone | None, default: Zone | None) -> Zoned:
    """Return the zone of each row: that of the rule, else the first of the event, else the default."""
    if own is not None or not partition.has("zone"):
        return Zoned(times, (own or default,))
    texts = partition.scanner.zones.values
    firsts = [default if text is None else find_zones(text)[0] for text in texts]
    zones = tuple(dict.fromkeys(firsts))
    table = np.array([zones.index(zone) for zone in firsts], np.int32)
    return Zoned(times, zones, table[partition.column("zone")])


def clamp(instants: Ints) -> Ints:
    """Move instants outside the years 1 to 9999 to the nearest inside."""
    return np.clip(instants, MIN_INSTANT, MAX_INSTANT)
