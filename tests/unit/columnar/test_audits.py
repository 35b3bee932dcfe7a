from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import comity.columnar as columnar
from comity import Engine, Event, InputError, UsageError
from comity.columnar.partitions import key_order
from comity.columnar.scan import scanner as scan
from comity.columns.from_events import EventBlocks
from comity.formatters.formatter import Style
from comity.formatters.machine import write_jsonl
from comity.plan import Hours
from comity.results.report import Report

POLICY = """comity = 1
[policy]
id = "waits"
title = "Waiting"
version = "1.0"
timezone = "Europe/Paris"
[rules.wait]
kind = "minimum-gap"
contact = {}
gap = "2d"
[rules.few]
kind = "maximum-contacts"
contact = {}
limit = 2
window = "7 calendar days"
[rules.agents]
kind = "maximum-contacts"
contact = {}
limit = 3
window = "1d"
per = ["actor"]
[rules.matters]
kind = "stop-after"
contact = {}
after = { kind = "stop" }
per = ["person", "matter"]
[rules.hours]
kind = "contact-hours"
contact = { kind = "call" }
allow = [{ from = 08:00:00, to = 20:00:00 }]
"""
DAY = 86_400_000_000
START = 20_000 * DAY
LONG = "a person with a very long name, " * 4


@pytest.fixture
def engine() -> Engine:
    return Engine.of(POLICY)


def some_events(count: int = 400, seed: int = 1) -> list[Event]:
    draw = random.Random(seed)
    persons = ["ann", "bob", "çelik", "d", LONG, LONG + "2", "person-000001", "person-000002"]
    return [
        Event(
            draw.choice(persons),
            START + draw.randrange(60 * DAY),
            kind=draw.choice(("call", "mail", "stop")),
            actor=draw.choice((None, "x", "y")),
            matter=draw.choice(((), ("m1",), ("m1", "m2"))),
            timezone=draw.choice((None, None, "Asia/Tokyo", "Asia/Tokyo America/New_York")),
        )
        for _ in range(count)
    ]


def jsonl(report: Report) -> bytes:
    partitions = (p if isinstance(p, bytes) else p.encode() for p in write_jsonl(report, Style()))
    return b"".join(partitions)


def by_columns(engine: Engine, events: list[Event], block: int = 50, **options: Any) -> Report:
    source = EventBlocks(tuple(events), block=block)
    summary, findings = columnar.audit(engine.plan, engine.plugins.channels, source, **options)
    return Report(summary, findings)


def test_both_engines_write_the_same_bytes(engine: Engine) -> None:
    events = some_events()
    online = engine.audit(events, engine="online")
    assert len(online.findings) > 300
    assert jsonl(engine.audit(events, engine="columnar")) == jsonl(online)


@pytest.mark.parametrize("partitions", [1, 4, 64])
@pytest.mark.parametrize("memory", [None, 1, 20_000])
def test_pieces_and_little_memory_change_no_byte(engine: Engine, partitions: int, memory: int | None) -> None:
    events = some_events()
    limited = by_columns(engine, events, partitions=partitions, memory=memory)
    online = engine.audit(events, engine="online")
    assert limited.summary == attrs.evolve(online.summary, notices=())
    assert limited.summary.census == online.summary.census
    assert jsonl(limited) == jsonl(online)
    assert limited.findings[-1] == online.findings[-1]
    assert limited.findings[5:300:7] == online.findings[5:300:7]
    assert limited.findings.counts() == online.findings.counts()


def test_persons_whose_hashes_meet_are_never_merged(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key is given the same hash, so that all persons, actors and matters collide."""

    def constant(key: Any) -> Any:
        return np.zeros(len(key[0]), np.uint64)

    monkeypatch.setattr(scan, "hash_key", constant)
    monkeypatch.setattr(key_order, "hash_key", constant)
    events = some_events()
    online = engine.audit(events, engine="online")
    report = by_columns(engine, events, partitions=4)
    assert report.summary == attrs.evolve(online.summary, notices=())
    assert jsonl(report) == jsonl(online)


def test_a_full_disk_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("comity.columnar.partitions.spill.tempfile.TemporaryFile", lambda **_: Full())
    with pytest.raises(Exception, match=r"does not fit in memory.*no space left on device.*--memory"):
        by_columns(engine, some_events(), memory=1)


def test_a_rule_that_fails_by_columns_is_judged_event_by_event(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = some_events()
    online = engine.audit(events, engine="online")

    def fails(*_: object) -> Any:
        raise ZeroDivisionError("no columns today")

    monkeypatch.setattr("comity.columnar.evaluate.judge_count", fails)
    told: list[str] = []
    report = engine.audit(events, engine="columnar", notice=told.append)
    assert jsonl(report) == jsonl(online)
    assert "`waits/few` cannot be judged by columns: ZeroDivisionError: no columns today" in told[0]
    assert "event by event" in told[0]


def test_a_constraint_that_raises_is_indeterminate_in_both_engines(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object) -> Any:
        raise RuntimeError("no clock")

    monkeypatch.setattr(Hours, "open_on", raises)
    monkeypatch.setattr(Hours, "allows", raises)
    events = some_events(40)
    reports = [engine.audit(events, engine=name) for name in ("online", "columnar")]
    assert any(finding.status == "indeterminate" for finding in reports[0].findings)
    assert jsonl(reports[0]) == jsonl(reports[1])


def test_progress_is_told_by_phase(engine: Engine) -> None:
    told: list[tuple[str, int, int | None]] = []
    engine.audit(some_events(), engine="columnar", progress=lambda *each: told.append(each))
    assert ("reading", 400, None) in told
    assert told[-1][0] == "sorting and judging"
    assert told[-1][1] == told[-1][2]


@pytest.fixture
def table() -> pa.Table:
    ats = pa.array([0, DAY, 3 * DAY, 4 * DAY], pa.timestamp("us", "UTC"))
    return pa.table(
        {"person": ["ann", "ann", "bob", "ann"], "at": ats, "kind": ["call"] * 4, "score": [1, 2, 3, 4]}
    )


class Stream:
    """Something that can only be handed over as Arrow data, once a call."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def test_tables_and_streams_are_logs(engine: Engine, table: pa.Table) -> None:
    reports = [
        engine.audit(log, engine=name) for log in (table, Stream(table)) for name in ("online", "columnar")
    ]
    assert len({jsonl(report) for report in reports}) == 1
    assert reports[0].summary.rows_read == 4
    assert [finding.event for finding in reports[0].findings if finding.rule == "wait"] == ["#2"]


def test_a_table_that_lacks_a_column_is_refused(engine: Engine, table: pa.Table) -> None:
    with pytest.raises(InputError, match="the table: has no column `at`"):
        engine.audit(table.drop(["at"]))


def test_what_is_no_table_is_refused(engine: Engine) -> None:
    class Broken:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise ValueError("nothing here")

    with pytest.raises(InputError, match="cannot be read as Arrow data: nothing here"):
        engine.audit(Broken())


def test_a_report_is_arrow_data_too(engine: Engine, table: pa.Table) -> None:
    for name in ("online", "columnar"):
        report = engine.audit(table, engine=name)
        taken = pa.table(report)
        assert taken.num_rows == len(report.findings)
        assert taken.column("person").to_pylist() == [finding.person for finding in report.findings]
        assert [tuple(scope) for scope in taken.column("scope").to_pylist()] == [
            finding.scope for finding in report.findings
        ]


def test_folders_and_globs_are_one_log(engine: Engine, tmp_path: Path, table: pa.Table) -> None:
    (tmp_path / "logs").mkdir()
    pq.write_table(table.slice(0, 2), tmp_path / "logs" / "a.parquet")
    pq.write_table(table.slice(2), tmp_path / "logs" / "b.parquet")
    for log in (tmp_path / "logs", tmp_path / "logs" / "*.parquet", tmp_path / "l*" / "[ab].parquet"):
        reports = [engine.audit(log, engine=name) for name in ("online", "columnar")]
        assert jsonl(reports[0]) == jsonl(reports[1])
        assert reports[0].summary.events == 4
        waits = [finding.event for finding in reports[1].findings if finding.rule == "wait"]
        assert waits == [f"{tmp_path / 'logs' / 'a.parquet'}#2"]


def test_a_folder_or_glob_without_logs_cannot_be_read(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory: it has no Parquet files"):
        engine.audit(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        engine.audit(tmp_path / "*.csv")


def test_an_engine_that_does_not_exist_is_refused(engine: Engine) -> None:
    with pytest.raises(UsageError, match="`turbo` is not a back end"):
        engine.audit([], engine="turbo")  # type: ignore[arg-type]
