"""What a report says of the whole log: counted by the database, and read by comity value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from comity.clock.eras import EARLY, LATE, YEAR, Eras
from comity.clock.zone_names import fixed_in
from comity.databases.connections.connection import quoted_column
from comity.databases.events_table import READ, REJECTED
from comity.databases.log_table import COPY, ROW, LogTable
from comity.databases.value_tables import read_rows, sample_of
from comity.events.census import Census, Signature, census_of
from comity.events.event import Event
from comity.plan import Plan
from comity.texts.near import Near, find_near, near_texts

_EVENTS_ONLY = f"{ROW} NOT IN (SELECT {ROW} FROM {REJECTED})"


def eras_of(log: LogTable) -> Eras:
    """Count the years of the events."""
    eras, at = Eras(), '"at"'
    early, late = f"{at} >= 0 AND {at} < {EARLY}", f"{at} >= {LATE}"
    summed = f"COUNT(*), MIN({at}), MAX({at})"
    for condition, add in ((early, eras.add_early), (late, eras.add_late)):
        ((count, first, last),) = log.connection.rows(f"SELECT {summed} FROM {READ} WHERE {condition}")
        if count:
            add(count, first if add == eras.add_early else last)
    year = log.connection.dialect.day_of(at, YEAR)
    rest = f"FROM {READ} WHERE NOT ({early}) AND NOT ({late}) GROUP BY {year} ORDER BY 1"
    for number, count, first, last in log.connection.rows(f"SELECT {year}, {summed} {rest}"):
        eras.add_year(number, count, first, last)
    return eras


def census_of_log(log: LogTable, *, outcomes: bool) -> Census:
    """Count what kinds of events there are, and which are repeated."""
    counts: Counter[Signature] = Counter()
    for event, count in _alike(log, ("kind", "channel", "direction", "outcome")):
        counts[event.kind, event.channel, event.direction, event.outcome] += count
    ((first, last),) = log.connection.rows(f'SELECT MIN("at"), MAX("at") FROM {READ}')
    if first is None:
        return Census()
    again, example = _repeated(log)
    return census_of(counts.items(), first, last, again, example, outcomes=outcomes)


def _alike(log: LogTable, fields: tuple[str, ...]) -> list[tuple[Event, int]]:
    """Return events that are alike in some fields once, and how many there are of each."""
    columns = dict.fromkeys(column.name for field in fields if (column := log.column(field)) is not None)
    sample = sample_of(log)
    if sample is None:
        return []
    import pyarrow as pa

    quoted = ", ".join(map(quoted_column, columns))
    grouped = (
        f'SELECT {quoted}{", " if columns else ""}COUNT(*) AS "comity_count" FROM {COPY} WHERE {_EVENTS_ONLY}'
    )
    table = log.connection.arrow(grouped + (f" GROUP BY {quoted}" if columns else ""))
    numbers = table["comity_count"].to_pylist()
    table = table.drop_columns(["comity_count"])
    for name, value in sample.items():
        if name not in columns:
            constant = (
                pa.repeat(value, len(numbers)) if value.is_valid else pa.nulls(len(numbers), value.type)
            )
            table = table.append_column(name, constant)
    return [(event, numbers[number - 1]) for number, event in read_rows(log, table).items()]


def _repeated(log: LogTable) -> tuple[int, str | None]:
    """Return how many events have the id, person and instant of an earlier one, and one of their ids."""
    column = log.column("id")
    if column is None:
        return 0, None
    identified = f"CAST({COPY}.{quoted_column(column.name)} AS {log.connection.dialect.text})"
    grouped = (
        f'SELECT {identified} AS "id", COUNT(*) - 1 AS "more" '
        f'FROM {COPY} JOIN {READ} ON {READ}."seq" = {COPY}.{ROW} '
        f"WHERE {identified} IS NOT NULL AND TRIM({identified}) <> '' "
        f'GROUP BY {identified}, {READ}."per_person", {READ}."at" HAVING COUNT(*) > 1'
    )
    rows = log.connection.rows(f'SELECT "id", "more" FROM ({grouped}) AS "again"')
    return sum(more for _, more in rows), min((name.strip() for name, _ in rows), default=None)


def near_of_log(log: LogTable, plan: Plan) -> dict[str, Near]:
    """Return the persons, actors and matters that probably mean the same."""
    persons = [text for (text,) in log.connection.rows(f'SELECT DISTINCT "per_person" FROM {READ}')]
    found: dict[str, Near | None] = {"person": find_near(persons)}
    for name in plan.identities():
        texts: set[str] = set()
        for event, _ in _alike(log, (name,)):
            value: Any = getattr(event, name)
            texts.update(value if name == "matter" else [] if value is None else [value])
        found[name] = find_near(texts)
    return near_texts(found)


def fixed_zones_of_log(log: LogTable, plan: Plan) -> Mapping[str, int]:
    """Return how many events have which own zone without summer time."""
    found: Counter[str] = Counter()
    if plan.reads_zones():
        for event, count in _alike(log, ("timezone",)):
            for name in fixed_in(event.timezone) if event.timezone else ():
                found[name] += count
    return plan.fixed_zones(found)
