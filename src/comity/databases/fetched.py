"""Judging what SQL found: the events of the scopes with findings are fetched, and judged as any log is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import merge
from operator import itemgetter
from typing import Any, Final

from comity.databases.events_table import READ
from comity.databases.find import FOUND
from comity.databases.log_table import ROW, LogTable
from comity.engine import Engine
from comity.plan import Plan
from comity.records import frozen
from comity.results.findings import Finding, FindingList, Findings
from comity.results.report import Report
from comity.sql.compiler import EVENTS, Range
from comity.sql.readings import Readings, ScopeText

SCOPES: Final = '"comity_scopes"'


@frozen(eq=False)
class Judged:
    """The report of a part of the rules on the events that were fetched for them."""

    report: Report
    rows: Any
    """The fetched rows, an Arrow table."""


def judge_found(
    log: LogTable, plan: Plan, key: Sequence[str], readings: Readings, audited: Range, number: int
) -> Judged:
    """Judge the rules of a plan with one split key, on the scopes in which SQL found something."""
    dialect = log.connection.dialect
    names = ", ".join(dialect.literal(rule.name) for rule in plan.rules)
    columns = [readings.column(ScopeText(name)) for name in key]
    flagged = f'FROM {EVENTS} WHERE "seq" IN (SELECT "seq" FROM {FOUND} WHERE "rule" IN ({names}))'
    scopes = f'"{SCOPES.strip(chr(34))}_{number}"'
    if columns:
        listed = ", ".join(columns)
        log.connection.run(f"CREATE TEMP TABLE {scopes} AS SELECT DISTINCT {listed} {flagged}")
        met = " AND ".join(f"{scopes}.{column} = {READ}.{column}" for column in columns)
        chosen = f'SELECT {READ}."seq" FROM {READ} JOIN {scopes} ON {met}'
    else:
        chosen = f'SELECT "seq" FROM {READ} WHERE EXISTS (SELECT 1 {flagged})'
    return judge_rows(log, plan, f"{ROW} IN ({chosen})", audited)


def judge_rows(log: LogTable, plan: Plan, condition: str, audited: Range) -> Judged:
    """Judge the rules of a plan on rows of the log that meet a condition."""
    rows = _with_ids(log, log.fetch(condition))
    engine = Engine(plan, log.engine.policies, log.engine.plugins)
    report = engine.audit(
        log.reader(rows.drop_columns(["comity_row"])),
        as_of=audited.as_of,
        since=audited.since,
        until=audited.until,
    )
    return Judged(report, rows)


def _with_ids(log: LogTable, rows: Any) -> Any:
    """Give events without an id the number of their row in the log, by which reports name them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    numbers = pc.binary_join_element_wise("#", rows["comity_row"].cast(pa.string()), "")
    column = log.column("id")
    if column is None:
        return rows if "id" in log.mapping.fields else rows.append_column("id", numbers)
    own = rows[column.name]
    if not pa.types.is_string(own.type):
        own = own.cast(pa.string())
    empty = pc.equal(pc.utf8_trim_whitespace(own), "").fill_null(True)
    place = rows.schema.get_field_index(column.name)
    return rows.set_column(place, column.name, pc.if_else(empty, numbers, own))


def merged(parts: Sequence[Judged], log: LogTable) -> Findings:
    """Return the findings of all parts in order."""
    some = [part for part in parts if len(part.report.findings)]
    if len(some) == 1:
        found = some[0].report.findings
        assert isinstance(found, Findings), "INVARIANT: reports hold findings"
        return found
    ordered = merge(*(_keyed(part, log) for part in some), key=itemgetter(0))
    return FindingList([finding for _, finding in ordered])


def _keyed(part: Judged, log: LogTable) -> Iterator[tuple[Any, Finding]]:
    """Yield the findings of a part, each with what it is sorted by: person, instant, row, rule and scope."""
    column = log.column("id")
    name = "id" if column is None else column.name
    labels = part.rows[name].to_pylist() if name in part.rows.column_names else []
    rows_of: dict[str, list[int]] = defaultdict(list)
    for label, number in zip(labels, part.rows["comity_row"].to_pylist(), strict=False):
        rows_of[str(label).strip()].append(number)
    seen: dict[tuple[Any, ...], int] = defaultdict(int)
    for finding in part.report.findings:
        scope = tuple((value is not None, value or "") for _, value in finding.scope)
        again = (finding.event, finding.person, finding.at, finding.policy, finding.rule, scope)
        numbers = rows_of.get(finding.event, [0])
        place = numbers[min(seen[again], len(numbers) - 1)]
        seen[again] += 1
        yield (finding.person, finding.at, place, finding.policy, finding.rule, scope), finding
