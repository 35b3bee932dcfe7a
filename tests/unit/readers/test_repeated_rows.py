"""Rows that are in a log twice: told, or left out where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine, Event, Report, UsageError
from comity.readers import FieldRule, LogFormat, Mapping, load_mapping

POLICY = """comity = 1
[policy]
id = "p"
title = "A policy"
version = "1.0"
[rules.r]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 1
window = "7d"
"""
ROWS = [
    ("7", "ann", "2025-03-01T10:00:00Z", "call"),
    ("8", "bob", "2025-03-01T10:00:00Z", "call"),
    ("7", "ann", "2025-03-01T10:00:00Z", "call"),
    ("7", "bob", "2025-03-01T10:00:00Z", "note"),
    ("", "cem", "2025-03-01T10:00:00Z", "call"),
    ("", "cem", "2025-03-01T10:00:00Z", "call"),
    ("7", "ann", "2025-03-01 11:00", "call"),
    ("7", "bob", "2025-03-01T11:00:00+01:00", "note"),
]


@pytest.fixture(params=["online", "columnar"])
def back_end(request: pytest.FixtureRequest) -> Any:
    return request.param


def write(folder: Path, name: str, rows: Sequence[tuple[str, ...]]) -> Path:
    path = folder / name
    names = ("id", "person", "at", "kind")
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]), path)
    else:
        path.write_text("".join(",".join(row) + "\n" for row in (names, *rows)))
    return path


def audit(back_end: Any, *paths: Path, **options: Any) -> Report:
    engine = Engine.of(POLICY)
    memory = options.pop("memory", None)
    return engine.audit(engine.log(*paths, timezone="UTC", **options), engine=back_end, memory=memory)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_repeated_ids_are_told(form: str, back_end: Any, tmp_path: Path) -> None:
    report = audit(back_end, write(tmp_path, f"log.{form}", ROWS))
    (told,) = [notice for notice in report.notices if notice.code == "repeated-id"]
    assert (told.count, told.example) == (2, "7")
    assert "--dedupe id" in (told.help or "")
    assert report.summary.by_rule["p/r"].violation == 3


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("memory", [None, 1])
def test_later_ones_are_skipped_where_asked(
    form: str, memory: int | None, back_end: Any, tmp_path: Path
) -> None:
    report = audit(back_end, write(tmp_path, f"log.{form}", ROWS), dedupe="id", memory=memory)
    summary = report.summary
    assert (summary.rows_read, summary.rows_skipped, summary.events) == (8, 2, 6)
    assert [(f.person, f.event) for f in report.findings] == [("ann", "7"), ("cem", "#6")]
    assert not [notice for notice in report.notices if notice.code == "repeated-id"]


def test_over_all_files_of_a_log(back_end: Any, tmp_path: Path) -> None:
    one = write(tmp_path, "one.csv", ROWS[:2])
    two = write(tmp_path, "two.csv", [*ROWS[:3], ("9", "bob", "2025-03-02T00:00:00Z", "call")])
    report = audit(back_end, one, two, mapping=Mapping(1, LogFormat(dedupe="id")))
    assert (report.summary.rows_read, report.summary.rows_skipped, report.summary.events) == (6, 3, 3)
    assert [(f.person, f.event) for f in report.findings] == [("bob", "9")]


def test_with_further_events_of_a_row(back_end: Any, tmp_path: Path) -> None:
    also = {"at": FieldRule("at"), "kind": FieldRule(value="note")}
    mapping = Mapping(1, LogFormat(dedupe="id"), also=(also,))
    report = audit(back_end, write(tmp_path, "log.csv", ROWS), mapping=mapping)
    summary = report.summary
    assert (summary.rows_read, summary.rows_skipped, summary.events) == (8, 2, 12)


def test_a_log_that_is_in_no_order(back_end: Any, tmp_path: Path) -> None:
    rows = [ROWS[6], *ROWS[:4], ROWS[6]]
    report = audit(back_end, write(tmp_path, "log.csv", rows))
    (told,) = [notice for notice in report.notices if notice.code == "repeated-id"]
    assert (told.count, told.example) == (2, "7")
    report = audit(back_end, write(tmp_path, "log.csv", rows), dedupe="id")
    assert (report.summary.rows_skipped, report.summary.events) == (2, 4)


def test_events_in_memory(back_end: Any) -> None:
    long = "i" * 70
    events = [Event("a", number // 3, id=long + str(number % 2)) for number in range(12)]
    report = Engine.of(POLICY).audit(events, engine=back_end)
    (told,) = [notice for notice in report.notices if notice.code == "repeated-id"]
    assert (told.count, told.example) == (4, long + "0")


def test_other_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`row` is not a way to tell rows apart: allowed is `id`"):
        audit("online", write(tmp_path, "log.csv", ROWS), dedupe="row")
    path = tmp_path / "mapping.toml"
    path.write_text('comity = 1\n[log]\ndedupe = "row"\n')
    with pytest.raises(Exception, match="allowed is `id`"):
        load_mapping(path)
