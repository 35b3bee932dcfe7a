"""The audit of a log in a database: SQL finds the scopes, comity judges these and tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import attrs

from comity.audits.backends import BackEnd
from comity.audits.log_mapping import choose_mapping
from comity.audits.report import report_of
from comity.databases.audit_rows import audit_rows, rows_of
from comity.databases.by_rows import all_rows
from comity.databases.connections.connection import Connection
from comity.databases.connections.row_connection import RowConnection
from comity.databases.events_table import READ, REJECTED, make_events
from comity.databases.fetched import Judged, judge_found, judge_rows, merged
from comity.databases.find import FoundRows, find, latest
from comity.databases.log_table import ROW, LogTable, open_log, relation_of
from comity.databases.value_tables import read_rows
from comity.databases.whole_log import census_of_log, eras_of, fixed_zones_of_log, near_of_log
from comity.diagnostics import Facts
from comity.engine import Engine
from comity.errors import UsageError
from comity.events.event import Event
from comity.events.sources import SourceCounts
from comity.notices import Notice
from comity.plan.needs.split_keys import by_split_key
from comity.readers import Mapping as LogMapping
from comity.results.report import Rejection, Report, RuleCounts, Summary
from comity.sql.compiler import Range, compile_plan, refusals_of

Way = BackEnd | Literal["sql"]
"""How a log in a database is audited."""
MOST_REJECTIONS = 100
"""How many rejected rows a report keeps; it counts all of them."""
_SAMPLE = 100_000


def audit_database(
    engine: Engine,
    connection: Connection | RowConnection,
    *,
    table: str | None = None,
    query: str | None = None,
    order_by: str | None = None,
    mapping: LogMapping | str | None = None,
    timezone: str | None = None,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
    way: Way = "auto",
    on_reject: Callable[[Rejection], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Report:
    """Return the report of an audit of a table, or of the rows of a query, as that of the exported rows.

    With `sql` as the `way`, SQL finds which events break which rule. All events of the scopes in which it
    finds something are fetched and judged, so that the findings are the same; a rule that cannot be compiled
    is judged on all rows, and `notice` hears why. `columnar` and `online` fetch all rows for that back end.
    `auto` fetches the rows of DuckDB and SQLite, which are files of this machine, and of databases for which
    rules are not compiled; a server of PostgreSQL keeps its rows, and runs the SQL.

    `order_by` names the column that orders the rows; a table of DuckDB or SQLite has an order of its own.
    Instants are microseconds UTC. Raises UsageError and InputError.
    """
    chosen = choose_mapping(mapping, None, None, engine.plugins, engine.plan) or LogMapping(1)
    if (table is None) == (query is None):
        raise UsageError("a database needs one of --table and --query")
    if isinstance(connection, RowConnection):
        if way == "sql":
            raise UsageError("no rules become SQL for this database: its rows are fetched")
        rows = rows_of(connection, relation_of(table, query, connection.quoted), order_by)
    elif way == "sql" or (way == "auto" and not connection.gives_rows_quickly):
        log = open_log(connection, engine, table, query, order_by, chosen, timezone)
        return _by_sql(log, Range(as_of, since, until), on_reject, notice)
    else:
        rows = all_rows(connection, engine, relation_of(table, query), table, order_by, chosen, timezone)
    return audit_rows(
        engine,
        rows,
        table or "the query",
        mapping=chosen,
        timezone=timezone,
        as_of=as_of,
        since=since,
        until=until,
        back_end=way,
        on_reject=on_reject,
        notice=notice,
    )


def _by_sql(
    log: LogTable,
    given: Range,
    on_reject: Callable[[Rejection], None] | None,
    notice: Callable[[str], None] | None,
) -> Report:
    """Return the report of an audit in the database."""
    engine, connection = log.engine, log.connection
    refusals = refusals_of(engine.plan, connection.dialect)
    refused = {f"{each.policy}/{each.rule}" for each in refusals}
    for each in refusals:
        if notice is not None:
            notice(f"{each}: it is judged on all rows, which are fetched")
    kept = tuple(rule for rule in engine.plan.rules if rule.name not in refused)
    rest = tuple(rule for rule in engine.plan.rules if rule.name in refused)
    plan = attrs.evolve(engine.plan, rules=kept)
    compiled = compile_plan(plan, connection.dialect, given)
    events = make_events(log, compiled, engine.plan)
    as_of = latest(connection) if given.as_of is None else given.as_of
    audited = attrs.evolve(given, as_of=as_of)
    compiled = attrs.evolve(compiled, rules=compile_plan(plan, connection.dialect, audited).rules)
    found = find(connection, compiled)
    parts = [
        judge_found(log, part, key, compiled.readings, audited, number)
        for number, (key, part) in enumerate(by_split_key(plan).items())
    ]
    _check(found, parts)
    if rest:
        not_compiled = attrs.evolve(engine.plan, rules=rest)
        parts.append(judge_rows(log, not_compiled, f'{ROW} IN (SELECT "seq" FROM {READ})', audited))
    unread = judge_rows(log, engine.plan, f'{ROW} IN (SELECT "seq" FROM {READ} WHERE "unread" = 1)', audited)
    return _report(log, engine, events, found, parts, unread, audited, on_reject)


def _check(found: FoundRows, parts: Sequence[Judged]) -> None:
    """Compare how many findings SQL and comity have of each rule."""
    for part in parts:
        for name, counts in part.report.summary.by_rule.items():
            told, wanted = counts.violation + counts.pending, found.findings.get(name, 0)
            assert told == wanted, f"INVARIANT: SQL finds {wanted} of `{name}`, and comity {told}"


def _report(
    log: LogTable,
    engine: Engine,
    events: int,
    found: FoundRows,
    parts: Sequence[Judged],
    unread: Judged,
    audited: Range,
    on_reject: Callable[[Rejection], None] | None,
) -> Report:
    counts: dict[str, RuleCounts] = {}
    for part in parts:
        counts |= part.report.summary.by_rule
    for name, counted in found.counts.items():
        counts[name] = attrs.evolve(counts[name], judged=counted.judged, lacking=counted.lacking)
    for name, each in unread.report.summary.by_rule.items():
        counts[name] = attrs.evolve(counts[name], unreadable=each.unreadable)
    plan, connection = engine.plan, log.connection
    source = DatabaseSource(log, on_reject)
    ((persons,),) = connection.rows(f'SELECT COUNT(DISTINCT "per_person") FROM {READ}')
    summary = Summary(
        events=events,
        persons=persons,
        as_of=audited.as_of,
        policies=plan.policies,
        by_rule={rule.name: counts[rule.name] for rule in plan.rules},
        unreadable=unread.report.summary.unreadable,
        unreadable_examples=unread.report.summary.unreadable_examples,
        unparted=unread.report.summary.unparted,
        suspicious=eras_of(log).suspicious(),
        fixed_zones=fixed_zones_of_log(log, plan),
        near=near_of_log(log, plan),
        census=census_of_log(log, outcomes=plan.asks_outcome()),
        **source.counts(),
    )
    facts = Facts(plan, engine.plugins.channels, summary, source, audited.since, audited.until)
    return report_of(facts, merged(parts, log), engine.notices, refuse_rejected=False)


class DatabaseSource:
    """The log of a database as a source of events: its first rows, and the counts of all of them."""

    def __init__(self, log: LogTable, on_reject: Callable[[Rejection], None] | None) -> None:
        self._log = log
        self._first = log.reader(log.fetch(most=1).drop_columns(["comity_row"]))
        for _ in self._first.batches():
            pass
        self.rejections: list[Rejection] = []
        """The first rejected rows."""
        self._rejected = self._reject(on_reject)

    def _reject(self, on_reject: Callable[[Rejection], None] | None) -> int:
        rows = self._log.fetch(f"{ROW} IN (SELECT {ROW} FROM {REJECTED})")
        numbers = rows["comity_row"].to_pylist()

        def take(rejection: Rejection) -> None:
            placed = attrs.evolve(rejection, row=numbers[rejection.row - 1])
            if len(self.rejections) < MOST_REJECTIONS:
                self.rejections.append(placed)
            if on_reject is not None:
                on_reject(placed)

        events = read_rows(self._log, rows.drop_columns(["comity_row"]), take)
        assert not events, "INVARIANT: what is rejected value by value is rejected as a row"
        return len(numbers)

    def batches(self) -> Iterator[list[Event]]:
        """Read the first events."""
        rows = self._log.fetch(most=_SAMPLE).drop_columns(["comity_row"])
        yield from self._log.reader(rows).batches()

    def latest(self) -> int | None:
        """Return the latest instant."""
        return latest(self._log.connection)

    def counts(self) -> SourceCounts:
        """Return the counts of all rows."""
        return {"rows_read": self._log.rows, "rows_rejected": self._rejected, "rows_skipped": 0}

    def absent(self) -> frozenset[str]:
        """Return the fields and attributes for which there is no column."""
        return self._first.absent()

    def lacking(self) -> dict[str, list[str]]:
        """Return, by field or attribute, the table that has no column for it."""
        return self._first.lacking()

    def spelled(self, field: str) -> str:
        """Return the name of the column that a field is taken from."""
        return self._first.spelled(field)

    @property
    def mapping(self) -> LogMapping:
        """The mapping, which says how rows become events."""
        return self._log.mapping

    def notices(self) -> Sequence[Notice]:
        """Return what is known of the columns."""
        return self._first.notices()
