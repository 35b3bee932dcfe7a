"""Engines that run compiled SQL in tests, each as a connection with `execute`, `fill` and `close`."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from comity.sql.compiler import Range
from comity.sql.dialects.dialect import Dialect
from sql_runs import compilable, found_by, found_in, numbered
from test_sql_cases import RUNNER, cases, limits_of

Columns = Sequence[tuple[str, str]]
"""The name and the type of each column: TEXT or BIGINT."""
SAMPLE = None if os.environ.get("COMITY_ALL_CASES") else 150
"""How many conformance cases run; with the variable COMITY_ALL_CASES all of them do."""
_ARROW = {"TEXT": pa.string(), "BIGINT": pa.int64()}


class Answer(list[tuple[Any, ...]]):
    """The rows of a query."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self

    def fetchone(self) -> tuple[Any, ...]:
        """Return the first row."""
        return self[0]


def arrow_table(columns: Columns, rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return rows as an Arrow table."""
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(each, _ARROW[kind]) for each, (_, kind) in zip(cells, columns, strict=True)]
    return pa.table(arrays, names=[name.strip('"') for name, _ in columns])


class DataFusion:
    """A context of DataFusion with its tables in memory."""

    def __init__(self) -> None:
        datafusion = pytest.importorskip("datafusion", reason="no datafusion: it is not tested")
        self._context = datafusion.SessionContext()

    def fill(self, name: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
        """Make a table."""
        self._context.register_record_batches(name, [arrow_table(columns, rows).to_batches()])

    def execute(self, statement: str) -> Answer:
        """Run a statement."""
        table = self._context.sql(statement).to_arrow_table()
        return Answer(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def close(self) -> None:
        """Do nothing: nothing is open."""


class ClickHouse:
    """A database of chdb, which is ClickHouse in this process; one session is used again and again."""

    def __init__(self, session: Any) -> None:
        self._session = session
        for name in ("stretches", "read", "comity_matters", "comity_events"):
            session.query(f"DROP TABLE IF EXISTS {name}")

    def fill(self, name: str, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
        """Make a table."""
        kinds = {"TEXT": "Nullable(String)", "BIGINT": "Nullable(Int64)"}
        typed = ", ".join(f"{column} {kinds[kind]}" for column, kind in columns)
        self._session.query(f"CREATE TABLE {name} ({typed}) ENGINE = Memory")
        if rows:
            lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            self._session.query(f"INSERT INTO {name} FORMAT JSONCompactEachRow {lines}")

    def execute(self, statement: str) -> Answer:
        """Run a statement."""
        made = "CREATE TABLE comity_events"
        statement = statement.replace(f"{made} AS", f"{made} ENGINE = Memory AS")
        settings = "SETTINGS output_format_json_quote_64bit_integers = 0"
        suffix = "" if statement.startswith("CREATE") else f" {settings}"
        found = str(self._session.query(statement + suffix, "JSONCompactEachRow"))
        return Answer(tuple(json.loads(line)) for line in found.splitlines())

    def close(self) -> None:
        """Do nothing: the session stays open."""


def check_cases(dialect: Dialect, connect: Any, sample: int | None) -> int:
    """Compare SQL with the engine on a sample of the conformance cases, or on all; returns the findings."""
    chosen = cases() if sample is None else random.Random(2).sample(cases(), sample)
    total = 0
    for parameters in chosen:
        file, case = parameters.values
        events, engine = numbered(file.events(case)), RUNNER.engine(file, case)
        plan = compilable(engine.plan, dialect)
        as_of, since, until = limits_of(case).values()
        if plan.rules and events:
            wanted = found_in(
                engine.audit(events, engine="online", as_of=as_of, since=since, until=until), plan, events
            )
            audited = Range(as_of, since, until)
            found = found_by(dialect, plan, events, engine.plugins.channels, audited, connect())
            assert found == wanted, f"{parameters.id}: {found} in place of {wanted}"
            total += wanted[0].total()
    return total
