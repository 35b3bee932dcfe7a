"""PostgreSQL: a session in which nothing but temporary tables is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from comity.databases.connections.connection import Column, ColumnType
from comity.databases.connections.faults import lacking
from comity.databases.connections.sql_connection import SqlConnection
from comity.errors import UsageError
from comity.sql.dialects.postgres import POSTGRES

_OLDEST: Final = 120_000
_TYPES: Final = {"whole": "BIGINT", "text": "TEXT"}


class PostgresConnection(SqlConnection):
    """A connection to a server of PostgreSQL."""

    dialect = POSTGRES

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise lacking("databases of PostgreSQL", "psycopg", "'comity[postgres]'") from None
        super().__init__("PostgreSQL", psycopg.Error)
        with self._faults():
            self._connection = psycopg.connect(url, autocommit=True)
        version = self._connection.info.server_version
        if version < _OLDEST:
            raise UsageError(f"PostgreSQL {version // 10_000} is too old: at least 12 is needed")
        # Texts are compared by their code points, whatever the database sorts by.
        self.run("SET TimeZone = 'UTC'")

    def _cursor(self) -> Any:
        # A cursor of the server sends rows when they are asked for; one of the client holds all of them.
        return self._connection.cursor("comity_rows", withhold=True)

    def columns(self, relation: str) -> list[Column]:
        """Return the columns of a table or a query in parentheses."""
        with self._faults():
            cursor = self._connection.execute(f'SELECT * FROM {relation} AS "log" LIMIT 0')
            types = self._connection.adapters.types
            return [
                Column(each.name, str(getattr(types.get(each.type_code), "regtype", "")).upper())
                for each in cursor.description
            ]

    def row_identity(self, relation: str) -> str | None:
        """Return None: rows of PostgreSQL are in no order that lasts."""
        return None

    def load(self, name: str, types: Mapping[str, ColumnType], columns: Sequence[Sequence[Any]]) -> None:
        """Make a temporary table."""
        named = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in types.items())
        self.run(f'CREATE TEMP TABLE "{name}" ({named})')
        with self._faults(), self._connection.cursor().copy(f'COPY "{name}" FROM STDIN') as copy:
            for row in zip(*columns, strict=True):
                copy.write_row(row)
        self.run(f'ANALYZE "{name}"')
