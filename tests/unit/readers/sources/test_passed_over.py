"""Rows that are too early to play a part are not read where a file says so; the findings are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine
from comity.readers import Mapping
from comity.readers.mapping.mapping import FieldRule
from comity.results.report import Report
from lakes import ENGINE, POLICY, messages

SINCE = "2026-03-20T00:00:00Z"
DAYS = (1, 2, 3, 4, 19, 20, 21, 22)


def check(log: Any, passed: int, engine: Engine = ENGINE, **options: Any) -> Report:
    """Compare an audit since a day with one that reads all rows."""
    report = engine.audit(log, engine="columnar", since=SINCE, **options)
    whole = engine.audit(log, engine="online", since=SINCE, **options)
    assert list(report.findings) == list(whole.findings)
    assert report.summary.judged == whole.summary.judged
    assert whole.summary.rows_read - report.summary.rows_read == passed
    told = [notice for notice in report.notices if notice.code == "rows-passed-over"]
    assert [notice.count for notice in told] == ([passed] if passed else [])
    return report


def write(path: Path, table: pa.Table, rows: int = 2) -> Path:
    pq.write_table(table, path, row_group_size=rows)
    return path


def test_row_groups_of_a_file(tmp_path: Path) -> None:
    report = check(write(tmp_path / "a.parquet", messages("ann", DAYS)), 4)
    assert [finding.event for finding in report.findings] == ["#6", "#7", "#8"]
    assert "4 rows of before 2026-03-18T00:00:00.000001Z were not read" in report.notices[0].message


def test_row_groups_in_no_order(tmp_path: Path) -> None:
    check(write(tmp_path / "a.parquet", messages("ann", (20, 21, 1, 2, 22, 23, 3, 4)), 2), 4)


def test_without_an_instant_all_rows_are_read_again(tmp_path: Path) -> None:
    log = ENGINE.log(write(tmp_path / "a.parquet", messages("ann", DAYS)))
    check(log, 4)
    assert ENGINE.audit(log, engine="columnar").summary.rows_read == 8


def test_files_of_a_folder(tmp_path: Path) -> None:
    for day in DAYS:
        write(tmp_path / f"{day:02}.parquet", messages("ann", [day]))
    check(tmp_path, 4)


def test_rules_that_look_back_for_ever_need_all_rows(tmp_path: Path) -> None:
    stop = (
        POLICY
        + """
[rules.stop]
kind = "stop-after"
contact = { kind = "message" }
after = { kind = "opt-out" }
"""
    )
    log = write(tmp_path / "a.parquet", messages("ann", DAYS))
    check(log, 0, Engine.of(stop))


def test_rows_without_a_time_are_told(tmp_path: Path) -> None:
    table = messages("ann", DAYS)
    times = table["at"].to_pylist()
    times[1] = None
    log = write(tmp_path / "a.parquet", table.set_column(0, "at", pa.array(times, pa.timestamp("us", "UTC"))))
    assert check(log, 2).summary.rows_rejected == 1


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_local_times_may_be_of_any_zone(tmp_path: Path, unit: str) -> None:
    table = messages("ann", (14, 15, 16, 17, 20, 21))
    naive = table.set_column(0, "at", table["at"].cast(pa.timestamp("us")).cast(pa.timestamp(unit)))
    log = ENGINE.log(write(tmp_path / "a.parquet", naive, 1), timezone="Pacific/Kiritimati")
    check(log, 2)


def test_dates(tmp_path: Path) -> None:
    table = messages("ann", (14, 15, 16, 17, 20, 21))
    dates = table.set_column(0, "at", table["at"].cast(pa.date32()))
    check(ENGINE.log(write(tmp_path / "a.parquet", dates, 1), timezone="UTC"), 3)


def test_times_as_text_are_read(tmp_path: Path) -> None:
    table = messages("ann", DAYS)
    check(write(tmp_path / "a.parquet", table.set_column(0, "at", table["at"].cast(pa.string()))), 0)


def test_times_of_another_column(tmp_path: Path) -> None:
    table = messages("ann", DAYS).rename_columns(["sent", "person", "kind", "channel", "direction"])
    mapping = Mapping(1, fields={"at": FieldRule("sent")})
    check(ENGINE.log(write(tmp_path / "a.parquet", table), mapping=mapping), 4)


def test_a_spelling_of_the_column(tmp_path: Path) -> None:
    table = messages("ann", DAYS).rename_columns(["At", "person", "kind", "channel", "direction"])
    check(write(tmp_path / "a.parquet", table), 4)


def test_files_of_delta_lake(tmp_path: Path) -> None:
    deltalake = pytest.importorskip("deltalake", reason="no deltalake: its tables are not tested")
    for day in DAYS:
        deltalake.write_deltalake(tmp_path / "t", messages("ann", [day]), mode="append")
    report = check(tmp_path / "t", 4)
    assert [finding.event for finding in report.findings] == ["#6", "#7", "#8"]


def test_files_of_iceberg(tmp_path: Path) -> None:
    sql = pytest.importorskip("pyiceberg.catalog.sql", reason="no pyiceberg: its tables are not tested")
    catalog = sql.SqlCatalog("lake", uri=f"sqlite:///{tmp_path}/c.db", warehouse=f"file://{tmp_path}/lake")
    catalog.create_namespace("crm")
    table = catalog.create_table("crm.contacts", schema=messages("", []).schema)
    for day in DAYS:
        table.append(messages("ann", [day]))
    report = check(table.metadata_location, 4)
    assert [finding.event for finding in report.findings] == ["#6", "#7", "#8"]
    catalog.engine.dispose()
