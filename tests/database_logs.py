"""Logs in databases for tests: events as rows of a table, and the report of the same rows in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from comity.clock.instants import format_instant
from comity.databases import audit_database, open_database
from comity.databases.audit import Way
from comity.databases.connections.connection import Connection
from comity.databases.connections.row_connection import RowConnection
from comity.engine import Engine
from comity.events.event import Event
from comity.formatters.formatter import Style
from comity.formatters.machine import write_json
from comity.results.report import Report

FIELDS = ("id", "kind", "channel", "direction", "outcome", "actor", "timezone")


def rows_of(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return events as rows of a table, with a column for each attribute."""
    attributes = sorted({name for event in events for name in event.attributes})
    return [
        {
            "person": event.person,
            "at": format_instant(event.at),
            **{name: getattr(event, name) for name in FIELDS},
            "matter": ";".join(event.matter) or None,
            **{name: _cell(event.attributes.get(name)) for name in attributes},
        }
        for event in events
    ]


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def write_sqlite(path: Path, rows: Sequence[dict[str, Any]]) -> str:
    """Make a database of SQLite with the table `log`; returns its URL."""
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    names = list(rows[0])
    connection.execute(f"CREATE TABLE log ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)})")
    places = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO log VALUES ({places})", [tuple(row.values()) for row in rows])
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def write_duckdb(path: Path, table: pa.Table) -> str:
    """Make a database of DuckDB with the table `log`; returns its URL."""
    import duckdb

    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.register("given", table)
        connection.execute("CREATE TABLE log AS SELECT * FROM given")
    return f"duckdb:///{path}"


def as_json(report: Report) -> str:
    """Return a report as the format `json` writes it."""
    return "".join(
        piece if isinstance(piece, str) else piece.decode() for piece in write_json(report, Style())
    )


def open_sql(url: str) -> Connection:
    """Open a database whose rules become SQL."""
    connection = open_database(url)
    assert not isinstance(connection, RowConnection)
    return connection


def both(engine: Engine, url: str, way: Way = "sql", **options: Any) -> tuple[str, str]:
    """Return the report of a table in a database, and that of all its rows as a table in memory."""
    connection = open_sql(url)
    try:
        rows = connection.arrow('SELECT * FROM "log"')
        found = audit_database(engine, connection, table="log", way=way, **options)
    finally:
        connection.close()
    return as_json(found), as_json(engine.audit(rows, **options))
