"""What all connections to databases do in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any, Final

import pyarrow as pa

from comity.databases.connections.faults import faults
from comity.errors import InputError

_ROWS: Final = 1 << 16
"""Rows that are fetched at once."""


class SqlConnection:
    """A connection of Python's database interface, whose faults become InputErrors."""

    gives_rows_quickly = False

    def __init__(self, database: str, fault: type[Exception]) -> None:
        """Prepare a connection to a database of this name, whose library raises this."""
        self._database = database
        self._fault = fault
        self._connection: Any = None

    def _faults(self) -> AbstractContextManager[None]:
        return faults(self._database, self._fault)

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
            cursor = self._connection.execute(statement)
            return pa.table(self._columns(cursor, cursor.fetchall()))

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow record batches, as they arrive."""
        with self._faults(), closing(self._cursor()) as cursor:
            cursor.execute(statement)
            while rows := cursor.fetchmany(_ROWS):
                yield pa.record_batch(self._columns(cursor, rows))

    def _columns(self, cursor: Any, rows: Sequence[Sequence[Any]]) -> dict[str, pa.Array]:
        names = [name for name, *_ in cursor.description]
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return {name: self._array(values) for name, values in zip(names, columns, strict=True)}

    def _cursor(self) -> Any:
        """Return a cursor that does not hold all rows of a query."""
        return self._connection.cursor()

    def _array(self, values: Sequence[Any]) -> pa.Array:
        return pa.array(values)

    def of_one_type(self, relation: str, column: str) -> str:
        """Return the column itself."""
        return column

    def _has_rowid(self, relation: str) -> bool:
        """Return whether the rows of a table can be asked for their numbers."""
        try:
            self.rows(f"SELECT rowid FROM {relation} LIMIT 1")
        except InputError:
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
