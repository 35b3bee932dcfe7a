"""Streams of Spark: monitors as states, which find what an audit of all events finds."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from comity import Engine, UsageError
from comity.readers import Mapping
from comity.readers.mapping.mapping import FieldRule
from spark_sessions import MISSING, open_session

PROTOBUF = find_spec("google") is not None and find_spec("google.protobuf") is not None
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.skipif(
        find_spec("google") is None or find_spec("google.protobuf") is None,
        reason="protobuf is not installed",
    ),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
PROVIDER = "spark.sql.streaming.stateStore.providerClass"
POLICY = """
comity = 1

[policy]
id = "desk"
title = "A help desk"
version = "1"
timezone = "UTC"

[rules.pause]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "8h"

[rules.answer]
kind = "response-window"
after = { kind = "question" }
expect = { kind = "answer" }
within = "1d"

[rules.team]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 1
window = "2h"
per = ["actor"]
"""
START = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
SCHEMA = pa.schema(
    [
        ("person", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
        ("kind", pa.string()),
        ("actor", pa.string()),
        ("place", pa.int64()),
    ]
)
LATE = dt.timedelta(hours=12)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = open_session("classic")
    session.sparkContext.setLogLevel("ERROR")
    settings = {PROVIDER: ROCKSDB, "spark.sql.shuffle.partitions": "1"}
    before = {name: session.conf.get(name) for name in settings}
    for name, value in settings.items():
        session.conf.set(name, value)
    yield session
    for name, value in before.items():
        session.conf.set(name, value)


def row(place: int, hours: float, person: str | None, kind: str, actor: str = "amy") -> dict[str, Any]:
    at = START + dt.timedelta(hours=hours)
    return {"person": person, "at": at, "kind": kind, "actor": actor, "place": place}


FIRST = [
    [
        row(1, 0, "p", "call"),
        row(2, 1, "q", "question"),
        row(3, 1, "p", "call", "bob"),
        row(4, 1, "r", "call"),
        row(5, 10, "p", "call"),
        row(6, 11, "q", "answer"),
        row(7, 11, " p ", "call", "bob"),
        row(8, 12, "s", "question"),
    ],
]
SECOND = [
    [
        row(9, 30, "p", "call"),
        row(10, 20, "q", "call"),
        row(11, 31, None, "call"),
        row(16, 24, "p", "call", "bob"),
    ],
    [row(13, 60, "q", "call"), row(14, 5, "q", "call", "bob"), row(12, 27, "p", "call", "bob")],
    [row(15, 9_000, "z", "nothing"), row(17, 6, "p", "call")],
]
TOO_LATE = {14, 17}
"""The monitors refuse the first, since the watermark follows a batch later; Spark drops the second."""


def write(folder: Path, parts: list[list[dict[str, Any]]], first: int) -> None:
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(parts, first):
        path = folder / f"{number}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def told(found: list[dict[str, Any]]) -> Counter[tuple[str, ...]]:
    """Count findings by all that they say."""
    keys = (
        "rule",
        "status",
        "person",
        "event",
        "at",
        "evidence",
        "measured",
        "allowed_from",
        "due",
        "message",
    )
    return Counter(tuple(str(each[key]) for key in keys) for each in found)


def test_a_stream_finds_what_an_audit_finds_also_after_a_restart(spark: Any, tmp_path: Path) -> None:
    from comity.spark import stream, too_late

    engine = Engine.of(POLICY)
    dropped = 0
    for parts, first in ((FIRST, 0), (SECOND, len(FIRST))):
        write(tmp_path / "in", parts, first)
        source = spark.readStream.schema(spark.read.parquet(str(tmp_path / "in")).schema)
        frame = source.option("maxFilesPerTrigger", 1).parquet(str(tmp_path / "in"))
        watched = stream(frame, engine, order_by="place", allowed_lateness=LATE)
        writer = watched.writeStream.format("parquet").option("path", str(tmp_path / "out"))
        writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
        query = writer.trigger(availableNow=True).start()
        query.awaitTermination()
        dropped += too_late(query)
    rows = spark.read.parquet(str(tmp_path / "out")).toArrow().to_pylist()
    said = told([each for each in rows if each["record"] == "finding" and not each["withdrawn"]])
    gone = told([each for each in rows if each["record"] == "finding" and each["withdrawn"]])
    assert gone, "an event that comes late changes what was said"
    assert not gone - said
    taken = [
        {**{name: each[name] for name in ("person", "at", "kind", "actor")}, "id": str(each["place"])}
        for each in chain(*FIRST, *SECOND)
        if each["person"] is not None and each["place"] not in TOO_LATE
    ]
    whole = engine.audit(taken).to_arrow().to_pylist()
    assert said - gone == told([each for each in whole if each["status"] == "violation"])
    rejected = Counter(each["message"].partition(" late")[0] for each in rows if each["record"] == "rejected")
    assert rejected == {
        "`person` is empty": 1,
        "the event at 2025-03-01T05:00:00Z is 15h": 1,
        "the event at 2025-03-01T05:00:00Z is 19h": 1,
    }
    assert dropped == 2, "once for each of the two split keys"


def test_what_cannot_be_watched_is_refused(spark: Any, tmp_path: Path) -> None:
    from comity.spark import stream

    write(tmp_path / "in", FIRST, 0)
    batch = spark.read.parquet(str(tmp_path / "in"))
    frame = spark.readStream.schema(batch.schema).parquet(str(tmp_path / "in"))

    def refused(df: Any, said: str, **others: Any) -> None:
        with pytest.raises(UsageError, match=said):
            stream(df, POLICY, **{"order_by": "place", "allowed_lateness": LATE, **others})

    refused(batch, "the data frame is no stream: `comity.spark.audit` judges a whole one")
    refused(3, "`int` is not a data frame of Spark")
    refused(frame, "it must be a timedelta above zero", allowed_lateness=dt.timedelta(0))
    refused(frame, "there is no column `nr` to order the rows by", order_by="nr")
    local = frame.selectExpr("person", "cast(at as timestamp_ntz) as at", "kind", "actor", "place")
    refused(local, "times without a zone")
    also = Mapping(1, also=({"at": FieldRule("at"), "kind": FieldRule(value="over")},))
    refused(frame, "a stream takes one event of each row", mapping=also)
    spark.conf.set(PROVIDER, "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider")
    try:
        refused(frame, "a stream needs its states in RocksDB: set spark.sql.streaming")
    finally:
        spark.conf.set(PROVIDER, ROCKSDB)
