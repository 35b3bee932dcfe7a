"""Policies as views: what they find in databases, and how they are written in every dialect."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from comity import Engine, PolicyError, UsageError
from comity.databases.printed import print_sql, stretches_csv
from comity.readers import Mapping
from comity.readers.mapping.mapping import FieldRule
from comity.sql.dialects.registry import DIALECTS, find_dialect
from sql_views import FOLDER, SMALL, kept, printed

START = 1_709_000_000
LOOKING_BACK = """comity = 1
[policy]
id = "back"
title = "Looking back"
version = "1"
[rules.asked]
kind = "forbidden"
contact = { kind = "call", not = { preceded-by = { event = { kind = "question" }, in-last = "9d" } } }
[rules.ways]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 2
window = "20d"
distinct = "channel"
"""
POLICIES = [
    path
    for path in sorted((Path(__file__).parent.parent / "policies").glob("*.toml"))
    if not path.name.endswith(".cases.toml")
]
PARSED_AS = {"datafusion": "duckdb"}
"""The dialects that the parser has no name for, and what it reads them as."""


def some_rows(count: int = 700) -> list[dict[str, Any]]:
    draw = random.Random(4)
    return [
        {
            "id": f"e{number:04}",
            "person": draw.choice((f"p{draw.randrange(40)}", f" p{draw.randrange(40)}")),
            "at": (START + draw.randrange(60 * 86400)) * 10**6,
            "kind": draw.choice(("call", "Call ", "CALL", "stop", "question", "answer", None)),
            "channel": draw.choice(("Phone", "tel", "E-Mail", "post", None)),
            "direction": draw.choice(("out", "outbound", "INBOUND", None)),
            "outcome": draw.choice(("no answer", "NO_ANSWER", "answered", None)),
            "timezone": draw.choice((None, "Asia/Tokyo", "America/New_York")),
            "score": draw.choice((None, 1.5, 3.0)),
        }
        for number in range(count)
    ]


def stretches() -> list[list[str]]:
    made = printed("duckdb").view.compiled
    zones = ("Asia/Tokyo", "America/New_York")
    text = stretches_csv(made.clocks, zones, dt.date(2024, 2, 26), dt.date(2024, 4, 30))
    return list(csv.reader(io.StringIO(text)))


def as_table(rows: list[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(rows)
    return table.set_column(2, "at", table["at"].cast(pa.timestamp("us", "UTC")))


def wanted(rows: list[dict[str, Any]], policy: str | Path = SMALL) -> list[tuple[Any, ...]]:
    report = Engine.of(policy).audit(as_table(rows))
    return sorted(
        (f"{each.policy}/{each.rule}", each.status, each.person, each.event, each.at, "", each.due)
        for each in report.findings
    )


def found(dialect: str, rows: list[dict[str, Any]], table: list[list[str]]) -> list[tuple[Any, ...]]:
    named, values = table[0], table[1:]
    kinds = [f'"{name}" {"TEXT" if name == "zone" else "BIGINT"}' for name in named]
    connection: Any = sqlite3.connect(":memory:") if dialect == "sqlite" else duckdb.connect()
    connection.execute(f"CREATE TABLE comity_stretches ({', '.join(kinds)})")
    places = ", ".join("?" * len(named))
    if dialect == "sqlite":
        connection.executemany(f"INSERT INTO comity_stretches VALUES ({places})", values)
        connection.execute("CREATE INDEX quick ON comity_stretches (zone, uday)")
        connection.execute(
            "CREATE TABLE contacts (id, person, at, kind, channel, direction, outcome, timezone, score)"
        )
        connection.executemany(
            "INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [tuple(row.values()) for row in rows]
        )
    else:
        made = pa.table(list(zip(*values, strict=True)), names=named)
        connection.register("given", made)
        connection.execute("INSERT INTO comity_stretches SELECT * FROM given")
        connection.register("rows", as_table(rows))
        connection.execute("CREATE TABLE contacts AS SELECT * FROM rows")
    lines = connection.execute(printed(dialect).view.statement).fetchall()
    connection.close()
    return sorted(tuple(line) for line in lines)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_a_view_finds_what_the_engine_finds(dialect: str) -> None:
    rows = some_rows()
    assert found(dialect, rows, stretches()) == wanted(rows)
    assert len(wanted(rows)) > 300


def typed_stretches() -> pa.Table:
    named, *values = stretches()
    columns = [
        pa.array(column if name == "zone" else list(map(int, column)))
        for name, column in zip(named, zip(*values, strict=True), strict=True)
    ]
    return pa.table(columns, names=named)


def test_a_view_finds_the_same_in_datafusion() -> None:
    datafusion = pytest.importorskip("datafusion", reason="no datafusion: it is not tested")
    rows, context = some_rows(), datafusion.SessionContext()
    context.register_record_batches("contacts", [as_table(rows).to_batches()])
    context.register_record_batches("comity_stretches", [typed_stretches().to_batches()])
    for policy in (SMALL, LOOKING_BACK):
        table = context.sql(printed("datafusion", policy).view.statement).to_arrow_table()
        lines = zip(*(column.to_pylist() for column in table.columns), strict=True)
        assert sorted(map(tuple, lines)) == wanted(rows, policy)


def test_a_view_finds_the_same_in_clickhouse(tmp_path: Path) -> None:
    session = pytest.importorskip("chdb.session", reason="no chdb: ClickHouse is not tested")
    rows, database = some_rows(), session.Session(str(tmp_path / "chdb"))
    database.query("CREATE DATABASE log")
    database.query("USE log")
    for name, table in (("contacts", as_table(rows)), ("comity_stretches", typed_stretches())):
        pq.write_table(table, tmp_path / f"{name}.parquet")
        database.query(f"CREATE VIEW {name} AS SELECT * FROM file('{tmp_path / name}.parquet')")
    for policy in (SMALL, LOOKING_BACK):
        statement = printed("clickhouse", policy).view.statement
        found = map(json.loads, str(database.query(statement, "JSONCompactEachRow")).splitlines())
        lines = [(*texts, int(at), matter, due and int(due)) for *texts, at, matter, due in found]
        assert sorted(lines, key=str) == sorted(wanted(rows, policy), key=str)
    database.close()


def test_events_that_the_stretches_do_not_cover_are_indeterminate() -> None:
    rows = some_rows()
    short = [line for line in stretches() if line[0] != "Asia/Tokyo"]
    lines = found("duckdb", rows, short)
    assert sum(line[1] == "indeterminate" for line in lines) == sum(
        row["timezone"] == "Asia/Tokyo" for row in rows
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_view_is_the_one_that_is_kept(dialect: str) -> None:
    text = printed(dialect).view.statement + "\n"
    assert text == kept(dialect).read_text("utf-8"), "run: python tests/sql_views.py"


def is_parsed(statement: str, dialect: str) -> bool:
    return isinstance(sqlglot.parse_one(statement, read=dialect), sqlglot.exp.Select | sqlglot.exp.Union)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_parser_reads_the_view_of_every_dialect(dialect: str) -> None:
    assert isinstance(
        sqlglot.parse_one(printed(dialect).view.statement, read=PARSED_AS.get(dialect, dialect)),
        sqlglot.exp.Select | sqlglot.exp.Union,
    )


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_a_parser_reads_the_shipped_policies(path: Path) -> None:
    for dialect in ("bigquery", "tsql"):
        statement = printed(dialect, path, leave_out=True).view.statement
        assert is_parsed(statement, dialect)


def test_a_rule_is_about_a_thousand_characters_long() -> None:
    sizes = [
        sum(len(str(step)) for step in rule.steps) + len(rule.findings)
        for path in POLICIES
        for rule in printed("duckdb", path, leave_out=True).view.compiled.rules
    ]
    assert sum(sizes) / len(sizes) < 1200


def test_a_rule_without_sql_is_refused_at_its_place(tmp_path: Path) -> None:
    policy = tmp_path / "again.toml"
    text = (FOLDER / "reach.toml").read_text("utf-8")
    policy.write_text(text + '\n[rules.again]\nkind = "maximum-gap"\ncontact = "call"\ngap = "9d"\n', "utf-8")
    with pytest.raises(PolicyError) as refused:
        printed("trino", policy)
    (problem,) = refused.value.problems
    assert problem.code == "not-compiled"
    assert problem.place.line == text.count("\n") + 2
    assert problem.message.startswith("`again` has no SQL that means the same: an answer that is due again")
    assert "rule `reach/again`" in str(printed("trino", policy, leave_out=True).left_out[0])


def test_what_a_view_cannot_read_is_refused() -> None:
    policy = (FOLDER / "reach.toml").read_text("utf-8")
    like = policy.replace("{ score = { less-than = 2 } }", '{ outcome = { like = "no*" } }')
    with pytest.raises(PolicyError, match="a pattern of `like` means something else"):
        printed("spark", like)
    mapping = Mapping(1, fields={"score": FieldRule("points", decimal=",")})
    engine, dialect = Engine.of(policy), DIALECTS["duckdb"]
    with pytest.raises(UsageError, match="`decimal` of `score` in the mapping has no SQL"):
        print_sql(engine, dialect, table="t", order_by="id", mapping=mapping, stretches="s")


def test_a_mapping_names_columns_and_words() -> None:
    fields = {
        "person": FieldRule("callee"),
        "kind": FieldRule("activity", values={"Call back": "call"}, default="other"),
        "channel": FieldRule(value="phone"),
    }
    made = print_sql(
        Engine.of(FOLDER / "reach.toml"),
        DIALECTS["duckdb"],
        table="crm.log",
        order_by="number",
        mapping=Mapping(1, fields=fields),
        stretches="s",
    ).view.statement
    assert 'NULLIF(TRIM("log"."callee"), \'\')' in made
    assert "WHEN 'Call back' THEN 'call' ELSE 'other' END" in made
    assert 'FROM crm.log "log"' in made


def test_a_dialect_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a known dialect of SQL: did you mean `snowflake`"):
        find_dialect("snowflak")
