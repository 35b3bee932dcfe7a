"""The table of all events: what comity reads of their fields, and what the clocks of the rules show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT
from comity.databases.connections.connection import ColumnType
from comity.databases.direct_columns import direct_columns
from comity.databases.log_table import COPY, ROW, LogTable
from comity.databases.value_tables import BAD, Reader, ValueTable, first_event, make_value_table, sample_of
from comity.errors import InputError
from comity.events.event import Event
from comity.events.fields import FIELDS
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.plan import Plan
from comity.plan.unread import joined_text
from comity.plan.values import is_unreadable
from comity.records import define
from comity.sql.compiler import EVENTS, MATTERS, Compiled
from comity.sql.dialects.dialect import Dialect
from comity.sql.read_values import ZONE, inputs_of, reader_of
from comity.sql.readings import MATTER, OwnValue, Reading, ScopeText
from comity.sql.stretches import make_stretches
from comity.sql.stretches.table import column_names

READ: Final = '"comity_read"'
REJECTED: Final = '"comity_rejected"'
STRETCHES: Final = '"comity_stretches"'
PERSON: Final = ScopeText("person")


@define(eq=False)
class _Wanted:
    """What is read out of some columns of the log, by its name."""

    types: dict[str, ColumnType] = attrs.field(factory=dict)
    readers: dict[str, Reader] = attrs.field(factory=dict)


def make_events(log: LogTable, compiled: Compiled, plan: Plan) -> int:
    """Make the table of events; returns how many there are.

    The table `comity_rejected` has the numbers of the rows that are no events. Raises InputError where
    events have dates without times, or lie in a zone or on a day that the table of stretches lacks.
    """
    sources = next((rule.zone_sources for rule in plan.rules if rule.zone_sources), NO_ZONE_SOURCES)
    compiled.readings.column(PERSON)
    sample = sample_of(log)
    direct = direct_columns(log)
    wanted = _wanted(log, compiled, plan, sources, direct)
    tables: list[ValueTable] = []
    constants: dict[str, Any] = {}
    for columns, each in wanted.items():
        if columns and sample is not None:
            tables.append(make_value_table(log, len(tables) + 1, columns, each.types, each.readers, sample))
        else:
            constants |= _constants(each, log, sample is None)
    _make_read(log, wanted, tables, constants, direct, empty=sample is None)
    _make_matters(log, compiled, sample)
    return _add_clocks(log, compiled)


def _wanted(
    log: LogTable, compiled: Compiled, plan: Plan, sources: ZoneSources, direct: Mapping[str, str]
) -> dict[tuple[str, ...], _Wanted]:
    """Return what is read, by the columns of the log that it is read of."""
    wanted: dict[tuple[str, ...], _Wanted] = defaultdict(_Wanted)
    channels = log.engine.plugins.channels

    def add(name: str, kind: ColumnType, inputs: Sequence[str], reader: Reader) -> None:
        fields = [
            field for each in inputs for field in ((ZONE, *sources.attributes) if each == ZONE else (each,))
        ]
        columns = [column.name for field in fields if (column := log.column(field)) is not None]
        key = wanted[tuple(sorted(set(columns)))]
        key.types[name], key.readers[name] = kind, reader

    def zone_of(event: Event) -> str:
        own = (event.timezone or "").strip()
        return own or " ".join(zone.name for zone in sources.of(event.attributes))

    def value_of(event: Event, name: str) -> Any:
        if name == ZONE:
            return zone_of(event) or None
        return getattr(event, name) if name in FIELDS else event.attributes.get(name)

    def reader(reading: Reading) -> Reader:
        read, inputs = reader_of(reading, channels), inputs_of(reading)
        return lambda event: read(*(value_of(event, name) for name in inputs))

    if "at" not in direct:
        add("at", "whole", ("at",), lambda event: event.at)
        add("date_only", "whole", ("at",), lambda event: int(event.date_only))
    add("zone", "text", (ZONE,), zone_of)
    # What no rule reads may still make a row no event.
    add("direction", "text", ("direction",), lambda event: event.direction)
    add("unread", "whole", _typed(plan), lambda event: int(_has_unread(event, plan)))
    for reading, name in compiled.readings.names.items():
        if name in direct:
            continue
        kind: ColumnType = "text" if isinstance(reading, ScopeText | OwnValue) else "whole"
        add(name, kind, inputs_of(reading), reader(reading))
    return wanted


def _typed(plan: Plan) -> tuple[str, ...]:
    return tuple(dict.fromkeys(field.name for _, field in plan.typed))


def _has_unread(event: Event, plan: Plan) -> bool:
    """Return whether a value is not of its declared type, or one text that seems to join several."""
    return any(is_unreadable(event.attributes.get(field.name), field) for _, field in plan.typed) or any(
        joined_text(event.attributes.get(field.name), whole) for _, field, whole in plan.several()
    )


def _constants(each: _Wanted, log: LogTable, empty: bool) -> dict[str, Any]:
    """Return what is read where no column is read at all: it is the same for every event."""
    if empty:
        return dict.fromkeys(each.readers)
    event = first_event(log)
    return {name: read(event) for name, read in each.readers.items()}


def _make_read(
    log: LogTable,
    wanted: dict[tuple[str, ...], _Wanted],
    tables: list[ValueTable],
    constants: dict[str, Any],
    direct: Mapping[str, str],
    *,
    empty: bool,
) -> None:
    dialect = log.connection.dialect
    chosen = [f'{COPY}.{ROW} AS "seq"']
    for columns, each in wanted.items():
        made = next((table for table in tables if table.columns == columns), None)
        for name in each.readers:
            if made is not None:
                chosen.append(f'{made.values}."{name}"')
            else:
                value = constants[name]
                text = (
                    "NULL"
                    if value is None
                    else dialect.literal(value)
                    if isinstance(value, str)
                    else str(value)
                )
                chosen.append(f'{text} AS "{name}"')
    chosen += [f'{expression} AS "{name}"' for name, expression in direct.items()]
    joins = " ".join(table.join(dialect.same) for table in tables)
    lacking = [f"{expression} IS NULL" for name, expression in direct.items()]
    bad = " OR ".join([*(f"{table.values}.{BAD} = 1" for table in tables), *lacking])
    bad = "1 = 1" if empty else bad or "1 = 0"
    rows = f"FROM {COPY} {joins} WHERE"
    log.connection.run(f"CREATE TEMP TABLE {REJECTED} AS SELECT {COPY}.{ROW} {rows} {bad}")
    log.connection.run(f"CREATE TEMP TABLE {READ} AS SELECT {', '.join(chosen)} {rows} NOT ({bad})")
    _check_instants(log)


def _check_instants(log: LogTable) -> None:
    """Raise InputError where events have dates without times, or lie in no year that can be written."""
    beyond = f'"at" < {MIN_INSTANT} OR "at" > {MAX_INSTANT}'
    ((dated, far),) = log.connection.rows(
        f'SELECT COALESCE(SUM("date_only"), 0), COALESCE(SUM(CASE WHEN {beyond} THEN 1 ELSE 0 END), 0) '
        f"FROM {READ}"
    )
    if dated:
        events = "1 event of the log has" if dated == 1 else f"{dated:,} events of the log have"
        raise InputError(
            f"{events} a date without a time, which SQL cannot judge: audit an export of the table"
        )
    if far:
        raise InputError(f"{far:,} events are not in the years 1 to 9999")


def _literal(value: Any, dialect: Dialect) -> str:
    if value is None:
        return "NULL"
    return dialect.literal(value) if isinstance(value, str) else str(value)


def _make_matters(log: LogTable, compiled: Compiled, sample: dict[str, Any] | None) -> None:
    """Make the table of the matters of events, where scopes are of matters."""
    if not compiled.readings.matters:
        return
    column = log.column("matter")
    if column is None or sample is None:
        matters = first_event(log).matter or ("",) if sample is not None else ("",)
        literal = " UNION ALL ".join(
            f'SELECT "seq", {log.connection.dialect.literal(text)} AS {MATTER} FROM {READ}'
            for text in matters
        )
        log.connection.run(f"CREATE TEMP TABLE {MATTERS} AS {literal}")
        return

    def listed(event: Event) -> str:
        return "\0".join(dict.fromkeys(event.matter))

    made = make_value_table(log, 0, (column.name,), {"matter": "text"}, {"matter": listed}, sample)
    values = log.connection.rows(f'SELECT "number", "matter" FROM {made.values}')
    each = [(number, text) for number, joined in values for text in (joined or "").split("\0")]
    numbers, texts = [number for number, _ in each], [text for _, text in each]
    log.connection.load("comity_matter_values", {"number": "whole", "per_matter": "text"}, (numbers, texts))
    log.connection.run(
        f'CREATE TEMP TABLE {MATTERS} AS SELECT {READ}."seq", "comity_matter_values".{MATTER} '
        f'FROM {READ} JOIN {COPY} ON {COPY}.{ROW} = {READ}."seq" {made.join(log.connection.dialect.same)} '
        f'JOIN "comity_matter_values" ON "comity_matter_values"."number" = {made.values}."number"'
    )


def _add_clocks(log: LogTable, compiled: Compiled) -> int:
    """Make the table of events with clocks; the numbers of events before and after are compared."""
    connection, names = log.connection, column_names(compiled.clocks)
    ((count,),) = connection.rows(f"SELECT COUNT(*) FROM {READ}")
    if not names:
        connection.run(f"CREATE TEMP VIEW {EVENTS} AS SELECT * FROM {READ}")
        return int(count)
    day = connection.dialect.day_of(f'{READ}."at"', DAY)
    days: dict[str, list[int]] = defaultdict(list)
    for zone, number in connection.rows(f'SELECT DISTINCT "zone", {day} FROM {READ} ORDER BY 1, 2'):
        days[zone].append(number)
    made = make_stretches(compiled.clocks, {zone: np.array(each, np.int64) for zone, each in days.items()})
    types: dict[str, ColumnType] = {"zone": "text", "uday": "whole", "begins": "whole", "ends": "whole"}
    types |= dict.fromkeys(names, "whole")
    columns = (made.days, made.begins, made.ends, *(made.clocks[name] for name in names))
    connection.load(STRETCHES.strip('"'), types, (made.zones, *(each.tolist() for each in columns)))
    if connection.dialect.indexes:
        connection.run(f'CREATE INDEX "comity_by_zone" ON {STRETCHES} ("zone", "uday")')
    shown = [
        f'"{name}" + CASE WHEN "{name}_moves" = 1 THEN {READ}."at" - "begins" ELSE 0 END AS "{name}"'
        if clock.moves
        else f'"{name}"'
        for clock, name in compiled.clocks.names.items()
    ]
    connection.run(
        f"CREATE TEMP TABLE {EVENTS} AS SELECT {READ}.*, {', '.join(shown)} FROM {READ} JOIN {STRETCHES} ON "
        f'{STRETCHES}."zone" = {READ}."zone" AND {STRETCHES}."uday" = {day} '
        f'AND {READ}."at" >= {STRETCHES}."begins" AND {READ}."at" < {STRETCHES}."ends"'
    )
    ((after,),) = connection.rows(f"SELECT COUNT(*) FROM {EVENTS}")
    if after != count:
        raise InputError(
            f"{count:,} events came in and {after:,} came out of the table of stretches: "
            "a zone or a day of the log is missing from it"
        )
    return int(count)
