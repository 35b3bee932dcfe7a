"""A connection to a database that only gives its rows: comity does not compile rules to its SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pyarrow as pa


@runtime_checkable
class RowConnection(Protocol):
    """A connection whose rows are fetched."""

    def quoted(self, name: str) -> str:
        """Return an identifier in the quotes of the database."""

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; raises InputError where the database refuses it."""

    def names(self, statement: str) -> list[str]:
        """Return the names of the columns of a query; raises InputError where the database refuses it."""

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow batches, as they arrive."""

    def close(self) -> None:
        """Close the connection."""
