"""The log in a database: which of its columns are read, a copy with numbered rows, and what it must have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from comity.databases.connections.connection import Column, Connection, quoted_column
from comity.databases.row_order import NO_ORDER, ordering_column
from comity.engine import Engine
from comity.errors import InputError, UsageError
from comity.readers import Log
from comity.readers import Mapping as LogMapping
from comity.readers.mapping.mapping import FieldRule
from comity.readers.sources.table_source import TableSource
from comity.records import frozen
from comity.results.report import Rejection

COPY: Final = '"comity_log"'
ROW: Final = '"comity_row"'
"""The number of a row of the log, from 1 on, in the order of the log."""
_NAIVE: Final = (
    "TIMESTAMP",
    "DATETIME",
    "TIMESTAMP WITHOUT TIME ZONE",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
    "TIMESTAMP_NS",
)


@frozen(eq=False)
class LogTable:
    """A log, copied to a temporary table with the columns that are read and the numbers of its rows."""

    connection: Connection
    engine: Engine
    mapping: LogMapping
    timezone: str | None
    columns: dict[str, Column]
    """The columns of the copy, by the field or attribute that they stand for."""
    rows: int

    def reader(self, table: Any, on_reject: Callable[[Rejection], None] | None = None) -> Log:
        """Return rows of the log, an Arrow table with its columns, as comity reads them."""
        plan = self.engine.plan
        return Log(
            [TableSource(table)],
            readers=(),
            mapping=self.mapping,
            timezone=self.timezone,
            attributes=plan.attributes(),
            fields=plan.fields(),
            channels=self.engine.plugins.channels,
            on_reject=on_reject,
        )

    def column(self, field: str) -> Column | None:
        """Return the column of a field or an attribute; None where there is none."""
        return self.columns.get(field)

    def listed(self) -> str:
        """Return the columns of the copy, in quotes, each once."""
        return ", ".join(dict.fromkeys(quoted_column(column.name) for column in self.columns.values()))

    def fetch(self, condition: str = "", most: int | None = None) -> Any:
        """Return rows of the copy as an Arrow table, in their order, with their numbers."""
        where = f" WHERE {condition}" if condition else ""
        limit = "" if most is None else f" LIMIT {most}"
        return self.connection.arrow(
            f"SELECT {self.listed()}, {ROW} FROM {COPY}{where} ORDER BY {ROW}{limit}"
        )


def open_log(
    connection: Connection,
    engine: Engine,
    table: str | None,
    query: str | None,
    order_by: str | None,
    mapping: LogMapping,
    timezone: str | None,
) -> LogTable:
    """Copy the columns of a log that are read to a temporary table, with the numbers of its rows.

    Raises UsageError for a mapping that SQL cannot follow, or without an order, and InputError for a table
    that lacks a column, or that has times which are in no zone.
    """
    relation = relation_of(table, query)
    _check_mapping(mapping)
    there = connection.columns(relation)
    columns = columns_of(engine, mapping, there)
    check_instants(columns["at"], mapping, timezone)
    order = order_of(connection, relation, table, order_by, [column.name for column in there])
    names = dict.fromkeys(quoted_column(column.name) for column in columns.values())
    chosen = [connection.of_one_type(relation, name) for name in names]
    connection.run(
        f"CREATE TEMP TABLE {COPY} AS SELECT {', '.join(chosen)}, "
        f'{_number(connection, relation, order)} AS {ROW} FROM {relation} AS "log"'
    )
    (rows,) = connection.rows(f"SELECT COUNT(*) FROM {COPY}")[0]
    return LogTable(connection, engine, mapping, timezone, columns, rows)


def relation_of(table: str | None, query: str | None, quoted: Callable[[str], str] = quoted_column) -> str:
    """Return a table's name, with its schema or not, in quotes, or a query in parentheses."""
    if table is not None:
        return ".".join(map(quoted, table.split(".")))
    return f"({str(query).strip().rstrip(';')})"


def _check_mapping(mapping: LogMapping) -> None:
    if mapping.only or mapping.also:
        raise UsageError(
            "a mapping with [[only]] or [[also]] cannot be followed in a database: "
            "leave rows out, and add further events, in a --query"
        )
    if mapping.log.dedupe is not None:
        raise UsageError("--dedupe does not work in a database: leave repeated rows out in a --query")


def columns_of(engine: Engine, mapping: LogMapping, there: list[Column]) -> dict[str, Column]:
    """Return the columns that are read; a reading of no rows says which ones, and what is missing.

    Raises InputError for a table that lacks a column.
    """
    import pyarrow as pa

    empty = pa.table({column.name: pa.array([None], pa.string()) for column in there})
    plan = engine.plan
    log = Log(
        [TableSource(empty)],
        readers=(),
        mapping=mapping,
        attributes=plan.attributes(),
        fields=plan.fields(),
    )
    try:
        for _ in log.batches():
            pass
    except InputError as error:
        raise InputError(str(error).replace("`the table`", "the table of the database")) from None
    by_name = {column.name: column for column in there}
    wanted = dict.fromkeys((*_FIELDS, *sorted(plan.attributes())))
    found = {}
    for field in wanted:
        rule = mapping.fields.get(field)
        name = log.spelled(field) if rule is None else rule.column
        if name is not None and name in by_name:
            found[field] = by_name[name]
    return found


_FIELDS = ("person", "at", "id", "kind", "channel", "direction", "outcome", "actor", "matter", "timezone")


def check_instants(column: Column, mapping: LogMapping, timezone: str | None, *, dates: bool = False) -> None:
    """Raise InputError for times without a zone, and unless it is said that they can be judged for dates."""
    rule = mapping.fields.get("at", FieldRule("at"))
    if column.type in _NAIVE and timezone is None and rule.timezone is None:
        raise InputError(
            f"the column `{column.name}` is a {column.type.lower()} without a time zone: "
            "say in which zone its times are, with --timezone"
        )
    if column.type == "DATE" and not dates:
        raise InputError(
            f"the column `{column.name}` has dates without times, which SQL cannot judge: "
            "audit an export of the table, or give times in a --query"
        )


def _number(connection: Connection, relation: str, order: str) -> str:
    """Return the number of a row from 1 on; a table without gaps has it, which saves to sort it."""
    if order == "rowid":
        ((count, first, last),) = connection.rows(f"SELECT COUNT(*), MIN(rowid), MAX(rowid) FROM {relation}")
        if count and last - first + 1 == count:
            return f"rowid + {1 - first}"
    return f"ROW_NUMBER() OVER (ORDER BY {order})"


def own_order(connection: Connection, relation: str, table: str | None) -> str:
    """Return what orders the rows of a table as they are; raises UsageError where they are in no order."""
    order = connection.row_identity(relation) if table is not None else None
    if order is None:
        raise UsageError(NO_ORDER)
    return order


def order_of(
    connection: Connection, relation: str, table: str | None, order_by: str | None, names: list[str]
) -> str:
    """Return what the rows are ordered by; raises UsageError and InputError where that is unknown."""
    if order_by is None:
        return own_order(connection, relation, table)
    column, _ = ordering_column(connection.rows, quoted_column, relation, order_by, names)
    return column
