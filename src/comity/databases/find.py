"""What SQL finds: which events break which rule, and how many events each rule judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from comity.databases.connections.connection import ColumnType, Connection
from comity.records import frozen
from comity.results.report import RuleCounts
from comity.sql.compiler import EVENTS, Compiled
from comity.sql.statement import CompiledRule, joined

FOUND: Final = '"comity_found"'
"""The table of what is found: `rule`, `seq`, `matter`, `status` and `due`."""
_TYPES: Final[Mapping[str, ColumnType]] = {
    "rule": "text",
    "seq": "whole",
    "matter": "text",
    "status": "text",
    "due": "whole",
}


@frozen
class FoundRows:
    """How many findings each rule has, and its counts."""

    findings: dict[str, int]
    counts: dict[str, RuleCounts]
    """Without those of findings."""


def find(connection: Connection, compiled: Compiled) -> FoundRows:
    """Make the table of what is found."""
    if compiled.shared:
        # The last of them has all columns of the others. Without a look back they are too simple to keep.
        last = compiled.shared[-1]
        kind = "VIEW" if len(compiled.shared) == 1 else "TABLE"
        connection.run(f"CREATE TEMP {kind} {last.name} AS {joined(compiled.shared[:-1], last.sql)}")
    counts: dict[str, RuleCounts] = {}
    connection.load(FOUND.strip('"'), _TYPES, [[]] * len(_TYPES))
    for rule in compiled.rules:
        connection.run(f"INSERT INTO {FOUND}\n{joined(rule.steps, rule.findings)}")
        ((_, judged),) = connection.rows(joined(rule.steps, rule.judged)) or [("", 0)]
        counts[rule.name] = RuleCounts(judged=judged, lacking=_lacking(connection, rule))
    findings = dict(connection.rows(f'SELECT "rule", COUNT(*) FROM {FOUND} GROUP BY "rule"'))
    return FoundRows(findings, counts)


def _lacking(connection: Connection, rule: CompiledRule) -> dict[str, int]:
    found = {}
    for name, query in rule.lacking.items():
        ((count,),) = connection.rows(joined(rule.steps, query))
        if count:
            found[name] = count
    return found


def latest(connection: Connection) -> int | None:
    """Return the latest instant of all events; None if there are none."""
    ((found,),) = connection.rows(f'SELECT MAX("at") FROM {EVENTS}')
    return None if found is None else int(found)
