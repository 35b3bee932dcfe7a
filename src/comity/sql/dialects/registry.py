"""All dialects, by name."""

from __future__ import annotations

from typing import Final

from comity.errors import UsageError, one_of, suggest
from comity.sql.dialects.dialect import Dialect
from comity.sql.dialects.duckdb import DUCKDB
from comity.sql.dialects.postgres import POSTGRES
from comity.sql.dialects.printed import PRINTED
from comity.sql.dialects.sqlite import SQLITE

DIALECTS: Final[dict[str, Dialect]] = {each.name: each for each in (DUCKDB, SQLITE, POSTGRES, *PRINTED)}


def find_dialect(name: str) -> Dialect:
    """Return a dialect by its name; raises UsageError with advice."""
    found = DIALECTS.get(name.strip().lower())
    if found is None:
        advice = suggest(name, DIALECTS) or f"known are {one_of(DIALECTS)}"
        raise UsageError(f"`{name}` is not a known dialect of SQL: {advice}")
    return found
