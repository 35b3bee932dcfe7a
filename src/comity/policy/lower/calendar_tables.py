"""Lowering calendars: tables of a policy, and codes of countries and their subdivisions."""

from __future__ import annotations

from collections.abc import Mapping

from comity.clock.instants import DAY
from comity.documents import Origin, Path
from comity.errors import suggest
from comity.plan import Calendar
from comity.plan.time.calendars import WEEKDAYS, Opening, check_country
from comity.policy.lower.noting import NoteFault
from comity.policy.model import CalendarTable, OpeningTable
from comity.policy.types import time_micros


class CalendarTables:
    """Finds the calendars that a policy names; makes each only once."""

    def __init__(
        self, tables: Mapping[str, CalendarTable], broken: frozenset[Path], fault: NoteFault
    ) -> None:
        """Take the tables, the paths of those that have faults already, and what notes further faults."""
        self._tables = tables
        self._broken = broken
        self._fault = fault
        self._made: dict[str, Calendar | None] = {}

    def find(self, name: str, path: Path, origin: Origin | None = None) -> Calendar | None:
        """Find a calendar: a table of the policy first, then a country or subdivision code."""
        if name not in self._made:
            self._made[name] = self._make(name, path, origin)
        return self._made[name]

    def _make(self, name: str, path: Path, origin: Origin | None) -> Calendar | None:
        table = self._tables.get(name)
        if table is None:
            if ("calendars", name) in self._broken:
                return None
            near = suggest(name, self._tables)
            trouble = check_country(name)
            if trouble:
                self._fault(
                    "unknown-name",
                    f"no calendar is called `{name}`: {trouble}" if near else trouble,
                    path,
                    near,
                    origin=origin,
                )
                return None
            return Calendar(country=name)
        base = ("calendars", name)
        if set(table.weekend) == set(WEEKDAYS):
            self._fault("bad-value", "a weekend of seven days leaves no business day", (*base, "weekend"))
            return None
        if table.holidays is not None and (trouble := check_country(table.holidays)):
            self._fault("unknown-name", trouble, (*base, "holidays"))
            return None
        weekend = frozenset(WEEKDAYS.index(day) for day in table.weekend)
        opening = tuple(
            self._opening(each, weekend, (*base, "hours", i)) for i, each in enumerate(table.hours)
        )
        return Calendar(
            weekend, WEEKDAYS.index(table.week_starts), frozenset(table.dates), table.holidays, opening
        )

    def _opening(self, table: OpeningTable, weekend: frozenset[int], path: Path) -> Opening:
        start, end = time_micros(table.from_), time_micros(table.to)
        if start in (end, DAY):
            self._fault("bad-value", "opening hours that end when they begin hold no time", path)
        named = table.days if table.days is not None else ()
        if table.days is not None and not table.days:
            self._fault("bad-value", "an empty list holds no day", (*path, "days"))
        days = frozenset(WEEKDAYS.index(day) for day in named) or frozenset(range(7)) - weekend
        return Opening(days, start, end)
