"""Making the table of stretches: comity's own clocks, so that SQL sees no zone, no date and no interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from comity.clock.instants import DAY
from comity.clock.zones import Zone
from comity.plan import Hours, Span
from comity.plan.time.opening import OpenSpan
from comity.records import frozen
from comity.sql.clocks import Clock, Clocks
from comity.sql.stretches.day_clocks import cuts, of_days, within
from comity.sql.stretches.open_time import OpenTime
from comity.sql.stretches.zone_days import ZoneDays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@frozen(eq=False)
class Stretches:
    """The stretches of all zones; `begins` is inclusive and `ends` exclusive, in microseconds UTC."""

    zones: list[str]
    """The text of each row as events have it in their zone field, empty for none."""
    days: Ints
    """UTC days (0 is 1970-01-01)."""
    begins: Ints
    ends: Ints
    clocks: Mapping[str, Ints]
    """By the name of the column: what each clock shows, at the beginning of the stretch if it moves."""

    def __len__(self) -> int:
        return len(self.zones)


def make_stretches(clocks: Clocks, days: Mapping[str, Ints]) -> Stretches:
    """Return the stretches of the UTC days on which events of each zone text lie; the days are ascending.

    Raises EventError for a text that is not a zone.
    """
    parts = [_of_zone(clocks, text, each) for text, each in sorted(days.items()) if len(each)]
    zones = [text for text, begins, _, _ in parts for _ in range(len(begins))]
    begins = np.concatenate([part[1] for part in parts] or [np.zeros(0, np.int64)])
    ends = np.concatenate([part[2] for part in parts] or [np.zeros(0, np.int64)])
    columns = {
        name: np.concatenate([part[3][name] for part in parts] or [np.zeros(0, np.int64)])
        for name in column_names(clocks)
    }
    return Stretches(zones, begins // DAY, begins, ends, columns)


def column_names(clocks: Clocks) -> list[str]:
    """Return the columns of the clocks; one that may move within a stretch has a second, whether it does."""
    return [
        name
        for clock, column in clocks.names.items()
        for name in ((column, f"{column}_moves") if clock.moves else (column,))
    ]


def _of_zone(clocks: Clocks, text: str, days: Ints) -> tuple[str, Ints, Ints, dict[str, Ints]]:
    makers = _Makers(days)
    edges = [days * DAY]
    edges += [makers.edges(clock, zone) for clock in clocks.names for zone in _zones(clock, text)]
    begins = np.unique(np.concatenate(edges))
    begins = begins[np.isin(begins // DAY, days)]
    ends = np.minimum(np.append(begins[1:], begins[-1:] + DAY), (begins // DAY + 1) * DAY)
    columns: dict[str, Ints] = {}
    for clock, name in clocks.names.items():
        columns[name] = makers.values(clock, _zones(clock, text), begins)
        if isinstance(clock.of, OpenSpan):
            opening = makers.opening(_zones(clock, text)[0], clock.of)
            since = begins - 1 if clock.what == "cut" else begins
            columns[f"{name}_moves"] = opening.is_open(since).astype(np.int64)
    return text, begins, ends, columns


def _zones(clock: Clock, text: str) -> tuple[Zone, ...]:
    zones = clock.reading.zones(text)
    return zones if isinstance(clock.of, Hours) else zones[:1]


class _Makers:
    """What is worked out once for the days of a zone text."""

    def __init__(self, days: Ints) -> None:
        self._days = days
        self._zones: dict[Zone, ZoneDays] = {}
        self._openings: dict[tuple[Zone, object], OpenTime] = {}

    def zone(self, zone: Zone) -> ZoneDays:
        """Return a zone on these days."""
        if zone not in self._zones:
            self._zones[zone] = ZoneDays(zone, self._days)
        return self._zones[zone]

    def opening(self, zone: Zone, span: OpenSpan) -> OpenTime:
        """Return the opening of the calendar of a span around these days."""
        key = zone, span.calendar
        if key not in self._openings:
            first, last = int(self._days[0]) * DAY, (int(self._days[-1]) + 1) * DAY
            self._openings[key] = OpenTime(zone, span.calendar, first, last)
        return self._openings[key]

    def edges(self, clock: Clock, zone: Zone) -> Ints:
        """Return the instants at which a clock may change how it goes on."""
        match clock.of:
            case Hours() as hours:
                return self.zone(zone).edges(hours.open_on)
            case OpenSpan() as span:
                opening = self.opening(zone, span)
                bounds = np.concatenate((opening.begins, opening.ends))
                if clock.what in ("leave", "due"):
                    return np.concatenate((bounds, opening.leave_edges(span)))
                edges = np.concatenate((bounds, opening.start_edges(span)))
                return edges + 1 if clock.what == "cut" else edges
            case _:
                return self.zone(zone).turns()

    def values(self, clock: Clock, zones: tuple[Zone, ...], begins: Ints) -> Ints:
        """Return what a clock shows at the beginnings of stretches."""
        if isinstance(clock.of, Hours):
            met = np.ones(len(begins), np.bool_)
            for zone in zones:
                met &= self.zone(zone).is_open(begins, clock.of.open_on)
            return met.astype(np.int64)
        if not zones:  # No rule asks for a local clock of an event without a zone.
            return np.zeros(len(begins), np.int64)
        (zone,) = zones
        if isinstance(clock.of, OpenSpan):
            return self._of_opening(clock, clock.of, zone, begins)
        days = self.zone(zone).local_days(begins)
        match clock.of:
            case None:
                return days
            case Span() as span if clock.what == "cut":
                return cuts(zone, days, span)
            case Span() as span:
                return of_days(zone, days, _function(clock, span))
            case dates:
                return within(days, dates)

    def _of_opening(self, clock: Clock, span: OpenSpan, zone: Zone, begins: Ints) -> Ints:
        opening = self.opening(zone, span)
        if clock.what in ("leave", "due"):
            return opening.leave(span, begins)
        # What has passed at an instant is what was over a microsecond before.
        return opening.start(span, begins - 1 if clock.what == "cut" else begins)


def _function(clock: Clock, span: Span) -> Callable[[Zone, int], int]:
    return {"start": span.start, "leave": span.leave, "due": span.deadline}[clock.what]
