"""Auditing a data frame: one shuffle for all rules with one split key, then the auditor on each part."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import LongType, StructField, StructType

from comity.engine import Engine
from comity.errors import UsageError, shown
from comity.events.values import Instant
from comity.pieces.auditor import KEY, Auditor
from comity.pieces.rows import FINDING, NOTICE, RECORD, REJECTED, ROW, schema
from comity.pieces.whole import report_of_rows
from comity.plugins.manager import Plugins
from comity.policy.policy_like import PolicyLike
from comity.readers import Mapping as LogMapping
from comity.results.finding_keys import FINDING_KEYS
from comity.results.report import Report
from comity.spark.types import arrow_schema, spark_schema
from comity.spark.workers import check_workers

if TYPE_CHECKING:
    from pyspark.sql import Column

Policies = Engine | PolicyLike | Sequence[PolicyLike]
"""An engine, a policy, or several policies."""


def audit(
    df: DataFrame,
    policies: Policies,
    *,
    as_of: Instant,
    order_by: str,
    since: Instant | None = None,
    until: Instant | None = None,
    mapping: LogMapping | str | None = None,
    timezone: str | None = None,
    plugins: Plugins | None = None,
    partitions: int | None = None,
    check: bool = True,
) -> DataFrame:
    """Judge every row of a data frame, and return findings, rejected rows, notices and counts as one frame.

    The column `record` says what a row is: see `Auditor.schema`. `findings`, `rejected` and `notices` return
    one sort each, and `report` the whole as a report. The frame is lazy: nothing is judged before it is
    written, counted or collected, and each of these judges anew.

    `as_of`, `order_by`, `since`, `until`, `mapping` and `timezone` are as for `Engine.auditor`. `partitions`
    is how many parts the log is split into, None to leave it to Spark. `check` runs a small job that compares
    the packages of the workers with those here; the workers compare them in any case. Nothing else is run,
    kept or configured.

    Raises UsageError for what is no frame of rows, for columns that cannot be read, for times without a zone
    where no `timezone` is given, and for workers with other packages.
    """
    _check_frame(df)
    if partitions is not None and not (type(partitions) is int and partitions > 0):
        raise UsageError(f"partitions={shown(partitions)}: it must be a whole number above zero")
    engine = engine_of(policies, plugins)
    auditors = [
        engine.auditor(
            as_of=as_of,
            order_by=order_by,
            since=since,
            until=until,
            mapping=mapping,
            timezone=timezone,
            split_key=key,
        )
        for key in engine.split_keys()
    ]
    passes = [_pass(df, auditor, partitions) for auditor in auditors]
    if check:
        check_workers(df.sparkSession, engine.plugins)
    return reduce(DataFrame.union, passes)


def findings(rows: DataFrame) -> DataFrame:
    """Return the findings among the rows of an audit, with the value of the order column as `row`."""
    return _only(rows, FINDING, [F.col(name) for name in (*FINDING_KEYS, ROW)])


def rejected(rows: DataFrame) -> DataFrame:
    """Return the rows of the log that are no events, each with the reason, and its cells as JSON."""
    return _only(rows, REJECTED, [F.col(ROW), F.col("message").alias("reason"), F.col("cells")])


def notices(rows: DataFrame) -> DataFrame:
    """Return the notices of all parts: the sums of those with one code and rule, and one of the messages."""
    told = _only(
        rows, NOTICE, [F.col(name) for name in ("code", "policy", "rule", "count", "message", "help")]
    )
    summed = (F.sum("count").alias("count"), F.count("*").alias("parts"))
    return told.groupBy("code", "policy", "rule").agg(
        *summed, F.min("message").alias("message"), F.min("help").alias("help")
    )


def report(rows: DataFrame, policies: Policies, *, plugins: Plugins | None = None) -> Report:
    """Collect the rows of an audit, and return them as the report that `Engine.audit` would return.

    All findings come to the driver. For the counts and notices alone, leave the findings out:
    `report(rows.where("record <> 'finding'"), policies)`. Rows that were written and are read again will do.
    """
    _check_frame(rows)
    lacking = [name for name in schema().names if name not in rows.columns]
    if lacking:
        raise UsageError(f"these are not the rows of an audit: there is no column `{lacking[0]}`")
    return report_of_rows(engine_of(policies, plugins), _collected(rows.select(schema().names)))


def _collected(rows: DataFrame) -> pa.Table:
    table = rows.toArrow()
    # The zone of the session is how instants are shown, and not what they are.
    return table.cast(schema())


def _only(rows: DataFrame, record: str, columns: list[Column]) -> DataFrame:
    _check_frame(rows)
    return rows.where(F.col(RECORD) == record).select(*columns)


def engine_of(policies: Policies, plugins: Plugins | None) -> Engine:
    """Return the engine that is given, or one of the policies; raises UsageError for both."""
    if isinstance(policies, Engine):
        if plugins is not None:
            raise UsageError("`plugins` are given with an engine, which has its own: give one of both")
        return policies
    several = isinstance(policies, Sequence) and not isinstance(policies, str | bytes)
    given: Any = policies if several else (policies,)
    return Engine.of(*given, plugins=plugins)


def _check_frame(df: object) -> None:
    if not isinstance(df, DataFrame):
        raise UsageError(f"`{type(df).__name__}` is not a data frame of Spark")
    if df.isStreaming:
        raise UsageError("a streaming data frame has no last row, so that nothing could be judged")


def _pass(df: DataFrame, auditor: Auditor, partitions: int | None) -> DataFrame:
    """Return the rows of one pass: take the needed columns, split by the key, and judge each part."""
    names = auditor.columns(df.columns)
    for name in names:
        if df.columns.count(name) > 1:
            raise UsageError(f"several columns are called `{name}`")
    needed = df.select(*[F.col(quoted(name)) for name in names])
    auditor.check(arrow_schema(needed.schema))
    made = spark_schema(auditor.schema)
    if not auditor.split_key.fields:
        return needed.repartition(1).mapInArrow(auditor, made)
    keyed = _keyed(needed, auditor)
    parts = keyed.repartition(KEY) if partitions is None else keyed.repartition(partitions, KEY)
    return parts.mapInArrow(auditor, made)


def _keyed(needed: DataFrame, auditor: Auditor) -> DataFrame:
    """Return the rows with the number to split them by."""
    if not hasattr(F, "arrow_udf"):  # Spark 4.0 sends whole rows to Python and back, which takes longer.
        fields = [*needed.schema.fields, StructField(KEY, LongType())]
        return needed.mapInArrow(auditor.key, StructType(fields))
    names = auditor.key_columns(needed.columns)

    def number(*columns: pa.Array) -> pa.Array:
        return auditor.keys(pa.Table.from_arrays(list(columns), names=names))

    number.__annotations__ = {"columns": pa.Array, "return": pa.Array}
    made = F.arrow_udf(number, LongType())
    return needed.withColumn(KEY, made(*[F.col(quoted(name)) for name in names]))


def quoted(name: str) -> str:
    """Return the name of a column as Spark reads any name."""
    return f"`{name.replace('`', '``')}`"
