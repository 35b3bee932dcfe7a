"""PostgreSQL: a server of its own on this machine; without one the tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comity import Engine, UsageError
from comity.databases import audit_database, open_database, save_findings
from comity.sql.dialects.postgres import POSTGRES
from database_logs import as_json, open_sql
from lakes import ENGINE, messages
from sql_engines import SAMPLE, check_cases
from sql_views import FOLDER
from test_sql_views import some_rows, stretches

psycopg = pytest.importorskip("psycopg", reason="no psycopg: PostgreSQL is not tested")


def programs() -> Path | None:
    """Return the folder of the server's programs."""
    known = shutil.which("initdb")
    folders = [Path(known).resolve().parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start a server; returns the URL of its database."""
    folder = programs()
    if folder is None:
        pytest.skip("no server: PostgreSQL is not tested")
    # The server does not run as root.
    user: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as made, socket.socket() as free:
        home = Path(made)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        try:
            if user:
                shutil.chown(home, "postgres")
            data = str(home / "data")
            run = {"check": True, "capture_output": True, "timeout": 60, "cwd": made, **user}
            subprocess.run([str(folder / "initdb"), "-D", data, "-A", "trust", "-U", "comity"], **run)
            options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {made}"
            start = ["-D", data, "-o", options, "-w", "-l", str(home / "log"), "start"]
            subprocess.run([str(folder / "pg_ctl"), *start], **{**run, "capture_output": False})
        except (OSError, LookupError, subprocess.SubprocessError) as error:
            pytest.skip(f"the server does not start: PostgreSQL is not tested: {error}")
        try:
            yield f"postgresql://comity@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([str(folder / "pg_ctl"), "-D", data, "-m", "fast", "stop"], **run)


class Questions:
    """A connection whose statements have `?` for values."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def execute(self, statement: str, values: Any = None) -> Any:
        if values is not None:
            statement = statement.replace("?", "%s")
        statement = statement.replace("CREATE TABLE", "CREATE TEMP TABLE")
        return self._connection.execute(statement, values)

    def close(self) -> None:
        self._connection.close()


def test_sql_finds_what_the_engine_finds(url: str) -> None:
    assert check_cases(POSTGRES, lambda: Questions(url), SAMPLE) > 80


@pytest.fixture(scope="module")
def table(url: str) -> str:
    """Make the tables `contacts` and `comity_stretches`."""
    rows, (named, *values) = some_rows(), stretches()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE contacts (id TEXT, person TEXT, at TIMESTAMPTZ, kind TEXT, channel TEXT, "
            "direction TEXT, outcome TEXT, timezone TEXT, score DOUBLE PRECISION)"
        )
        places = ", ".join(["%s", "%s", "TIMESTAMPTZ 'epoch' + %s * INTERVAL '1 microsecond'", *["%s"] * 6])
        insert = f"INSERT INTO contacts VALUES ({places})"
        connection.cursor().executemany(insert, [tuple(row.values()) for row in rows])
        kinds = ", ".join(f'"{name}" {"TEXT" if name == "zone" else "BIGINT"}' for name in named)
        connection.execute(f"CREATE TABLE comity_stretches ({kinds})")
        insert = f"INSERT INTO comity_stretches VALUES ({', '.join(['%s'] * len(named))})"
        connection.cursor().executemany(insert, values)
    return url


def test_the_report_is_that_of_the_rows(table: str) -> None:
    engine = Engine.of(FOLDER / "reach.toml")
    connection = open_sql(table)
    found = audit_database(engine, connection, table="contacts", order_by="id")
    wanted = engine.audit(connection.arrow("SELECT * FROM contacts ORDER BY id"))
    with pytest.raises(UsageError, match="have no order of their own"):
        audit_database(engine, connection, table="contacts")
    connection.close()
    assert as_json(found) == as_json(wanted)


def test_a_view_finds_what_the_engine_finds(table: str) -> None:
    from sql_views import printed
    from test_sql_views import wanted

    with psycopg.connect(table) as connection:
        lines = connection.execute(printed("postgres").view.statement).fetchall()
    assert sorted(lines) == wanted(some_rows())


def test_findings_are_saved(url: str) -> None:
    report = ENGINE.audit(messages("ann", [1, 2, 3]))
    for replaced in (0, 2):
        assert save_findings(report, url, run="monday", table="public.found").replaced == replaced
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT person, event, at, evidence FROM found ORDER BY at").fetchall()
    first = report.findings[0]
    assert rows[0] == (first.person, first.event, first.event_at, '["#1"]')


def test_rows_by_a_driver_of_arrow(table: str) -> None:
    pytest.importorskip("adbc_driver_postgresql", reason="no ADBC: it is not tested")
    engine = Engine.of(FOLDER / "reach.toml")
    reports = []
    for url in (table, f"adbc:postgresql:{table}"):
        connection = open_database(url)
        reports.append(as_json(audit_database(engine, connection, table="contacts", order_by="id")))
        connection.close()
    assert reports[0] == reports[1]
