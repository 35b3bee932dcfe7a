"""The audit of a log whose rows a database gives: all rows are fetched, in their order, and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from comity.databases.connections.row_connection import RowConnection
from comity.databases.row_order import NO_ORDER, ordering_column
from comity.engine import Engine
from comity.errors import UsageError
from comity.readers import Log
from comity.readers import Mapping as LogMapping
from comity.readers.sources.arrow_scan import ArrowScan
from comity.results.report import Rejection, Report

if TYPE_CHECKING:
    import pyarrow as pa

_NO_ROWS: Final = "1 = 0"


class QueryRows:
    """The rows of a table or a query, in the order of a column whose values are all different."""

    format = "a table of a database"
    size = 0

    def __init__(self, connection: RowConnection, relation: str, order_by: str) -> None:
        """Take a relation; raises UsageError and InputError where the column is no order."""
        self._connection = connection
        self._from = f"FROM {relation} {connection.quoted('log')}"
        self._names = connection.names(f"SELECT * {self._from} WHERE {_NO_ROWS}")
        self._order = ordering_column(connection.fetch, connection.quoted, relation, order_by, self._names)

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return self._names

    def batches(self, columns: Sequence[str], repeating: frozenset[str]) -> Iterator[pa.RecordBatch]:
        """Return some columns of all rows."""
        listed = ", ".join(map(self._connection.quoted, columns))
        return self._connection.batches(f"SELECT {listed} {self._from} ORDER BY {self._order}")


def audit_rows(
    engine: Engine,
    connection: RowConnection,
    *,
    table: str | None,
    query: str | None,
    order_by: str | None,
    mapping: LogMapping,
    timezone: str | None,
    as_of: int | None,
    since: int | None,
    until: int | None,
    on_reject: Callable[[Rejection], None] | None,
    notice: Callable[[str], None] | None,
) -> Report:
    """Return the report of an audit of a table, or of the rows of a query.

    Raises UsageError without an order, and what an audit raises.
    """
    if table is not None:
        name, relation = table, ".".join(map(connection.quoted, table.split(".")))
    else:
        name, relation = "the query", f"({str(query).strip().rstrip(';')})"
    if order_by is None:
        raise UsageError(NO_ORDER)
    plan = engine.plan
    log = Log(
        [ArrowScan(name, QueryRows(connection, relation, order_by))],
        readers=(),
        mapping=mapping,
        timezone=timezone,
        attributes=plan.attributes(),
        fields=plan.fields(),
        channels=engine.plugins.channels,
        on_reject=on_reject,
    )
    return engine.audit(log, as_of=as_of, since=since, until=until, notice=notice)
