"""Findings as rows of tables: written, replaced, refused; with the packages that are installed."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pytest

from comity import InputError, UsageError
from comity.cli.main import cli, guarded
from comity.databases import save_findings
from comity.results.report import Report
from lakes import ENGINE, POLICY, messages

Read = Callable[[str], list[dict[str, Any]]]


def report_of(*days: int) -> Report:
    """Return a report with a finding for each day but the first; the person is hostile."""
    return ENGINE.audit(messages('o\'ann "x"; DROP TABLE runs --', days))


def sqlite_rows(tmp_path: Path) -> tuple[str, Read]:
    def read(table: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(tmp_path / "f.db")
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f'SELECT * FROM "{table}" ORDER BY "run", "event"')]
        connection.close()
        return rows

    return f"sqlite:///{tmp_path}/f.db", read


def duckdb_rows(tmp_path: Path) -> tuple[str, Read]:
    duckdb = pytest.importorskip("duckdb")

    def read(table: str) -> list[dict[str, Any]]:
        connection = duckdb.connect(str(tmp_path / "f.duckdb"))
        found = connection.sql(f'SELECT * FROM "{table}" ORDER BY "run"').to_arrow_table().to_pylist()
        connection.close()
        return list(found)

    return f"duckdb:///{tmp_path}/f.duckdb", read


def sqlalchemy_rows(tmp_path: Path) -> tuple[str, Read]:
    pytest.importorskip("sqlalchemy", reason="no SQLAlchemy: it is not tested")
    _, read = sqlite_rows(tmp_path)
    return f"sqlite+pysqlite:///{tmp_path}/f.db", read


def delta_rows(tmp_path: Path) -> tuple[str, Read]:
    deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")

    def read(table: str) -> list[dict[str, Any]]:
        found = deltalake.DeltaTable(tmp_path / "lake" / table).to_pyarrow_table().to_pylist()
        return sorted(found, key=lambda row: str(row["run"]))

    return f"delta:{tmp_path}/lake", read


PLACES = [sqlite_rows, duckdb_rows, sqlalchemy_rows, delta_rows]
everywhere = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__.removesuffix("_rows"))
Place = Callable[[Path], tuple[str, Read]]


@everywhere
def test_findings_and_the_run(place: Place, tmp_path: Path) -> None:
    url, read = place(tmp_path)
    report = report_of(1, 2, 3)
    saved = save_findings(report, url, run="monday")
    assert (saved.findings, saved.replaced) == (2, 0)
    rows = read("comity_findings")
    assert [(row["run"], row["event"], row["person"]) for row in rows] == [
        ("monday", finding.event, finding.person) for finding in report.findings
    ]
    at = rows[0]["at"]
    instant = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    # Databases without time zones have the instant in UTC.
    assert instant.replace(tzinfo=instant.tzinfo or dt.UTC) == report.findings[0].event_at
    evidence = rows[0]["evidence"]
    assert (json.loads(evidence) if isinstance(evidence, str) else evidence) == ["#1"]
    (run,) = read("comity_findings_runs")
    assert (run["run"], run["findings"], run["events"], bool(run["complete"])) == ("monday", 2, 3, True)
    assert json.loads(run["summary"])["rows_read"] == 3


@everywhere
def test_a_run_that_is_repeated_replaces_itself_alone(place: Place, tmp_path: Path) -> None:
    url, read = place(tmp_path)
    save_findings(report_of(1, 2, 3), url, run="o'monday")
    save_findings(report_of(1, 2), url, run="tuesday")
    assert save_findings(report_of(1, 2, 3, 4), url, run="o'monday").replaced == 2
    assert save_findings(report_of(1, 2, 3, 4), url, run="o'monday").replaced == 3
    assert [row["run"] for row in read("comity_findings")] == ["o'monday"] * 3 + ["tuesday"]
    assert [row["findings"] for row in read("comity_findings_runs")] == [3, 1]


@everywhere
def test_a_run_without_findings_is_there(place: Place, tmp_path: Path) -> None:
    url, read = place(tmp_path)
    save_findings(report_of(1), url, run="quiet", table="own")
    assert not read("own")
    assert [(row["run"], row["findings"]) for row in read("own_runs")] == [("quiet", 0)]


def other_table(url: str, tmp_path: Path) -> None:
    if url.startswith("delta:"):
        import deltalake

        deltalake.write_deltalake(tmp_path / "lake" / "contacts", messages("ann", [1]))
    elif url.startswith("duckdb:"):
        import duckdb

        duckdb.connect(str(tmp_path / "f.duckdb")).execute("CREATE TABLE contacts (person TEXT)").close()
    else:
        connection = sqlite3.connect(tmp_path / "f.db")
        connection.execute("CREATE TABLE contacts (person TEXT)")
        connection.close()


@everywhere
def test_a_table_of_something_else_is_refused(place: Place, tmp_path: Path) -> None:
    url, _ = place(tmp_path)
    other_table(url, tmp_path)
    with pytest.raises(UsageError, match=r"`.*contacts` is not a table of findings: it lacks `run`"):
        save_findings(report_of(1, 2), url, run="monday", table="contacts")


@pytest.mark.parametrize(
    ("url", "fault", "message"),
    [
        ("findings.db", UsageError, "`findings.db` is no place for findings: allowed are `sqlite:///FILE`"),
        ("sqlite://FILE", UsageError, "names no file: write `sqlite:///FILE`"),
        ("sqlite:////no/such/folder/f.db", InputError, "unable to open database file"),
        ("iceberg://lake", UsageError, "write `iceberg://CATALOG/NAMESPACE`"),
    ],
)
def test_where_nothing_can_be_written(url: str, fault: type[Exception], message: str) -> None:
    with pytest.raises(fault) as error:
        save_findings(report_of(1, 2), url, run="monday")
    assert message in str(error.value)


def test_names_that_are_empty(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the run has no name"):
        save_findings(report_of(1), f"sqlite:///{tmp_path}/f.db", run=" ")


@pytest.mark.parametrize(
    ("package", "url"), [("duckdb", "duckdb:///f"), ("deltalake", "delta:f"), ("sqlalchemy", "mysql://h/d")]
)
def test_packages_that_are_missing(package: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match="pip install"):
        save_findings(report_of(1), url, run="monday")


def test_databases_without_a_driver() -> None:
    pytest.importorskip("sqlalchemy", reason="no SQLAlchemy: it is not tested")
    with pytest.raises(UsageError, match=r"`oracle://…@example\.org/x`: its driver is missing"):
        save_findings(report_of(1), "oracle://me:secret@example.org/x", run="monday")
    with pytest.raises(UsageError, match="is no database"):
        save_findings(report_of(1), "nosuch://example.org/x", run="monday")


def test_nothing_is_changed_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, read = sqlite_rows(tmp_path)
    save_findings(report_of(1, 2, 3), url, run="monday")
    monkeypatch.setattr("comity.databases.sinks.sql_sink.run_row", lambda *_: (object(),) * 9)
    with pytest.raises(InputError, match="SQLite refuses it"):
        save_findings(report_of(1, 2), url, run="monday")
    assert len(read("comity_findings")) == 2


class TestIceberg:
    def test_findings_and_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        sql = pytest.importorskip("pyiceberg.catalog.sql", reason="no pyiceberg: its tables are not tested")
        catalog = sql.SqlCatalog("l", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}/lake")
        catalog.create_namespace("audit")
        monkeypatch.setattr("comity.databases.sinks.lake_sinks.load_the_catalog", lambda name: catalog)
        for days in ((1, 2, 3), (1, 2, 3, 4)):
            saved = save_findings(report_of(*days), "iceberg://l/audit", run="o'monday")
        assert (saved.findings, saved.replaced) == (3, 2)
        rows = catalog.load_table("audit.comity_findings").scan().to_arrow().to_pylist()
        assert [(row["run"], row["evidence"]) for row in rows] == [("o'monday", [f"#{n}"]) for n in (1, 2, 3)]
        assert catalog.load_table("audit.comity_findings_runs").scan().to_arrow()["findings"].to_pylist() == [
            3
        ]
        catalog.create_table("audit.other", schema=pa.schema([("a", pa.string())]))
        with pytest.raises(UsageError, match=r"`audit.other` is not a table of findings"):
            save_findings(report_of(1), "iceberg://l/audit", run="x", table="other")


class TestCommand:
    def audit(self, tmp_path: Path, *arguments: str) -> int:
        (tmp_path / "p.toml").write_text(POLICY)
        pc.write_csv(messages("ann", [1, 2, 3]), tmp_path / "log.csv")
        policy = ("--policy", str(tmp_path / "p.toml"))
        command = ["audit", str(tmp_path / "log.csv"), *policy, *arguments]
        return guarded(lambda: cli.main(args=command, prog_name="comity", standalone_mode=False))

    def test_the_report_comes_too(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        url, read = sqlite_rows(tmp_path)
        for message in ("as the run `1`\n", "as the run `1`, in place of 2\n"):
            assert self.audit(tmp_path, "--save-to", url, "--run", "1", "--format", "jsonl") == 1
            output = capsys.readouterr()
            assert "2 findings are in the table `comity_findings` " + message in output.err
            assert len(output.out.splitlines()) == 2
        assert len(read("comity_findings")) == 2

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--run", "1"), "--run is for findings in a table: say where with --save-to URL"),
            (("--save-table", "t"), "--save-table is for findings in a table"),
            (("--save-to", "sqlite:///f.db"), "--save-to needs --run NAME"),
            (("--save-to", "f.db", "--run", "1"), "`f.db` is no place for findings"),
        ],
    )
    def test_options_that_do_not_go_together(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
    ) -> None:
        assert self.audit(tmp_path, *arguments) == 2
        output = capsys.readouterr()
        assert message in output.err
        assert not output.out
