"""A database whose rules could become SQL, used for its rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from comity.databases.audit_rows import QueryRows, rows_of
from comity.databases.connections.connection import Column, Connection, quoted_column
from comity.databases.log_table import check_instants, columns_of, own_order
from comity.engine import Engine
from comity.readers import Mapping as LogMapping

if TYPE_CHECKING:
    import pyarrow as pa


class ByRows:
    """Such a connection as one that gives rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def quoted(self, name: str) -> str:
        """Return an identifier in quotes."""
        return quoted_column(name)

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._connection.rows(statement)

    def names(self, statement: str) -> list[str]:
        """Return the names of the columns of a query."""
        return [column.name for column in self._connection.columns(f"({statement})")]

    def batches(self, statement: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of a query as Arrow batches, as they arrive."""
        return self._connection.batches(statement)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def all_rows(
    connection: Connection,
    engine: Engine,
    relation: str,
    table: str | None,
    order_by: str | None,
    mapping: LogMapping,
    timezone: str | None,
) -> QueryRows:
    """Return the rows of a table or a query; raises UsageError and InputError as SQL of rules does."""
    there: list[Column] = connection.columns(relation)
    names, by_rows = [column.name for column in there], ByRows(connection)
    check_instants(columns_of(engine, mapping, there)["at"], mapping, timezone, dates=True)
    if order_by is not None:
        return rows_of(by_rows, relation, order_by)
    order = own_order(connection, relation, table)
    ((count,),) = connection.rows(f'SELECT COUNT(*) FROM {relation} AS "log"')
    # DuckDB gives the rows of a table in their order, and would sort all of them again by their numbers.
    in_order = connection.dialect.name == "duckdb"
    return QueryRows(by_rows, relation, names, None if in_order else order, int(count))
