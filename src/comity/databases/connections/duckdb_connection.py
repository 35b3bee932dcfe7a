"""DuckDB: a file, read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from comity.databases.connections.connection import Column, ColumnType
from comity.errors import InputError, UsageError, error_text
from comity.sql.dialects.duckdb import DUCKDB

_TYPES: Final = {"whole": pa.int64(), "text": pa.string()}
_OLDEST: Final = (1, 0)


class DuckdbConnection:
    """A connection to a file of DuckDB."""

    dialect = DUCKDB

    def __init__(self, path: str) -> None:
        try:
            import duckdb
        except ImportError:
            raise UsageError("databases of DuckDB need the `duckdb` package: pip install duckdb") from None
        version = tuple(int(part) for part in duckdb.__version__.split(".")[:2])
        if version < _OLDEST:
            raise UsageError(f"DuckDB {duckdb.__version__} is too old: at least 1.0 is needed")
        if not Path(path).is_file():
            raise InputError(f"`{path}`: there is no such database")
        self._error = duckdb.Error
        with self._faults():
            self._connection: Any = duckdb.connect(path, read_only=True)
            self._connection.execute("SET TimeZone = 'UTC'")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except self._error as error:
            raise InputError(f"DuckDB refuses it: {error_text(error)}") from None

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._faults():
            found: list[tuple[Any, ...]] = self._connection.execute(statement).fetchall()
            return found

    def run(self, statement: str) -> None:
        """Run a statement."""
        with self._faults():
            self._connection.execute(statement)

    def arrow(self, statement: str) -> pa.Table:
        """Return the rows of a query as an Arrow table."""
        with self._faults():
            return pa.table(self._connection.sql(statement))

    def columns(self, relation: str) -> list[Column]:
        """Return the columns of a table or a query in parentheses."""
        described = self.rows(f'DESCRIBE SELECT * FROM {relation} AS "log"')
        return [Column(name, str(kind).upper()) for name, kind, *_ in described]

    def of_one_type(self, relation: str, column: str) -> str:
        """Return the column itself."""
        return column

    def row_identity(self, relation: str) -> str | None:
        """Return the number of a row in its table."""
        try:
            self.rows(f"SELECT rowid FROM {relation} LIMIT 1")
        except InputError:
            return None
        return "rowid"

    def load(self, name: str, types: Mapping[str, ColumnType], columns: Sequence[Sequence[Any]]) -> None:
        """Make a temporary table."""
        arrays = [
            pa.array(values, _TYPES[kind]) for values, kind in zip(columns, types.values(), strict=True)
        ]
        with self._faults():
            self._connection.register("comity_given", pa.table(arrays, names=list(types)))
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM comity_given')
            self._connection.unregister("comity_given")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
