"""DuckDB."""

from __future__ import annotations

from typing import Final

from comity.sql.dialects.dialect import Dialect

DUCKDB: Final = Dialect(
    "duckdb",
    "DuckDB",
    division="({0} // {1})",
    instant="epoch_us({0})",
    checked="run against the reference in tests",
)
