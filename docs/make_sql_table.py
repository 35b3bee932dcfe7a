"""Write which rules of the shipped policies have SQL into docs/sql.md: python docs/make_sql_table.py."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from comity.databases.printed import print_sql
from comity.engine import Engine
from comity.errors import PolicyError
from comity.sql.compiler import refusals_of
from comity.sql.dialects.registry import DIALECTS

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "sql.md"
_PLACE = re.compile(r"(<!-- made: (rules|dialects) -->\n).*?(<!-- end -->)", re.DOTALL)


def made(page: str) -> str:
    """Return the page with its tables as they must be."""
    tables = {"rules": rules_table(), "dialects": dialects_table()}
    return _PLACE.sub(lambda found: f"{found[1]}{tables[found[2]]}{found[3]}", page)


def dialects_table() -> str:
    """Return which dialects there are, and how each was checked."""
    lines = ["| dialect | `--dialect` | how it was checked |", "| --- | --- | --- |"]
    lines += [f"| {each.title} | `{name}` | {each.checked} |" for name, each in DIALECTS.items()]
    return "\n".join(lines) + "\n"


def rules_table() -> str:
    """Return how many rules of each shipped policy have SQL, and which do not."""
    lines = [
        "| policy | rules | found by `audit --database` | in a view | rules that are not in a view |",
        "| --- | --: | --: | --: | --- |",
    ]
    for path in sorted((ROOT / "policies").glob("*.toml")):
        if path.name.endswith(".cases.toml"):
            continue
        engine = Engine.of(path)
        rules = [rule.id for rule in engine.plan.rules]
        refused = {each.rule for each in refusals_of(engine.plan, DIALECTS["duckdb"])}
        left_out = _left_out(engine)
        reasons = "; ".join(
            f"{', '.join(f'`{rule}`' for rule in each)}: {why}" for why, each in left_out.items()
        )
        number = sum(map(len, left_out.values()))
        counts = f"{len(rules)} | {len(rules) - len(refused)} | {len(rules) - number}"
        lines.append(f"| `{path.stem}` | {counts} | {reasons} |")
    return "\n".join(lines) + "\n"


def _left_out(engine: Engine) -> dict[str, list[str]]:
    """Return the rules that are not in a view, by the reason."""
    try:
        printed = print_sql(
            engine, DIALECTS["duckdb"], table="t", order_by="id", stretches="s", leave_out=True
        )
        found = [(each.reason, each.rule) for each in printed.left_out]
    except PolicyError as error:  # No rule is left.
        found = [(each.message.partition(": ")[2], str(each.path[1])) for each in error.problems]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for reason, rule in found:
        by_reason[reason].append(rule)
    return by_reason


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text("utf-8")), "utf-8")
