"""SQLite."""

from __future__ import annotations

from typing import Final

from comity.sql.dialects.dialect import Dialect

SQLITE: Final = Dialect(
    "sqlite",
    "SQLite",
    whole="INTEGER",
    text="TEXT",
    instant="{0}",
    same="{0} IS {1}",
    indexes=True,
    create_view="CREATE VIEW {0} AS",
    materialized="MATERIALIZED ",
    checked="run against the reference in tests",
)
