"""Audits of a log in DuckDB through compiled SQL, beside the columnar engine on the same rows.

The log is that of `contacts.py`. `find` is the time until SQL has found everything, with all that it needs;
`whole` is the time of the whole report. `columnar` takes the rows out of the database as an Arrow table and
judges them there; `rows` is `audit_database` as it does it by itself. The least of the rounds counts.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
from columnar import POLICIES
from contacts import make

from comity import Engine
from comity.databases import audit as steps
from comity.databases import audit_database, open_database


def main() -> None:
    """Print a table of seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--variants", nargs="+", default=["few"])
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    print("variant  policy  findings  columnar    rows    find   whole  rows and whole / columnar")
    for variant in given.variants:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "log.duckdb"
            log = make(given.events, variant)
            with duckdb.connect(str(path)) as connection:
                connection.register("given", log)
                connection.execute("CREATE TABLE log AS SELECT * FROM given")
            for policy in ("five", "eight"):
                engine = Engine.of(POLICIES[policy])
                measured = [measure(engine, path) for _ in range(given.runs)]
                columnar, rows, find, whole = (min(row[n] for row in measured) for n in range(4))
                number = measured[0][4]
                print(
                    f"{variant:8} {policy:7} {number:8,} {columnar:8.2f}s {rows:6.2f}s {find:6.2f}s "
                    f"{whole:6.2f}s {rows / columnar:8.2f} {whole / columnar:6.2f}"
                )


def measure(engine: Engine, path: Path) -> tuple[float, float, float, float, int]:
    """Return the seconds of each way, and the number of findings, which must be the same."""
    connection = open_database(f"duckdb:///{path}")
    begun = time.perf_counter()
    wanted = engine.audit(connection.arrow("SELECT * FROM log"))
    count = len(wanted.findings)
    columnar = time.perf_counter() - begun
    begun = time.perf_counter()
    fetched = audit_database(engine, connection, table="log")
    rows = time.perf_counter() - begun
    assert len(fetched.findings) == count
    spent = 0.0
    known = steps.judge_found

    def judged(*given: object, **named: object) -> object:
        nonlocal spent
        spent = spent or time.perf_counter() - begun
        return known(*given, **named)  # type: ignore[arg-type]

    steps.judge_found = judged  # type: ignore[assignment]
    begun = time.perf_counter()
    found = audit_database(engine, connection, table="log", way="sql")
    whole = time.perf_counter() - begun
    steps.judge_found = known
    connection.close()
    assert len(found.findings) == count
    assert found.summary.by_rule == wanted.summary.by_rule
    return columnar, rows, spent, whole, count


if __name__ == "__main__":
    main()
