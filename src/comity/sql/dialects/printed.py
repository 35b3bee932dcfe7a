"""Dialects that are printed; their statements are read by a parser in tests, and some run there too."""

from __future__ import annotations

from typing import Final

from comity.sql.dialects.dialect import Dialect

_BACKTICKS: Final = ("`", "`")
_PARSED: Final = "read by the parser of sqlglot in tests, not run"
_RUN: Final = "the conformance cases and a view are run in tests where the package is installed"

DATAFUSION: Final = Dialect(
    "datafusion",
    "DataFusion",
    instant="CAST(CAST({0} AS TIMESTAMP) AS BIGINT) / 1000",
    checked=_RUN,
)
CLICKHOUSE: Final = Dialect(
    "clickhouse",
    "ClickHouse",
    quotes=_BACKTICKS,
    whole="Nullable(Int64)",
    text="Nullable(String)",
    division="intDiv({0}, {1})",
    counted="toInt64({0})",
    instant="toUnixTimestamp64Micro(toDateTime64({0}, 6))",
    escapes=True,
    checked=_RUN,
)
SPARK: Final = Dialect(
    "spark",
    "Spark SQL",
    quotes=_BACKTICKS,
    text="STRING",
    division="({0} DIV {1})",
    instant="UNIX_MICROS({0})",
    same="{0} <=> {1}",
    escapes=True,
    checked="run against the reference in tests where the package and Java are installed",
)
DATABRICKS: Final = Dialect(
    "databricks",
    "Databricks",
    quotes=_BACKTICKS,
    text="STRING",
    division="({0} DIV {1})",
    instant="UNIX_MICROS({0})",
    same="{0} <=> {1}",
    escapes=True,
    checked="the same statements as those of Spark SQL; not run on Databricks",
)
SNOWFLAKE: Final = Dialect(
    "snowflake",
    "Snowflake",
    division="FLOOR({0} / {1})",
    instant="DATE_PART(EPOCH_MICROSECOND, {0})",
    escapes=True,
    checked=_PARSED,
)
BIGQUERY: Final = Dialect(
    "bigquery",
    "BigQuery",
    quotes=_BACKTICKS,
    whole="INT64",
    text="STRING",
    division="DIV({0}, {1})",
    instant="UNIX_MICROS({0})",
    escapes=True,
    checked=_PARSED,
)
TRINO: Final = Dialect(
    "trino",
    "Trino",
    instant="CAST(ROUND(TO_UNIXTIME({0}) * 1000000) AS BIGINT)",
    checked=_PARSED,
)
REDSHIFT: Final = Dialect(
    "redshift",
    "Redshift",
    text="VARCHAR(65535)",
    instant="DATEDIFF(MICROSECOND, CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ), {0})",
    checked=_PARSED,
)
TSQL: Final = Dialect(
    "tsql",
    "T-SQL",
    quotes=("[", "]"),
    text="NVARCHAR(4000)",
    instant=("DATEDIFF_BIG(MICROSECOND, CAST('1970-01-01T00:00:00+00:00' AS DATETIMEOFFSET), {0})"),
    create_view="CREATE OR ALTER VIEW {0} AS",
    checked=_PARSED,
)
PRINTED: Final = (
    DATAFUSION,
    CLICKHOUSE,
    SPARK,
    DATABRICKS,
    SNOWFLAKE,
    BIGQUERY,
    TRINO,
    REDSHIFT,
    TSQL,
)
