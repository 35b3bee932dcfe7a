"""The audit of a log whose rows a database gives: all rows are fetched, in their order, and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from comity.audits.backends import BackEnd
from comity.databases.connections.row_connection import RowConnection
from comity.databases.row_order import NO_ORDER, ordering_column
from comity.engine import Engine
from comity.errors import UsageError
from comity.readers import Log
from comity.readers import Mapping as LogMapping
from comity.readers.reader import Earliest
from comity.readers.sources.arrow_scan import ArrowScan
from comity.results.report import Rejection, Report

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_BYTES: Final = 60
"""About how long a row of a contact log is as text: into how many partitions a log is split depends on it."""


class QueryRows:
    """The rows of a table or a query, in one order."""

    format = "a table of a database"

    def __init__(
        self, connection: RowConnection, relation: str, names: list[str], order: str | None, count: int
    ) -> None:
        """Take a relation: its columns, what orders its rows (None: they are in order), and their number."""
        self._connection = connection
        self._names = names
        self.size = count * _ROW_BYTES
        self._rest = from_relation(connection, relation) + (f" ORDER BY {order}" if order else "")

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return self._names

    def batches(
        self, columns: Sequence[str], repeating: frozenset[str], earliest: Earliest | None
    ) -> Iterator[pa.RecordBatch]:
        """Return some columns of all rows."""
        listed = ", ".join(map(self._connection.quoted, columns))
        return self._connection.batches(f"SELECT {listed} {self._rest}")


def from_relation(connection: RowConnection, relation: str) -> str:
    """Return the clause that names a relation."""
    return f"FROM {relation} {connection.quoted('log')}"


def rows_of(connection: RowConnection, relation: str, order_by: str | None) -> QueryRows:
    """Return the rows of a relation; raises UsageError and InputError where a column is no order."""
    if order_by is None:
        raise UsageError(NO_ORDER)
    names = connection.names(f"SELECT * {from_relation(connection, relation)} WHERE 1 = 0")
    order, count = ordering_column(connection.fetch, connection.quoted, relation, order_by, names)
    return QueryRows(connection, relation, names, order, count)


def audit_rows(
    engine: Engine,
    rows: QueryRows,
    name: str,
    *,
    mapping: LogMapping,
    timezone: str | None,
    as_of: int | None,
    since: int | None,
    until: int | None,
    back_end: BackEnd,
    on_reject: Callable[[Rejection], None] | None,
    notice: Callable[[str], None] | None,
) -> Report:
    """Return the report of an audit of all rows; `name` is what reports call the log."""
    plan = engine.plan
    log = Log(
        [ArrowScan(name, rows)],
        readers=(),
        mapping=mapping,
        timezone=timezone,
        attributes=plan.attributes(),
        fields=plan.fields(),
        channels=engine.plugins.channels,
        on_reject=on_reject,
    )
    return engine.audit(log, as_of=as_of, since=since, until=until, engine=back_end, notice=notice)
