from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from comity import Engine, InputError, UsageError
from comity.databases import audit_database, open_database
from comity.databases.audit import Way
from comity.readers import Mapping
from comity.readers.mapping.mapping import FieldRule, Only
from comity.results.report import Rejection

sys.path.insert(0, str(Path(__file__).parents[2]))
from database_logs import as_json, both, open_sql, write_duckdb, write_sqlite

POLICY = """comity = 1
[policy]
id = "reach"
title = "Reaching people"
version = "1"
timezone = "Europe/Lisbon"
[attributes]
score = "number"
[rules.few]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 2
window = "same week"
[rules.agents]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 9
window = "1d"
per = ["actor"]
[rules.stopped]
kind = "stop-after"
contact = { kind = "text" }
after = { kind = "stop" }
per = ["person", "matter"]
[rules.low]
kind = "forbidden"
contact = { score = { less-than = 2 } }
[rules.office]
kind = "contact-hours"
contact = { kind = "call" }
allow = [{ from = "08:00", to = "20:00" }]
[rules.answer]
kind = "response-window"
after = { kind = "question" }
expect = { kind = "call" }
within = "2 business days"
"""
START = 1_717_000_000


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.of(POLICY)


def some_rows(count: int = 600) -> list[dict[str, Any]]:
    draw = random.Random(8)
    return [
        {
            "id": draw.choice((f"e{number}", f"e{number}", None)),
            "person": f"person-{draw.randrange(count // 15 + 1)}",
            "at": f"{pa.scalar(START + draw.randrange(60 * 86400), pa.timestamp('s')).as_py().isoformat()}Z",
            "kind": draw.choice(("call", "Call", "text", "stop", "question")),
            "direction": draw.choice(("out", "outbound", "inbound")),
            "actor": draw.choice((None, "ann", "bo")),
            "matter": draw.choice((None, "m1", "m1;m2")),
            "timezone": draw.choice((None, "Asia/Tokyo", "America/New_York America/Chicago")),
            "score": draw.choice((None, 1, 2.5, 7)),
        }
        for number in range(count)
    ]


def placed_rows(count: int) -> list[dict[str, Any]]:
    """Return rows with their places, from the last one to the first."""
    return [{**row, "place": place} for place, row in enumerate(some_rows(count))][::-1]


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(rows)
    instants = [row["at"].removesuffix("Z") for row in rows]
    return table.set_column(
        2, "at", pa.array(instants).cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    )


def make(kind: str, folder: Path, rows: list[dict[str, Any]]) -> str:
    if kind == "sqlite":
        return write_sqlite(folder / "log.sqlite", rows)
    return write_duckdb(folder / "log.duckdb", as_table(rows))


databases = pytest.mark.parametrize("kind", ["duckdb", "sqlite"])


@databases
@pytest.mark.parametrize("way", ["sql", "columnar", "online", "auto"])
def test_the_report_is_that_of_the_rows(kind: str, way: Way, tmp_path: Path, engine: Engine) -> None:
    found, wanted = both(engine, make(kind, tmp_path, some_rows()), way)
    assert found == wanted
    assert found.count('"status": "violation"') > 100


@databases
def test_a_part_of_the_log_and_a_day_to_judge_by(kind: str, tmp_path: Path, engine: Engine) -> None:
    limits = {
        "as_of": (START + 70 * 86400) * 10**6,
        "since": (START + 86400) * 10**6,
        "until": (START + 40 * 86400) * 10**6,
    }
    found, wanted = both(engine, make(kind, tmp_path, some_rows()), **limits)  # type: ignore[arg-type]
    assert found == wanted


@databases
def test_rows_that_are_no_events_are_rejected_and_told(kind: str, tmp_path: Path, engine: Engine) -> None:
    rows = some_rows(200)
    rows[3]["person"] = None
    rows[17]["direction"] = "sideways"
    rows[40]["timezone"] = "Europe/Atlantis"
    url = make(kind, tmp_path, rows)
    connection, all_rejected = open_database(url), list[Rejection]()
    report = audit_database(engine, connection, way="sql", table="log", on_reject=all_rejected.append)
    connection.close()
    assert report.summary.rows_read == 200
    assert report.summary.rows_rejected == 3
    assert report.summary.events == 197
    assert [each.row for each in report.rejections] == [4, 18, 41]
    assert "sideways" in report.rejections[1].reason
    assert all_rejected == list(report.rejections)
    assert not report.complete


@databases
def test_values_of_another_type_are_counted(kind: str, tmp_path: Path, engine: Engine) -> None:
    rows = [{**row, "score": str(row["score"]) if row["score"] else "none"} for row in some_rows(150)]
    found, wanted = both(engine, make(kind, tmp_path, rows))
    assert '"unreadable"' in found
    assert found == wanted


@databases
def test_persons_who_are_written_in_several_ways_are_one(kind: str, tmp_path: Path, engine: Engine) -> None:
    rows = some_rows(150)
    for row in rows[::3]:
        row["person"] = f"  {row['person']} "
    rows[5]["person"] = "Zoe\u0301"
    rows[6]["person"] = "Zo\u00e9"
    found, wanted = both(engine, make(kind, tmp_path, rows))
    assert found == wanted


def test_an_attribute_without_a_column_is_told(tmp_path: Path, engine: Engine) -> None:
    rows = [{name: value for name, value in row.items() if name != "score"} for row in some_rows(50)]
    found, wanted = both(engine, make("sqlite", tmp_path, rows))
    assert "column-missing" in found
    assert found == wanted


def test_a_mapping_says_which_column_is_which(tmp_path: Path, engine: Engine) -> None:
    rows = [
        {"who" if name == "person" else name: value for name, value in row.items()} for row in some_rows(80)
    ]
    kinds = FieldRule("kind", values={"call": "text"}, default="call")
    mapping = Mapping(
        1, fields={"person": FieldRule("who"), "kind": kinds, "channel": FieldRule(value="phone")}
    )
    connection = open_sql(make("sqlite", tmp_path, rows))
    found = audit_database(engine, connection, way="sql", table="log", mapping=mapping)
    source = connection.arrow("SELECT * FROM log")
    connection.close()
    assert found.summary.by_rule["reach/few"].judged
    log = engine.log(write_parquet(tmp_path, source), mapping=mapping)
    assert list(found.findings) == list(engine.audit(log).findings)


def write_parquet(folder: Path, table: pa.Table) -> Path:
    import pyarrow.parquet as pq

    pq.write_table(table, folder / "log.parquet")
    return folder / "log.parquet"


def test_a_query_needs_an_order_and_then_is_a_log(tmp_path: Path, engine: Engine) -> None:
    rows = [{**row, "number": number} for number, row in enumerate(some_rows(120))]
    url = make("duckdb", tmp_path, rows)
    connection = open_database(url)
    with pytest.raises(UsageError, match="have no order of their own"):
        audit_database(engine, connection, way="sql", query="SELECT * FROM log")
    with pytest.raises(UsageError, match="no column `numbre` to order by: did you mean `number`"):
        audit_database(engine, connection, way="sql", table="log", order_by="numbre")
    with pytest.raises(InputError, match="119 of 120 rows have no value of their own in `channel`"):
        audit_database(
            engine, connection, way="sql", query="SELECT *, 'phone' AS channel FROM log", order_by="channel"
        )
    found = audit_database(
        engine, connection, query="SELECT * FROM log WHERE kind <> 'stop';", order_by="number"
    )
    connection.close()
    kept = as_table([row for row in rows if row["kind"] != "stop"])
    assert as_json(found) == as_json(engine.audit(kept))


def test_times_without_a_zone_are_refused_and_read_in_a_zone(tmp_path: Path, engine: Engine) -> None:
    table = as_table(some_rows(90))
    table = table.set_column(2, "at", table["at"].cast(pa.timestamp("us")))
    connection = open_database(write_duckdb(tmp_path / "log.duckdb", table))
    with pytest.raises(InputError, match="`at` is a timestamp without a time zone: say in which zone"):
        audit_database(engine, connection, way="sql", table="log")
    found = audit_database(engine, connection, way="sql", table="log", timezone="Europe/Lisbon")
    connection.close()
    log = engine.log(write_parquet(tmp_path, table), timezone="Europe/Lisbon")
    assert list(found.findings) == list(engine.audit(log).findings)


def test_dates_without_times_are_refused(tmp_path: Path, engine: Engine) -> None:
    rows = some_rows(40)
    rows[7]["at"] = "2024-06-03"
    connection = open_database(make("sqlite", tmp_path, rows))
    with pytest.raises(InputError, match="1 event of the log has a date without a time"):
        audit_database(engine, connection, way="sql", table="log", timezone="UTC")
    connection.close()


def test_a_rule_without_sql_is_judged_on_all_rows(tmp_path: Path) -> None:
    again = POLICY + '[rules.again]\nkind = "maximum-gap"\ncontact = { kind = "call" }\ngap = "12d"\n'
    told: list[str] = []
    engine = Engine.of(again)
    connection = open_sql(make("sqlite", tmp_path, some_rows(200)))
    found = audit_database(engine, connection, way="sql", table="log", notice=told.append)
    wanted = engine.audit(connection.arrow("SELECT * FROM log"))
    connection.close()
    assert as_json(found) == as_json(wanted)
    assert len(told) == 1
    assert told[0].startswith("rule `reach/again` has no SQL that means the same: ")


@pytest.mark.parametrize("count", [0, 1])
def test_a_table_without_events(count: int, tmp_path: Path, engine: Engine) -> None:
    rows = some_rows(5)
    url = make("sqlite", tmp_path, [{**row, "person": None} for row in rows])
    with sqlite3.connect(tmp_path / "log.sqlite") as connection:
        connection.execute(f"DELETE FROM log WHERE rowid > {count}")
    connection.close()
    found, wanted = both(engine, url)
    assert found == wanted


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs one of --table and --query"),
        ({"table": "log", "query": "SELECT 1"}, "needs one of --table and --query"),
        ({"table": "log", "mapping": Mapping(1, only=(Only("kind", ("call",)),))}, r"with \[\[only\]\] or"),
    ],
)
def test_options_that_cannot_be(
    options: dict[str, Any], message: str, tmp_path: Path, engine: Engine
) -> None:
    connection = open_database(make("sqlite", tmp_path, some_rows(5)))
    with pytest.raises(UsageError, match=message):
        audit_database(engine, connection, **{"way": "sql", **options})
    connection.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("me:secret@example.org/crm", r"`…@example.org/crm` is not a database"),
        ("duckdb://", "`duckdb://` names no file: write `duckdb:///FILE`"),
        ("sqlite:///no/such/file.db", "there is no such database"),
        ("duckdb:///no/such/file.db", "there is no such database"),
    ],
)
def test_databases_that_are_not_there(url: str, message: str) -> None:
    with pytest.raises((UsageError, InputError), match=message):
        open_database(url)


def test_databases_without_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="its driver is missing: pip install adbc-driver-nosuch"):
        open_database("adbc:nosuch:x")
    with pytest.raises(UsageError, match=r"write `adbc:DRIVER:URI`, such as `adbc:sqlite:FILE`"):
        open_database("adbc:sqlite")
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(UsageError, match=r"`mysql://…@example.org/crm`: such a database needs SQLAlchemy"):
        open_database("mysql://me:secret@example.org/crm")


@pytest.mark.parametrize("url", ["sqlite+pysqlite:///{}", "adbc:sqlite:{}"])
class TestRowsThatAreFetched:
    """Databases for which no rule becomes SQL give all rows."""

    def open(self, url: str, tmp_path: Path, rows: list[dict[str, Any]]) -> Any:
        package = "sqlalchemy" if url.startswith("sqlite") else "adbc_driver_sqlite"
        pytest.importorskip(package, reason=f"no {package}: it is not tested")
        make("sqlite", tmp_path, rows)
        return open_database(url.format(tmp_path / "log.sqlite"))

    def test_the_report_is_that_of_the_rows(self, url: str, tmp_path: Path, engine: Engine) -> None:
        with closing(self.open(url, tmp_path, placed_rows(300))) as connection:
            found = audit_database(engine, connection, table="log", order_by="place")
        with closing(open_sql(f"sqlite:///{tmp_path}/log.sqlite")) as connection:
            wanted = audit_database(engine, connection, table="log", order_by="place")
        assert len(found.findings) > 20
        assert as_json(found) == as_json(wanted)

    def test_sql_for_them_is_refused(self, url: str, tmp_path: Path, engine: Engine) -> None:
        connection = self.open(url, tmp_path, placed_rows(5))
        with pytest.raises(UsageError, match="no rules become SQL for this database"):
            audit_database(engine, connection, table="log", order_by="place", way="sql")
        connection.close()

    def test_a_query(self, url: str, tmp_path: Path, engine: Engine) -> None:
        connection = self.open(url, tmp_path, placed_rows(50))
        query = "SELECT *, 'a:b' AS \"more\" FROM log WHERE place < 20;"
        report = audit_database(engine, connection, query=query, order_by="place")
        connection.close()
        assert report.summary.rows_read == 20

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"table": "log"}, "the rows have no order of their own"),
            ({"table": "log", "order_by": "plac"}, "there is no column `plac` to order by: did you mean"),
            ({"table": "log", "order_by": "person"}, "have no value of their own in `person`"),
            ({"table": "lgo", "order_by": "place"}, "the database refuses it: .*no such table"),
            ({"table": "log", "query": "SELECT 1"}, "one of --table and --query"),
        ],
    )
    def test_what_is_refused(
        self, url: str, tmp_path: Path, engine: Engine, given: dict[str, str], message: str
    ) -> None:
        connection = self.open(url, tmp_path, placed_rows(50))
        with pytest.raises((UsageError, InputError), match=message):
            audit_database(engine, connection, **given)  # type: ignore[arg-type]
        connection.close()


def test_a_table_that_is_not_there(tmp_path: Path, engine: Engine) -> None:
    connection = open_database(make("sqlite", tmp_path, some_rows(5)))
    with pytest.raises(InputError, match="no such table"):
        audit_database(engine, connection, table="logs")
    connection.close()


@databases
def test_the_database_is_not_changed(kind: str, tmp_path: Path, engine: Engine) -> None:
    url = make(kind, tmp_path, some_rows(60))
    file = tmp_path / f"log.{kind}"
    before = file.read_bytes()
    connection = open_database(url)
    audit_database(engine, connection, table="log")
    connection.close()
    assert file.read_bytes() == before


def test_rows_of_a_database_follow_any_mapping(tmp_path: Path, engine: Engine) -> None:
    only = Mapping(1, only=(Only("kind", ("call", "Call")),))
    with closing(open_sql(make("duckdb", tmp_path, some_rows(90)))) as connection:
        found = audit_database(engine, connection, table="log", mapping=only)
        rows = connection.arrow("SELECT * FROM log")
    wanted = engine.audit(engine.log(write_parquet(tmp_path, rows), mapping=only))
    assert 0 < found.summary.events < 90
    assert list(found.findings) == list(wanted.findings)
