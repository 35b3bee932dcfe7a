"""Audits of data frames: once with Spark in this process, and once more through Spark Connect."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from comity import Engine, Event, InputError, UsageError
from piece_audits import ORDER, table_of
from spark_sessions import MISSING, open_session
from strategies import histories, instants, policies

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
EXAMPLES = int(os.environ.get("COMITY_EXAMPLES", "60"))
KIND = os.environ.get("COMITY_SPARK", "classic")
AS_OF = "2024-06-01T00:00:00Z"
START = dt.datetime(2024, 3, 4, 9, tzinfo=dt.UTC)
POLICY = """
comity = 1

[policy]
id = "calls"
title = "Calls"
version = "1"
timezone = "America/New_York"

[attributes]
score = "number"

[rules.gap]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "2 calendar days"

[rules.matter]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 1
window = "7d"
per = ["person", "matter"]

[rules.team]
kind = "maximum-contacts"
contact = { kind = "call", score = { more-than = 2 } }
limit = 2
window = "1d"
per = ["actor"]

[rules.answer]
kind = "response-window"
after = { kind = "question", direction = "inbound" }
expect = { kind = "call" }
within = "1 business day"

[rules.all]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 5
window = "same day"
per = []
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    made = open_session(KIND)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.of(POLICY)


def log(count: int = 400) -> pa.Table:
    """Return a log in which persons are written in several ways, and three rows are no events."""
    numbers = range(count)
    spelled = ["Zoë", "Zoe\u0308 ", "zoë", "A. Smith", "a smith", "p1", "p2", "p3", "p4", "p5"]
    return pa.table(
        {
            "person": [None if number % 133 == 1 else spelled[number * 7 % 10] for number in numbers],
            "at": [START + dt.timedelta(minutes=211 * number) for number in numbers],
            "kind": ["question" if number % 11 == 0 else "call" for number in numbers],
            "direction": ["inbound" if number % 11 == 0 else "outbound" for number in numbers],
            "actor": ["ann" if number % 3 else None for number in numbers],
            "matter": [["m1", "m2", "m1;m2"][number % 3] for number in numbers],
            "score": ["?" if number % 50 == 0 else str(number % 7) for number in numbers],
            "id": [f"c{number}" for number in numbers],
            "number": list(numbers),
            "note": ["not read by any rule"] * count,
        }
    )


def same(rows: Any, engine: Engine, table: pa.Table, **options: Any) -> None:
    """Check the report of the rows of an audit against that of the same table in memory."""
    import comity.spark

    found = comity.spark.report(rows, engine)
    wanted = engine.audit(table, as_of=AS_OF, **options)
    assert list(found.findings) == list(wanted.findings) != []
    assert found.summary == attrs_without_notices(wanted.summary, found.summary)
    assert sorted(map(str, found.notices)) == sorted(map(str, wanted.notices))


def attrs_without_notices(summary: Any, other: Any) -> Any:
    """Return a summary with the notices of another one: their order may differ."""
    return attrs.evolve(summary, notices=other.notices)


@pytest.mark.parametrize(
    ("partitions", "batch", "zone"),
    [(None, 10_000, "UTC"), (1, 7, "Asia/Kolkata"), (64, 10_000, "America/New_York")],
)
def test_a_frame_gives_the_report_of_its_rows(
    session: Any, engine: Engine, partitions: int | None, batch: int, zone: str
) -> None:
    from pyspark.sql import functions

    import comity.spark

    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch)
    session.conf.set("spark.sql.session.timeZone", zone)
    table = log()
    frame = session.createDataFrame(table).orderBy(functions.rand(seed=3))
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", partitions=partitions)
    same(rows, engine, table)


@settings(max_examples=EXAMPLES // 20, deadline=None, database=None, phases=[Phase.generate])
@given(policies(), histories(), instants(), st.integers(1, 9))
def test_drawn_policies_find_the_same_in_drawn_frames(
    session: Any, text: str, events: list[Event], as_of: int, partitions: int
) -> None:
    import comity.spark

    if not events:
        return
    numbered = [
        attrs.evolve(event, id=f"e{number}", label=None, date_only=False)
        for number, event in enumerate(events)
    ]
    engine, table = Engine.of(text), table_of(numbered)
    rows = comity.spark.audit(
        session.createDataFrame(table),
        engine,
        as_of=as_of,
        order_by=ORDER,
        partitions=partitions,
        check=False,
    )
    found = list(comity.spark.report(rows, engine).findings)
    assert found == list(engine.audit(table, as_of=as_of).findings)


def test_findings_rejected_rows_and_notices_are_frames_of_their_own(session: Any, engine: Engine) -> None:
    import comity.spark

    table = log()
    frame = session.createDataFrame(table)
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", partitions=5, check=False)
    rejected = comity.spark.rejected(rows).collect()
    assert sorted(int(row["row"]) for row in rejected) == [1, 134, 267]
    assert {row["reason"] for row in rejected} == {"`person` is empty"}
    wanted = engine.audit(table, as_of=AS_OF)
    findings = comity.spark.findings(rows)
    assert findings.columns[:6] == ["policy", "rule", "kind", "severity", "status", "person"]
    assert findings.count() == len(wanted.findings)
    told = {(row["code"], row["rule"]): row["count"] for row in comity.spark.notices(rows).collect()}
    counts = {(each.code, (each.rule or "").partition("/")[2] or None): each.count for each in wanted.notices}
    assert told[("scope-field-missing", "team")] == counts[("scope-field-missing", "team")]
    assert told[("unreadable-values", None)] == counts[("unreadable-values", None)] == 8
    assert told[("near-persons", None)] == counts[("near-persons", None)]


def test_one_shuffle_for_all_rules_with_one_key(session: Any, engine: Engine) -> None:
    import comity.spark

    frame = session.createDataFrame(log(20))
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", partitions=3, check=False)
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        rows.explain()
    plan = shown.getvalue()
    # By person, by actor, and the rule of the whole log in one piece.
    assert plan.count("Exchange hashpartitioning(comity_key") == 2
    assert plan.count("Exchange ") == 3
    assert "note" not in plan


def test_a_spark_without_functions_of_arrow_columns_finds_the_same(
    session: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.sql import functions

    import comity.spark

    monkeypatch.delattr(functions, "arrow_udf", raising=False)
    frame = session.createDataFrame(log(150))
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", partitions=3, check=False)
    same(rows, engine, log(150))


def test_an_empty_frame_is_told_of(session: Any, engine: Engine) -> None:
    import comity.spark

    frame = session.createDataFrame(log(20)).where("number < 0")
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", check=False)
    report = comity.spark.report(rows, engine)
    assert [each.code for each in report.notices] == ["no-events"]
    assert not report.complete


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 'p' person, TIMESTAMP_NTZ'2024-01-01 00:00:00' at, 1 number", "times without a zone"),
        ("SELECT 'p' person, DATE'2024-01-01' at, 1 number", "has dates, which are no instants"),
        ("SELECT 'p' person, now() at", "there is no column `number` to order the rows by"),
        ("SELECT 'p' person, now() at, 1 number, 2 number", "several columns are called `number`"),
        ("SELECT 'p' person, now() at, 1 number, INTERVAL '2' MONTH kind", "does not send to Python"),
    ],
)
def test_frames_that_cannot_be_audited_are_refused(
    session: Any, engine: Engine, query: str, said: str
) -> None:
    import comity.spark

    with pytest.raises(UsageError, match=said):
        comity.spark.audit(session.sql(query), engine, as_of=AS_OF, order_by="number", check=False)


def test_wrong_arguments_are_refused(session: Any, engine: Engine) -> None:
    import comity.spark

    frame = session.createDataFrame(log(20))
    others: list[Any] = [log(20), log(20).to_pylist(), "contacts", None]
    for other in others:
        with pytest.raises(UsageError, match="is not a data frame of Spark"):
            comity.spark.audit(other, engine, as_of=AS_OF, order_by="number")
    streamed = session.readStream.format("rate").load()
    with pytest.raises(UsageError, match="streaming"):
        comity.spark.audit(streamed, engine, as_of=AS_OF, order_by="value")
    with pytest.raises(UsageError, match="partitions=0"):
        comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", partitions=0)
    with pytest.raises(Exception, match="`-7d` is not a date and time"):
        comity.spark.audit(frame, engine, as_of="-7d", order_by="number")
    with pytest.raises(UsageError, match="there is no column `record`"):
        comity.spark.report(frame, engine)


def test_a_log_without_a_person_is_refused(session: Any, engine: Engine) -> None:
    import comity.spark

    frame = session.createDataFrame(log(20)).withColumnRenamed("person", "customer")
    with pytest.raises(InputError, match="has no column `person`"):
        comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", check=False)


def test_workers_with_other_packages_are_refused(
    session: Any, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import comity.spark

    frame = session.createDataFrame(log(20))
    assert comity.spark.check_workers(session)["comity"]
    monkeypatch.setattr("comity.__version__", "99.1")
    with pytest.raises(UsageError, match=r"a worker of Spark has comity .* in place of 99\.1"):
        comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number")
    rows = comity.spark.audit(frame, engine, as_of=AS_OF, order_by="number", check=False)
    with pytest.raises(Exception, match=r"this worker has comity .* in place of 99\.1"):
        rows.collect()


def test_a_worker_without_comity_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from comity.spark import workers

    class Session:
        """Runs the small job in this process, where the module is missing."""

        def range(self, *_: int) -> Session:
            return self

        def mapInArrow(self, asked: Any, schema: str) -> Session:  # noqa: N802
            monkeypatch.setitem(sys.modules, "comity.pieces.packages", None)
            self.found = list(asked([pa.record_batch({"id": [1, 2]})]))
            return self

        def distinct(self) -> Session:
            return self

        def collect(self) -> list[tuple[str]]:
            return [(text,) for batch in self.found for text in batch["found"].to_pylist()]

    given: Any = Session()
    with pytest.raises(UsageError, match="a worker of Spark cannot load comity: ModuleNotFoundError"):
        workers.check_workers(given)


def test_the_command_writes_the_rows_and_says_what_was_found(
    session: Any, tmp_path: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    from comity.spark.submit import main

    session.createDataFrame(log()).write.parquet(str(tmp_path / "log"))
    (tmp_path / "calls.toml").write_text(POLICY)
    given = ["--path", str(tmp_path / "log"), "--policy", str(tmp_path / "calls.toml"), "--no-plugins"]
    given += ["--order-by", "number", "--as-of", AS_OF, "--output", str(tmp_path / "rows")]
    assert main(given) == 3  # three rows are rejected
    out, err = capsys.readouterr()
    assert '"rows_rejected": 3' in out
    assert "near-persons" in err
    same(session.read.parquet(str(tmp_path / "rows")), engine, log())
    assert main(given) == 3
    assert "already exists" in capsys.readouterr().err
    assert main([*given[:-1], str(tmp_path / "other"), "--policy", "no-such-policy"]) == 2
    assert "no-such-policy" in capsys.readouterr().err
    query = ["--query", f"SELECT * FROM parquet.`{tmp_path / 'log'}` WHERE person IS NOT NULL", *given[2:]]
    assert main([*query, "--mode", "overwrite"]) == 1


@pytest.mark.skipif(KIND != "classic", reason="it starts the other one")
def test_all_of_it_through_spark_connect() -> None:
    environment = {**os.environ, "COMITY_SPARK": "connect"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
