"""SQLite: a file, read only."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from comity.databases.connections.connection import Column, ColumnType
from comity.databases.connections.sql_connection import SqlConnection
from comity.errors import InputError, UsageError
from comity.sql.dialects.sqlite import SQLITE

_OLDEST: Final = (3, 28)
"""Window functions came in 3.25; views with more of their frames in 3.28."""


class SqliteConnection(SqlConnection):
    """A connection to a file of SQLite."""

    dialect = SQLITE
    gives_rows_quickly = True

    def __init__(self, path: str) -> None:
        if sqlite3.sqlite_version_info < _OLDEST:
            raise UsageError(f"SQLite {sqlite3.sqlite_version} is too old: at least 3.28 is needed")
        if not Path(path).is_file():
            raise InputError(f"`{path}`: there is no such database")
        super().__init__("SQLite", sqlite3.Error)
        with self._faults():
            uri = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True)
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self._connection.execute("SELECT COUNT(*) FROM sqlite_master")

    def _array(self, values: Sequence[Any]) -> pa.Array:
        """Return values as they are, or as texts where they are of several types."""
        try:
            return super()._array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return pa.array([None if value is None else str(value) for value in values], pa.string())

    def columns(self, relation: str) -> list[Column]:
        """Return the columns of a table or a query in parentheses; each row may have its own types."""
        with self._faults():
            cursor = self._connection.execute(f'SELECT * FROM {relation} AS "log" LIMIT 0')
            return [Column(name, "") for name, *_ in cursor.description]

    def of_one_type(self, relation: str, column: str) -> str:
        """Return a column in which rows may have types of their own as numbers if all are, else as text."""
        found = self.rows(f'SELECT DISTINCT typeof({column}) FROM {relation} AS "log"')
        types = {name for (name,) in found} - {"null"}
        if types == {"integer", "real"}:
            return f"CAST({column} AS REAL) AS {column}"
        return f"CAST({column} AS TEXT) AS {column}" if len(types) > 1 else column

    def row_identity(self, relation: str) -> str | None:
        """Return the number of a row in its table."""
        if not self._has_rowid(relation):
            return None
        # A view has the name too, and no numbers.
        known = self.rows(f"SELECT COUNT(*), COUNT(rowid) FROM {relation}")[0]
        return "rowid" if known[0] == known[1] else None

    def load(self, name: str, types: Mapping[str, ColumnType], columns: Sequence[Sequence[Any]]) -> None:
        """Make a temporary table."""
        named = ", ".join(
            f'"{column}" {"INTEGER" if kind == "whole" else "TEXT"}' for column, kind in types.items()
        )
        places = ", ".join("?" * len(types))
        with self._faults():
            self._connection.execute(f'CREATE TEMP TABLE "{name}" ({named})')
            rows = zip(*columns, strict=True)
            self._connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)
