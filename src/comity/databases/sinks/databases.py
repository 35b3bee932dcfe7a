"""The databases that findings are written to by their own packages: SQLite, DuckDB and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from comity.databases.connections.connection import quoted_table
from comity.databases.connections.faults import lacking
from comity.databases.sinks.rows import ColumnKind, Row, table_of
from comity.databases.sinks.sql_sink import SqlSink
from comity.errors import InputError, error_text

_WAIT = 30.0
"""Seconds to wait for another program that writes to a file of SQLite."""


class SqliteSink(SqlSink):
    """A file of SQLite; instants are ISO texts in UTC, with which its own functions of time work."""

    types: ClassVar[Mapping[ColumnKind, str]] = {
        "text": "TEXT",
        "instant": "TEXT",
        "whole": "INTEGER",
        "flag": "INTEGER",
    }

    def __init__(self, path: str) -> None:
        try:
            connection = sqlite3.connect(path, timeout=_WAIT, isolation_level=None)
        except sqlite3.Error as error:
            raise InputError(f"`{path}`: {error_text(error)}") from None
        super().__init__("SQLite", sqlite3.Error, connection)

    def _insert(self, table: str, columns: Mapping[str, ColumnKind], rows: Sequence[Row]) -> None:
        super()._insert(table, columns, [tuple(map(_for_sqlite, row)) for row in rows])


def _for_sqlite(cell: Any) -> Any:
    return cell.isoformat().replace("+00:00", "Z") if isinstance(cell, dt.datetime) else cell


class DuckdbSink(SqlSink):
    """A file of DuckDB."""

    def __init__(self, path: str) -> None:
        try:
            import duckdb
        except ImportError:
            raise lacking("databases of DuckDB", "duckdb", "duckdb") from None
        try:
            connection = duckdb.connect(path)
        except duckdb.Error as error:
            raise InputError(f"`{path}`: {error_text(error)}") from None
        super().__init__("DuckDB", duckdb.Error, connection)

    def _delete(self, table: str, run: str) -> int:
        statement = f'DELETE FROM {quoted_table(table)} WHERE "run" = ?'
        ((count,),) = self._execute(statement, (run,)).fetchall()
        return int(count)

    def _insert(self, table: str, columns: Mapping[str, ColumnKind], rows: Sequence[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        self._connection.register("comity_given", table_of(rows, columns))
        self._execute(f"INSERT INTO {quoted_table(table)} ({names}) SELECT {names} FROM comity_given")
        self._connection.unregister("comity_given")


class PostgresSink(SqlSink):
    """A server of PostgreSQL."""

    place: ClassVar[str] = "%s"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise lacking("databases of PostgreSQL", "psycopg", "'comity[postgres]'") from None
        try:
            connection = psycopg.connect(url, autocommit=True)
        except psycopg.Error as error:
            raise InputError(f"PostgreSQL refuses it: {error_text(error)}") from None
        super().__init__("PostgreSQL", psycopg.Error, connection)

    def _transaction(self) -> AbstractContextManager[None]:
        found: AbstractContextManager[None] = self._connection.transaction()
        return found

    def _insert(self, table: str, columns: Mapping[str, ColumnKind], rows: Sequence[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        statement = f"COPY {quoted_table(table)} ({names}) FROM STDIN"
        with self._connection.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
