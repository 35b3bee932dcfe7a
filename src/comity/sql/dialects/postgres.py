"""PostgreSQL."""

from __future__ import annotations

from typing import Final

from comity.sql.dialects.dialect import Dialect

POSTGRES: Final = Dialect(
    "postgres",
    "PostgreSQL",
    text="TEXT",
    indexes=True,
    instant="CAST(EXTRACT(EPOCH FROM {0}) * 1000000 AS BIGINT)",
    checked="the conformance cases are run in tests where a server is there",
)
