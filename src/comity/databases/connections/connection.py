"""What an audit asks of a connection to a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

from comity.records import frozen
from comity.sql.dialects.dialect import Dialect

ColumnType = Literal["whole", "text"]
"""The types of the columns of a temporary table: 64-bit whole numbers, or text."""


@frozen
class Column:
    """A column of a log."""

    name: str
    type: str
    """As the database writes it, in capitals; empty where it does not know."""


class Connection(Protocol):
    """A connection to a database; names in statements are in double quotes."""

    dialect: Dialect
    gives_rows_quickly: bool
    """Whether it is a file of this machine: to fetch all rows takes less time than to judge them by SQL."""

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; raises InputError where the database refuses it."""

    def run(self, statement: str) -> None:
        """Run a statement; raises InputError where the database refuses it."""

    def arrow(self, statement: str) -> Any:
        """Return the rows of a query as an Arrow table."""

    def batches(self, statement: str) -> Iterator[Any]:
        """Return the rows of a query as Arrow record batches, as they arrive."""

    def columns(self, relation: str) -> list[Column]:
        """Return the columns of a table or a query in parentheses; raises InputError where there is none."""

    def of_one_type(self, relation: str, column: str) -> str:
        """Return the expression of a column, in quotes, with values of one type."""

    def row_identity(self, relation: str) -> str | None:
        """Return what orders the rows of a table as they are; None if they have no order of their own."""

    def load(self, name: str, types: Mapping[str, ColumnType], columns: Sequence[Sequence[Any]]) -> None:
        """Make a temporary table of columns of Python values."""

    def close(self) -> None:
        """Close the connection."""


def quoted_table(table: str) -> str:
    """Return a table's name, with its schema or not, in quotes."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))


def quoted_column(name: str) -> str:
    """Return a column's name in quotes."""
    return '"' + name.replace('"', '""') + '"'
