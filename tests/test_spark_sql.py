"""SQL of the dialect Spark SQL, run on this machine: views, and the conformance cases against the engine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pytest

from comity.clock.instants import parse_instant
from comity.sql.compiler import Range
from comity.sql.dialects.registry import DIALECTS
from spark_sessions import MISSING, open_session
from sql_runs import compilable, found_by, found_in, numbered
from sql_views import SMALL, printed
from test_sql_cases import RUNNER, cases
from test_sql_views import LOOKING_BACK, as_table, some_rows, typed_stretches, wanted

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
SPARK = DIALECTS["spark"]
STEP = int(os.environ.get("COMITY_SPARK_STEP", "100"))
"""One of so many cases is run, since Spark takes seconds for each; with 1 all of them are."""
_TABLE = re.compile(r"CREATE TABLE (\w+) (?:\((.*)\)|AS (.*))", re.DOTALL)
_ROWS = re.compile(r"INSERT INTO (\w+) VALUES .*", re.DOTALL)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    made = open_session("classic")
    # For a few rows, compiling statements and starting tasks takes nearly all of the time.
    made.conf.set("spark.sql.codegen.wholeStage", False)
    made.conf.set("spark.sql.adaptive.enabled", False)
    made.conf.set("spark.sql.shuffle.partitions", 1)
    yield made
    made.stop()


class SparkConnection:
    """A session as a connection: tables are views, and rows are given when a statement asks for them."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._columns: dict[str, dict[str, pa.DataType]] = {}
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self._found: list[tuple[Any, ...]] = []

    def execute(self, statement: str, values: Sequence[Any] = ()) -> SparkConnection:
        """Run a statement; the lines that it finds are kept."""
        table, rows = _TABLE.fullmatch(statement), _ROWS.fullmatch(statement)
        if table is not None and table[2] is not None:
            columns = [each.replace('"', "").split() for each in table[2].split(", ")]
            kinds = {name: pa.string() if kind == "TEXT" else pa.int64() for name, kind in columns}
            self._columns[table[1]], self._rows[table[1]] = kinds, []
        elif rows is not None:
            width = len(self._columns[rows[1]])
            self._rows[rows[1]] += zip(*(iter(values),) * width, strict=True)
        elif table is not None:
            self._give()
            self._session.sql(SPARK.written(table[3])).createOrReplaceTempView(table[1])
        else:
            self._give()
            self._found = [tuple(line) for line in self._session.sql(SPARK.written(statement)).collect()]
        return self

    def _give(self) -> None:
        """Make views of the rows that were inserted."""
        for name, lines in self._rows.items():
            columns = zip(*lines, strict=True) if lines else [[] for _ in self._columns[name]]
            made = {
                column: pa.array(values).cast(kind)
                if any(each is not None for each in values)
                else pa.nulls(len(values), kind)
                for (column, kind), values in zip(self._columns[name].items(), columns, strict=True)
            }
            self._session.createDataFrame(pa.table(made)).createOrReplaceTempView(name)
        self._rows.clear()

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._found

    def fetchone(self) -> tuple[Any, ...]:
        return self._found[0]

    def close(self) -> None:
        """Nothing is left to close."""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_view_finds_the_same_in_spark(session: Any, zone: str) -> None:
    session.conf.set("spark.sql.session.timeZone", zone)
    rows = some_rows()
    session.createDataFrame(as_table(rows)).createOrReplaceTempView("contacts")
    session.createDataFrame(typed_stretches()).createOrReplaceTempView("comity_stretches")
    for policy in (SMALL, LOOKING_BACK):
        found = session.sql(printed("spark", policy).view.statement).collect()
        assert sorted(map(tuple, found), key=str) == sorted(wanted(rows, policy), key=str)


def test_the_view_can_be_created(session: Any) -> None:
    session.createDataFrame(as_table(some_rows(50))).createOrReplaceTempView("contacts")
    session.createDataFrame(typed_stretches()).createOrReplaceTempView("comity_stretches")
    statement = printed("spark").view.statement
    created = SPARK.create_view.format("reach").replace("VIEW", "TEMPORARY VIEW")
    session.sql(f"{created}\n{statement}")
    assert session.table("reach").count() == len(wanted(some_rows(50)))


@pytest.mark.parametrize(("file", "case"), cases()[::STEP])
def test_spark_finds_what_the_engine_finds(session: Any, file: Any, case: Any) -> None:
    given = {"as_of": case.as_of, "since": case.since, "until": case.until}
    limits: dict[str, Any] = {name: text and parse_instant(text) for name, text in given.items()}
    engine, events = RUNNER.engine(file, case), numbered(file.events(case))
    plan = compilable(engine.plan, SPARK)
    if not plan.rules or not events:
        return
    report = engine.audit(events, engine="online", **limits)
    connection = SparkConnection(session)
    found = found_by(SPARK, plan, events, engine.plugins.channels, Range(**limits), connection)
    assert found == found_in(report, plan, events)


def test_some_cases_are_run() -> None:
    assert len(cases()[::STEP]) >= 5
