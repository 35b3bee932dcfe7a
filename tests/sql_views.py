"""Views of a small policy in all dialects; `python tests/sql_views.py` renews the files with them."""

from __future__ import annotations

from pathlib import Path

from comity.databases.printed import PrintedSql, print_sql
from comity.engine import Engine
from comity.sql.dialects.registry import DIALECTS

FOLDER = Path(__file__).parent / "fixtures" / "sql"
SMALL = FOLDER / "reach.toml"


def printed(
    dialect: str, policy: str | Path = FOLDER / "reach.toml", *, leave_out: bool = False
) -> PrintedSql:
    """Return a policy as SQL over the table `contacts`, with what is left out."""
    return print_sql(
        Engine.of(policy),
        DIALECTS[dialect],
        table="contacts",
        order_by="id",
        stretches="comity_stretches",
        leave_out=leave_out,
    )


def kept(dialect: str) -> Path:
    """Return the file that keeps the view in a dialect."""
    return FOLDER / f"reach.{dialect}.sql"


if __name__ == "__main__":
    for name in DIALECTS:
        kept(name).write_text(printed(name).view.statement + "\n", "utf-8")
