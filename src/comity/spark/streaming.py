"""Streams: a monitor for each person as a state of Spark, and findings as they become certain."""

from __future__ import annotations

import datetime as dt
from functools import reduce
from importlib.util import find_spec
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructType

from comity.audits.arguments import read_lateness
from comity.errors import UsageError
from comity.pieces.auditor import KEY, Auditor
from comity.pieces.rows import REJECTED, schema
from comity.plugins.manager import Plugins
from comity.readers import Mapping as LogMapping
from comity.spark.frames import Policies, engine_of, quoted
from comity.spark.stream_monitor import (
    AT,
    CELLS,
    COLUMNS,
    EVENT,
    REASON,
    WITHDRAWN,
    EventReader,
    MonitorProcessor,
)
from comity.spark.types import arrow_schema, spark_schema
from comity.spark.workers import check_workers

_PROVIDER: Final = "spark.sql.streaming.stateStore.providerClass"
_ROCKSDB: Final = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


def stream(
    df: DataFrame,
    policies: Policies,
    *,
    order_by: str,
    allowed_lateness: dt.timedelta,
    mapping: LogMapping | str | None = None,
    timezone: str | None = None,
    plugins: Plugins | None = None,
    check: bool = True,
) -> DataFrame:
    """Watch a streaming data frame, and return a stream of findings as they become certain.

    A finding about an event comes with the event, that about a missing answer when its deadline lies before
    the watermark, so that nothing of it can change. `withdrawn` is true for an earlier finding that a late
    event has changed: what stands is all rows less those. Rows that are no events have the `record`
    `rejected`, with the reason as `message` and the `cells`.

    `order_by` is the column that orders rows of one instant. Events may be `allowed_lateness` earlier than
    the latest event of earlier batches; Spark drops later ones and counts them, see `too_late`. The state of
    each split key is the snapshot of a monitor, which holds what the windows of the rules need; its next
    deadline is a timer. The session must keep states in RocksDB.

    Raises UsageError for a frame that is no stream, for a session without RocksDB, for times without a zone
    where no `timezone` is given, and for workers with other packages.
    """
    _check(df)
    lateness = read_lateness(allowed_lateness, None)
    assert lateness is not None, "INVARIANT: a lateness is given"
    engine = engine_of(policies, plugins)
    auditors = [
        engine.auditor(as_of=0, order_by=order_by, mapping=mapping, timezone=timezone, split_key=key)
        for key in engine.split_keys()
    ]
    parts = [_watched(df, auditor, lateness, first=not number) for number, auditor in enumerate(auditors)]
    if check:
        check_workers(df.sparkSession, engine.plugins)
    return reduce(DataFrame.union, parts)


def too_late(query: Any) -> int:
    """Return how many events of a running query Spark has dropped so far, since they came too late.

    Only the progress that the query still remembers is counted. With several split keys, an event counts once
    for each of them.
    """
    return sum(
        int(operator["numRowsDroppedByWatermark"])
        for progress in query.recentProgress
        for operator in progress["stateOperators"]
    )


def _check(df: object) -> None:
    if not isinstance(df, DataFrame):
        raise UsageError(f"`{type(df).__name__}` is not a data frame of Spark")
    if not df.isStreaming:
        raise UsageError("the data frame is no stream: `comity.spark.audit` judges a whole one")
    if find_spec("google") is None or find_spec("google.protobuf") is None:
        raise UsageError("Spark needs protobuf for states in Python: pip install protobuf")
    if "RocksDB" not in (df.sparkSession.conf.get(_PROVIDER, "") or ""):
        raise UsageError(f"a stream needs its states in RocksDB: set {_PROVIDER}={_ROCKSDB} for the session")


def _watched(df: DataFrame, auditor: Auditor, lateness: int, *, first: bool) -> DataFrame:
    """Return what the monitors of one pass say; the first pass also says which rows are no events."""
    needed = df.select(*[F.col(quoted(name)) for name in auditor.columns(df.columns)])
    given = arrow_schema(needed.schema)
    auditor.check(given)
    if auditor.mapping is not None and auditor.mapping.also:
        raise UsageError("a stream takes one event of each row: make rows of those of `[[also]]` before")
    reader = EventReader(auditor)
    read = needed.mapInArrow(reader, spark_schema(reader.schema(given)))
    # An event is too late if it is not after the watermark: one of exactly the allowed lateness is not.
    delay = f"{lateness // 1_000 + 1} milliseconds"
    events = read.where(F.col(EVENT).isNotNull()).withWatermark(AT, delay)
    said = events.groupBy(KEY).transformWithState(
        statefulProcessor=MonitorProcessor(auditor, lateness),
        outputStructType=output_schema(),
        outputMode="append",
        timeMode="EventTime",
    )
    if not first:
        return said
    values = {"record": F.lit(REJECTED), "message": F.col(REASON), CELLS: F.col(CELLS)}
    columns = [
        values.get(each.name, F.lit(None)).cast(each.dataType).alias(each.name) for each in output_schema()
    ]
    return said.union(read.where(F.col(REASON).isNotNull()).select(*columns))


def output_schema() -> StructType:
    """Return the columns of what a stream says."""
    known = schema()
    fields = [pa.field(WITHDRAWN, pa.bool_()) if name == WITHDRAWN else known.field(name) for name in COLUMNS]
    return spark_schema(pa.schema([each.with_nullable(True) for each in fields]))
