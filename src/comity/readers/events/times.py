"""Columns of texts as columns of instants."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from comity.clock.instants import (
    DAY,
    EPOCH_ORDINAL,
    HOUR,
    MAX_INSTANT,
    MIN_INSTANT,
    Precision,
    check_range,
    parse_iso,
)
from comity.clock.iso_times import are_plain, is_number, is_serial
from comity.clock.zones import Zone, find_zone
from comity.errors import EventError
from comity.readers.events.cells import Bad, Cells, shown, translate
from comity.readers.mapping.mapping import UNITS, FieldRule
from comity.readers.mapping.patterns import NamedZones, Pattern, is_pattern
from comity.records import define

_EXPONENT: Final = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d{1,2}", re.ASCII)
_EPOCH: Final = dt.datetime(1970, 1, 1)
_EPOCH_UTC: Final = _EPOCH.replace(tzinfo=dt.UTC)
_MICROSECOND: Final = dt.timedelta(microseconds=1)
MARGIN: Final = 26 * HOUR
"""Microseconds; local times this far from a change of offset are neither skipped nor repeated by it."""
_LONGEST: Final = 100
_DATE: Final = len("2025-03-01")
_NO_ZONE: Final = "has no offset: give the zone with --timezone or the mapping's `at.timezone`"


@define
class ColumnTimes:
    """Instants of a column (0 for unreadable ones), and the indices of the times that a report counts."""

    instants: list[int]
    moved: Collection[int] = ()
    repeated: Collection[int] = ()
    dates: Collection[int] = ()


class TimeColumn:
    """Reads the cells of one rule for `at`."""

    def __init__(self, rule: FieldRule, timezone: Zone | None) -> None:
        self._rule = rule
        self._zone = timezone
        self._format = rule.format or "iso"
        zones = {name: find_zone(zone) for name, zone in (rule.zones or {}).items()}
        self._names = NamedZones(zones)
        self._pattern = Pattern(self._format, zones) if is_pattern(self._format) else None

    def read(self, cells: Cells, bad: Bad) -> ColumnTimes:
        """Return the instants; `bad` gets the rows whose time cannot be read."""
        if cells.precision is not None and self._rule.values is None and self._rule.default is None:
            return self._typed(cells.raw, cells.precision, bad)
        texts = translate(self._rule, cells.texts(bad, "at"))
        if cells.precision is not None:
            return self._each(texts, parse_iso, bad)
        if self._format in UNITS:
            return ColumnTimes(_unix(texts, UNITS[self._format], bad))
        if self._pattern is not None:
            return self._each(texts, self._pattern.read, bad)
        if self._rule.zones:
            return self._each(texts, self._named, bad)
        return self._iso(texts, bad)

    def _typed(self, cells: Sequence[int | None], precision: Precision, bad: Bad) -> ColumnTimes:
        walls: list[int] = []
        for index, cell in enumerate(cells):
            if cell is None:
                bad.setdefault(index, _missing(self._rule))
            walls.append(cell or 0)
        if precision == "instant":
            return ColumnTimes(_in_range(walls, bad))
        times = self._local(walls, None, bad)
        if precision == "date":
            times.dates = range(len(walls))
        return times

    def _iso(self, texts: list[str], bad: Bad) -> ColumnTimes:
        """Read a plain column at once, and any other column one text after another with `parse_iso`."""
        if not texts or not are_plain(texts):
            return self._each(texts, parse_iso, bad)
        try:
            if set(map(len, texts)) == {_DATE}:
                dates = {text: dt.date.fromisoformat(text).toordinal() for text in set(texts)}
                days = [(dates[text] - EPOCH_ORDINAL) * DAY for text in texts]
                times = self._local(days, texts, bad)
                times.dates = range(len(texts))
                return times
            found = list(map(dt.datetime.fromisoformat, texts))
        except ValueError:
            return self._each(texts, parse_iso, bad)
        zones = {value.tzinfo for value in found}
        if zones == {None} and min(map(len, texts)) > _DATE:
            return self._local([(value - _EPOCH) // _MICROSECOND for value in found], texts, bad)
        if None in zones:
            return self._each(texts, parse_iso, bad)
        return ColumnTimes(_in_range([(value - _EPOCH_UTC) // _MICROSECOND for value in found], bad))

    def _each(self, texts: list[str], parse: Callable[[str], tuple[int, Precision]], bad: Bad) -> ColumnTimes:
        instants: list[int] = []
        local: list[int] = []
        dates: list[int] = []
        for index, text in enumerate(texts):
            try:
                micros, precision = self._parse(text, parse)
            except EventError as error:
                bad.setdefault(index, str(error))
                micros, precision = 0, "instant"
            instants.append(micros)
            if precision != "instant":
                local.append(index)
            if precision == "date":
                dates.append(index)
        bad_local: Bad = {}
        times = self._local([instants[i] for i in local], [texts[i] for i in local], bad_local)
        for index, reason in bad_local.items():
            bad.setdefault(local[index], reason)
        for index, instant in zip(local, times.instants, strict=True):
            instants[index] = instant
        moved, repeated = [local[i] for i in times.moved], [local[i] for i in times.repeated]
        return ColumnTimes(_in_range(instants, bad), moved, repeated, dates)

    def _parse(self, text: str, parse: Callable[[str], tuple[int, Precision]]) -> tuple[int, Precision]:
        if not text:
            raise EventError(_missing(self._rule))
        if len(text) > _LONGEST:
            raise EventError(f"{shown(text)} is not a date and time")
        try:
            return parse(text)
        except EventError as error:
            if is_number(text) and not is_serial(float(text)):
                hint = "state its unit as the mapping's `at.format`: `unix`, `unix-ms` or `unix-us`"
                raise EventError(f"{shown(text)} is a number: {hint}") from None
            raise EventError(str(error).replace(f"`{text}`", shown(text))) from None

    def _named(self, text: str) -> tuple[int, Precision]:
        """Read an ISO 8601 text that may end in a name which the mapping defines."""
        rest, zone = self._names.split(text)
        micros, precision = parse_iso(rest if zone is not None and len(rest) > _DATE else text)
        return (micros, precision) if zone is None else (zone.wall_to_instant(micros)[0], "instant")

    def _local(self, walls: list[int], texts: list[str] | None, bad: Bad) -> ColumnTimes:
        """Return the instants of local times (microseconds as a wall clock shows them)."""
        if not walls:
            return ColumnTimes([])
        zone = self._zone
        if zone is None:
            for index in range(len(walls)):
                what = shown(texts[index]) if texts else "the time"
                bad.setdefault(index, f"{what} {_NO_ZONE}")
            return ColumnTimes([0] * len(walls))
        walls = _in_range(walls, bad)
        low, high = min(walls), max(walls)
        run = zone.run(low)
        if run.start + run.offset + MARGIN <= low and high < run.end + run.offset - MARGIN:
            offset = run.offset
            return ColumnTimes(_in_range([wall - offset for wall in walls], bad))
        found = list(map(zone.wall_to_instant, walls))
        moved = [index for index, (_, how) in enumerate(found) if how == "gap"]
        repeated = [index for index, (_, how) in enumerate(found) if how == "fold"]
        return ColumnTimes(_in_range([instant for instant, _ in found], bad), moved, repeated)


def _missing(rule: FieldRule) -> str:
    return "`at` is empty" + (f" (column `{rule.column}`)" if rule.column not in (None, "at") else "")


def _in_range(instants: list[int], bad: Bad) -> list[int]:
    if instants and (min(instants) < MIN_INSTANT or max(instants) > MAX_INSTANT):
        for index, instant in enumerate(instants):
            try:
                check_range(instant)
            except EventError as error:
                bad.setdefault(index, str(error))
                instants[index] = 0
    return instants


def _unix(texts: list[str], unit: int, bad: Bad) -> list[int]:
    joined = "".join(texts)
    if joined.isascii() and joined.isdigit() and "" not in texts and max(map(len, texts)) < 40:
        return _in_range([number * unit for number in map(int, texts)], bad)
    instants = []
    for index, text in enumerate(texts):
        instant = 0
        if not text:
            bad.setdefault(index, "`at` is empty")
        elif len(text) >= 40 or not (is_number(text) or _EXPONENT.fullmatch(text)):
            bad.setdefault(index, f"{shown(text)} is not a Unix time: digits, with or without a fraction")
        else:
            try:
                instant = int(Decimal(text) * unit)
            except (InvalidOperation, ValueError):
                bad.setdefault(index, f"{shown(text)} is not a Unix time")
        instants.append(instant)
    return _in_range(instants, bad)
