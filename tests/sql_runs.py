"""Running compiled SQL on events in memory: comity reads their fields, a database does all the rest."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import attrs
import numpy as np

from comity.clock.instants import DAY
from comity.engine import Engine
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.fields import FIELDS
from comity.plan import Plan
from comity.results.report import Report
from comity.sql.compiler import Compiled, Range, compile_plan, refusals_of
from comity.sql.dialects.dialect import Dialect
from comity.sql.dialects.duckdb import DUCKDB
from comity.sql.dialects.sqlite import SQLITE
from comity.sql.read_values import inputs_of, reader_of
from comity.sql.readings import OwnValue, ScopeText
from comity.sql.statement import joined
from comity.sql.stretches import make_stretches
from comity.sql.stretches.table import column_names

DIALECTS: dict[str, Dialect] = {"duckdb": DUCKDB, "sqlite": SQLITE}
Key = tuple[str, int, str, str, int | None]
"""Rule, number of the event, matter of the scope, status and deadline."""


def numbered(events: Iterable[Event]) -> list[Event]:
    """Return events with ids by which findings can be told apart."""
    return [
        attrs.evolve(event, id=f"e{number}", label=None, date_only=False)
        for number, event in enumerate(events)
    ]


def compilable(plan: Plan, dialect: Dialect) -> Plan:
    """Return a plan without the rules that cannot be compiled."""
    refused = {(each.policy, each.rule) for each in refusals_of(plan, dialect)}
    return attrs.evolve(
        plan, rules=tuple(rule for rule in plan.rules if (rule.policy, rule.id) not in refused)
    )


def found_by(
    dialect: Dialect,
    plan: Plan,
    events: Sequence[Event],
    channels: Channels,
    audited: Range,
    connection: Any = None,
) -> tuple[Counter[Key], dict[str, int]]:
    """Return what SQL finds, and how many events each rule judges (rules that judge none are left out)."""
    compiled = compile_plan(plan, dialect, audited)
    connection = _connect(dialect) if connection is None else connection
    try:
        _load(connection, compiled, events, channels)
        found: Counter[Key] = Counter()
        judged: dict[str, int] = {}
        for rule in compiled.rules:
            steps = (*compiled.shared, *rule.steps)
            for row in connection.execute(dialect.written(joined(steps, rule.findings))).fetchall():
                found[tuple(row)] += 1
            judged |= dict(connection.execute(dialect.written(joined(steps, rule.judged))).fetchall())
    finally:
        connection.close()
    return found, {name: count for name, count in judged.items() if count}


def found_in(report: Report, plan: Plan, events: Sequence[Event]) -> tuple[Counter[Key], dict[str, int]]:
    """Return the same of a report, for the rules of a plan."""
    names = {rule.name for rule in plan.rules}
    numbers = {event.id: number for number, event in enumerate(events)}
    found: Counter[Key] = Counter()
    for each in report.findings:
        name = f"{each.policy}/{each.rule}"
        if name in names:
            matter = dict(each.scope).get("matter") or ""
            found[name, numbers[each.event], matter, each.status, each.due] += 1
    counts = report.summary.by_rule.items()
    return found, {name: count.judged for name, count in counts if count.judged and name in names}


def differences(
    dialect: Dialect,
    engine: Engine,
    events: Sequence[Event],
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[list[str], int]:
    """Return how SQL differs from the online engine on events of `numbered`, and the number of findings."""
    plan = compilable(engine.plan, dialect)
    if not plan.rules or not events:
        return [], 0
    report = engine.audit(events, engine="online", as_of=as_of, since=since, until=until)
    wanted, wanted_judged = found_in(report, plan, events)
    found, judged = found_by(dialect, plan, events, engine.plugins.channels, Range(as_of, since, until))
    lines = [f"missing: {key}" for key in wanted - found] + [f"extra: {key}" for key in found - wanted]
    if judged != wanted_judged:
        lines.append(f"judged: {judged} in place of {wanted_judged}")
    return lines, wanted.total()


@cache
def _opened() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


def _connect(dialect: Dialect) -> Any:
    """Return a connection to an empty database; DuckDB takes its time to open one, so that one is kept."""
    if dialect is SQLITE:
        return sqlite3.connect(":memory:")
    for name in ("stretches", "read", "comity_matters", "comity_events"):
        _opened().execute(f"DROP TABLE IF EXISTS {name}")
    return _opened().cursor()


def _load(connection: Any, compiled: Compiled, events: Sequence[Event], channels: Channels) -> None:
    names = column_names(compiled.clocks)
    days: dict[str, set[int]] = defaultdict(set)
    zones = [(event.timezone or "").strip() for event in events]
    for event, zone in zip(events, zones, strict=True):
        days[zone].add(event.at // DAY)
    made = make_stretches(compiled.clocks, {zone: np.array(sorted(each)) for zone, each in days.items()})
    columns = (made.days, made.begins, made.ends, *(made.clocks[name] for name in names))
    _table(
        connection,
        "stretches",
        ("zone TEXT", "uday BIGINT", "begins BIGINT", "ends BIGINT", *(f"{name} BIGINT" for name in names)),
        list(zip(made.zones, *(column.tolist() for column in columns), strict=True)),
    )
    readings = [
        (name, reading, inputs_of(reading), reader_of(reading, channels))
        for reading, name in compiled.readings.names.items()
    ]
    typed = [
        f'"{name}" {"TEXT" if isinstance(reading, ScopeText | OwnValue) else "BIGINT"}'
        for name, reading, _, _ in readings
    ]
    rows = [
        (
            number,
            event.at,
            zone,
            *(read(*(_raw(event, name) for name in names)) for _, _, names, read in readings),
        )
        for number, (event, zone) in enumerate(zip(events, zones, strict=True))
    ]
    _table(connection, "read", ('"seq" BIGINT', '"at" BIGINT', '"zone" TEXT', *typed), rows)
    matters = [(number, text) for number, event in enumerate(events) for text in event.matter or ("",)]
    _table(connection, "comity_matters", ('"seq" BIGINT', '"per_matter" TEXT'), list(dict.fromkeys(matters)))
    clocks = [
        f's."{name}" + CASE WHEN s."{name}_moves" = 1 THEN r."at" - s.begins ELSE 0 END AS "{name}"'
        if clock.moves
        else f's."{name}"'
        for clock, name in compiled.clocks.names.items()
    ]
    day = compiled.dialect.day_of('r."at"', DAY)
    connection.execute(
        f"CREATE TABLE comity_events AS SELECT {', '.join(['r.*', *clocks])} FROM read r JOIN stretches s "
        f'ON s.zone = r."zone" AND s.uday = {day} AND r."at" >= s.begins AND r."at" < s.ends'
    )
    assert connection.execute("SELECT COUNT(*) FROM comity_events").fetchone()[0] == len(events)


def _table(connection: Any, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if hasattr(connection, "fill"):
        connection.fill(name, [each.rpartition(" ")[::2] for each in columns], rows)
        return
    connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    if rows:
        # One statement: DuckDB takes a millisecond for each.
        places = f"({', '.join('?' * len(columns))})"
        for begin in range(0, len(rows), 100):
            some = rows[begin : begin + 100]
            values = [value for row in some for value in row]
            connection.execute(f"INSERT INTO {name} VALUES {', '.join([places] * len(some))}", values)


def _raw(event: Event, name: str) -> Any:
    return getattr(event, name) if name in FIELDS else event.attributes.get(name)
