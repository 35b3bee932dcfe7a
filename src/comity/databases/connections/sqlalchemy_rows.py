"""Rows of any database that SQLAlchemy has a dialect and a driver for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from comity.databases.connections.faults import faults
from comity.databases.connections.sqlalchemy_engine import sqlalchemy_engine

_ROWS: Final = 20_000
"""Rows that are fetched at once."""


class SqlalchemyRows:
    """A connection of SQLAlchemy that only reads."""

    def __init__(self, url: str) -> None:
        """Connect; raises UsageError where there is no driver, InputError where the database refuses."""
        self._engine = sqlalchemy_engine(url)
        import sqlalchemy as sa  # The line before says what to do where it is missing.

        self._text, self._fault = sa.text, sa.exc.SQLAlchemyError
        with self._faults():
            self._connection = self._engine.connect()

    def quoted(self, name: str) -> str:
        """Return an identifier in the quotes of the database."""
        found: str = self._engine.dialect.identifier_preparer.quote_identifier(name)
        return found

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self._faults():
            return [tuple(row) for row in self._run(statement)]

    def names(self, statement: str) -> list[str]:
        """Return the names of the columns of a query."""
        with self._faults():
            return list(self._run(statement).keys())

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow batches, as they arrive."""
        with self._faults():
            found = self._run(statement)
            names = list(found.keys())
            for rows in found.partitions(_ROWS):
                columns = list(zip(*rows, strict=True))
                yield pa.record_batch([_array(cells) for cells in columns], names=names)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()

    def _run(self, statement: str) -> Any:
        # A colon in a query that a user wrote is not the name of a parameter.
        escaped = statement.replace(":", "\\:")
        return self._connection.execution_options(stream_results=True).execute(self._text(escaped))

    def _faults(self) -> AbstractContextManager[None]:
        return faults("the database", self._fault)


def _array(cells: tuple[Any, ...]) -> pa.Array:
    """Return the cells of a column; as texts where they are of several types, as they may be in SQLite."""
    try:
        return pa.array(cells)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if cell is None else _as_text(cell) for cell in cells], pa.string())


def _as_text(cell: Any) -> str:
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
