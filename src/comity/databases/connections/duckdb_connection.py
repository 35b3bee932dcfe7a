"""DuckDB: a file, read only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from comity.databases.connections.connection import Column, ColumnType
from comity.databases.connections.faults import lacking
from comity.databases.connections.sql_connection import SqlConnection
from comity.errors import InputError, UsageError
from comity.sql.dialects.duckdb import DUCKDB

_TYPES: Final = {"whole": pa.int64(), "text": pa.string()}
_OLDEST: Final = (1, 0)
_ROWS: Final = 1 << 17
"""Rows of a batch."""


class DuckdbConnection(SqlConnection):
    """A connection to a file of DuckDB."""

    dialect = DUCKDB
    gives_rows_quickly = True

    def __init__(self, path: str) -> None:
        try:
            import duckdb
        except ImportError:
            raise lacking("databases of DuckDB", "duckdb", "duckdb") from None
        version = tuple(int(part) for part in duckdb.__version__.split(".")[:2])
        if version < _OLDEST:
            raise UsageError(f"DuckDB {duckdb.__version__} is too old: at least 1.0 is needed")
        if not Path(path).is_file():
            raise InputError(f"`{path}`: there is no such database")
        super().__init__("DuckDB", duckdb.Error)
        with self._faults():
            self._connection = duckdb.connect(path, read_only=True)
            self._connection.execute("SET TimeZone = 'UTC'")

    def arrow(self, statement: str) -> pa.Table:
        """Return the rows of a query as an Arrow table."""
        with self._faults():
            return pa.table(self._connection.sql(statement))

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow record batches, as they arrive."""
        with self._faults():
            cursor = self._connection.cursor()  # Another query would end the rows of one connection.
            cursor.execute("SET TimeZone = 'UTC'")
            for batch in pa.RecordBatchReader.from_stream(cursor.sql(statement)):
                for begin in range(0, batch.num_rows, _ROWS):
                    yield batch.slice(begin, _ROWS)

    def columns(self, relation: str) -> list[Column]:
        """Return the columns of a table or a query in parentheses."""
        described = self.rows(f'DESCRIBE SELECT * FROM {relation} AS "log"')
        return [Column(name, str(kind).upper()) for name, kind, *_ in described]

    def row_identity(self, relation: str) -> str | None:
        """Return the number of a row in its table."""
        return "rowid" if self._has_rowid(relation) else None

    def load(self, name: str, types: Mapping[str, ColumnType], columns: Sequence[Sequence[Any]]) -> None:
        """Make a temporary table."""
        arrays = [
            pa.array(values, _TYPES[kind]) for values, kind in zip(columns, types.values(), strict=True)
        ]
        with self._faults():
            self._connection.register("comity_given", pa.table(arrays, names=list(types)))
            self._connection.execute(f'CREATE TEMP TABLE "{name}" AS SELECT * FROM comity_given')
            self._connection.unregister("comity_given")
