"""MariaDB: a server of its own on this machine; without one the tests are skipped, and say so."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from comity.databases import audit_database, open_database, save_findings
from database_logs import as_json
from lakes import ENGINE, messages

sqlalchemy = pytest.importorskip("sqlalchemy", reason="no SQLAlchemy: MariaDB is not tested")
pytest.importorskip("pymysql", reason="no PyMySQL: MariaDB is not tested")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Start a server; returns the URL of its database."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        pytest.skip("no server: MariaDB is not tested")
    with tempfile.TemporaryDirectory() as made, socket.socket() as free:
        home = Path(made)
        user = ["--user=mysql"] if os.getuid() == 0 else []
        if user:
            shutil.chown(home, "mysql")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        data = ["--no-defaults", f"--datadir={home}/data", *user]
        subprocess.run(
            [install, *data, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
            timeout=120,
        )
        options = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={home}/s", f"--pid-file={home}/p"]
        running = subprocess.Popen([server, *data, *options], stderr=subprocess.DEVNULL)
        try:
            yield _ready(f"mysql+pymysql://root@127.0.0.1:{port}", running)
        finally:
            running.terminate()
            running.wait(60)


def _ready(server: str, running: subprocess.Popen[Any]) -> str:
    """Wait for the server, and make a database in it."""
    engine = sqlalchemy.create_engine(f"{server}/mysql")
    for _ in range(300):
        assert running.poll() is None, "the server of MariaDB has stopped"
        try:
            with engine.begin() as connection:
                connection.execute(sqlalchemy.text("CREATE DATABASE crm CHARACTER SET utf8mb4"))
            break
        except sqlalchemy.exc.OperationalError:
            time.sleep(0.1)
    engine.dispose()
    return f"{server}/crm"


@pytest.fixture
def table(url: str) -> str:
    """Fill a table: an event has its place, its instant in UTC, and a word that must be quoted."""
    engine = sqlalchemy.create_engine(url)
    rows = [
        {**row, "order": place, "at": row["at"].replace(tzinfo=None)}
        for place, row in enumerate(messages("ann", [1, 2, 3]).to_pylist())
    ]
    columns = [
        sqlalchemy.Column("order", sqlalchemy.BigInteger),
        sqlalchemy.Column("at", sqlalchemy.DateTime),
        *(sqlalchemy.Column(n, sqlalchemy.String(50)) for n in ("person", "kind", "channel", "direction")),
    ]
    log = sqlalchemy.Table("contacts", sqlalchemy.MetaData(), *columns)
    with engine.begin() as connection:
        log.drop(connection, checkfirst=True)
        log.create(connection)
        connection.execute(sqlalchemy.insert(log), rows)
    engine.dispose()
    return url


def test_the_report_is_that_of_the_rows(table: str) -> None:
    with closing(open_database(table)) as connection:
        found = audit_database(ENGINE, connection, table="contacts", order_by="order", timezone="UTC")
        query = "SELECT * FROM contacts WHERE `order` > 0"
        fewer = audit_database(ENGINE, connection, query=query, order_by="order", timezone="UTC")
    assert as_json(found) == as_json(ENGINE.audit(messages("ann", [1, 2, 3])))
    assert len(fewer.findings) == 1


def test_times_without_a_zone_are_refused(table: str) -> None:
    with closing(open_database(table)) as connection:
        report = audit_database(ENGINE, connection, table="contacts", order_by="order")
    assert report.summary.rows_rejected == 3
    assert "has no offset" in report.rejections[0].reason


def test_findings_are_saved(url: str) -> None:
    report = ENGINE.audit(messages("a\u0301nn \U0001f600 'x'", [1, 2, 3]))
    for replaced in (0, 2):
        assert save_findings(report, url, run="monday").replaced == replaced
    with closing(open_database(url)) as connection:
        rows = connection.fetch("SELECT person, event, at, evidence FROM comity_findings ORDER BY at")  # type: ignore[union-attr]
    first = report.findings[0]
    assert rows[0] == (first.person, first.event, first.event_at.replace(tzinfo=None), '["#1"]')
