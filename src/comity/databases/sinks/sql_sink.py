"""Findings written to a database: one transaction replaces a run, or nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

from comity.databases.connections.connection import quoted_table
from comity.databases.connections.faults import faults
from comity.databases.sinks.rows import FINDINGS, RUNS, ColumnKind, Row, finding_rows, run_row
from comity.errors import UsageError, one_of
from comity.results.report import Report


class SqlSink:
    """A connection of Python's database interface that is written to."""

    types: ClassVar[Mapping[ColumnKind, str]] = {
        "text": "TEXT",
        "instant": "TIMESTAMP WITH TIME ZONE",
        "whole": "BIGINT",
        "flag": "BOOLEAN",
    }
    place: ClassVar[str] = "?"
    """What stands in a statement for a value."""

    def __init__(self, database: str, fault: type[Exception], connection: Any) -> None:
        self._database = database
        self._fault = fault
        self._connection = connection

    def replace(self, table: str, run: str, report: Report) -> int:
        """Write the findings of a run; returns how many rows a run of the same name had.

        Raises UsageError for a table with other columns, InputError where the database refuses it.
        """
        with self._faults(), self._transaction():
            runs = f"{table}_runs"
            self._prepare(table, FINDINGS, "")
            self._prepare(runs, RUNS, ' , PRIMARY KEY ("run")')
            before = self._delete(table, run)
            self._delete(runs, run)
            for rows in finding_rows(report, run):
                self._insert(table, FINDINGS, rows)
            # INVARIANT: a run is there only with all its findings; `run` is the key, so that of two
            # programs that write one run at the same time the second one fails.
            self._insert(runs, RUNS, [run_row(report, run)])
        return before

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _prepare(self, table: str, columns: Mapping[str, ColumnKind], key: str) -> None:
        """Make a table if there is none, and check the columns of one that there is."""
        named = ", ".join(f'"{name}" {self.types[kind]}' for name, kind in columns.items())
        self._execute(f"CREATE TABLE IF NOT EXISTS {quoted_table(table)} ({named}{key})")
        check_columns(table, self._columns(table), columns)

    def _columns(self, table: str) -> list[str]:
        cursor = self._execute(f"SELECT * FROM {quoted_table(table)} LIMIT 0")
        return [name for name, *_ in cursor.description]

    def _delete(self, table: str, run: str) -> int:
        statement = f'DELETE FROM {quoted_table(table)} WHERE "run" = {self.place}'
        count: int = self._execute(statement, (run,)).rowcount
        return max(count, 0)

    def _insert(self, table: str, columns: Mapping[str, ColumnKind], rows: Sequence[Row]) -> None:
        """Write rows; their columns are in the order of `columns`, whatever the order of the table's."""
        names = ", ".join(f'"{name}"' for name in columns)
        places = ", ".join([self.place] * len(columns))
        statement = f"INSERT INTO {quoted_table(table)} ({names}) VALUES ({places})"
        self._connection.executemany(statement, rows)

    def _execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        return self._connection.execute(statement, values)

    def _transaction(self) -> AbstractContextManager[None]:
        """Return what makes all changes inside it, or none."""
        return self._all_or_nothing()

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._execute("BEGIN")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK")
            raise
        self._execute("COMMIT")

    def _faults(self) -> AbstractContextManager[None]:
        return faults(self._database, self._fault)


def check_columns(table: str, found: Collection[str], columns: Collection[str]) -> None:
    """Raise UsageError for a table that has other columns than findings have."""
    if set(found) != set(columns):
        lacking = [name for name in columns if name not in found]
        more = [name for name in found if name not in columns]
        parts = [f"it lacks {one_of(lacking)}"] if lacking else []
        parts += [f"it has {one_of(more)}"] if more else []
        raise UsageError(f"`{table}` is not a table of findings: {' and '.join(parts)}; name another table")
