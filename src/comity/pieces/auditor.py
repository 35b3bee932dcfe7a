"""The auditor: one picklable function that judges a piece of a log, wherever Python runs beside the data."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Final

import attrs
import pyarrow as pa
import pyarrow.compute as pc

from comity.audits.audit import audit
from comity.audits.online_of import online_of
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columns.column_rows import ColumnRows
from comity.columns.event_columns import ABSENT
from comity.diagnostics import Facts
from comity.errors import UsageError
from comity.events.event import Event
from comity.notices import Notice
from comity.online import LateMonitor, Monitor, Online
from comity.pieces.counts import counts_of, told_of
from comity.pieces.loaded import Loaded
from comity.pieces.ordered import Ordered, in_order, order_notices, unnamed_notice
from comity.pieces.packages import check_packages, packages_of
from comity.pieces.piece_log import PieceLog
from comity.pieces.reading import Reading
from comity.pieces.rows import counts_row, finding_rows, notice_rows, rejected_rows, schema
from comity.pieces.split_hash import hashes_of
from comity.pieces.whole import report_of_rows
from comity.plan import Plan
from comity.plan.needs.split_keys import SplitKey
from comity.readers import Mapping as LogMapping
from comity.records import frozen
from comity.results.findings import FindingList, Findings
from comity.results.report import Rejection, Report

KEY: Final = "comity_key"
"""The column of the number by which a log is split."""
SKEWED: Final = 1_000_000
"""Events of one person from which on a notice says so."""


@frozen(eq=False)
class Auditor:
    """Judges pieces of a log: a function from Arrow record batches to record batches of `schema`.

    A piece is all rows of some values of the split key, in any order. An auditor can be pickled, and threads
    may share it. Where it arrives, it refuses other versions of comity, of the time zones, of the holidays
    and of plugins than those it was made with.
    """

    engine: Loaded = attrs.field(repr=False)
    split_key: SplitKey
    """Which fields keep rows together, and which rules are judged."""
    order_by: str
    """The column whose values order the rows; all of them are different."""
    as_of: int
    """Now, for answers that may still come: microseconds since 1970-01-01T00:00:00Z."""
    since: int | None = None
    until: int | None = None
    mapping: LogMapping | None = attrs.field(default=None, repr=False)
    timezone: str | None = None
    skewed: int = SKEWED

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, each.name) for each in attrs.fields(type(self)))
        return _arrived, (packages_of(self.engine.plugins), pickle.dumps(values))

    @property
    def schema(self) -> pa.Schema:
        """The schema of the rows that the auditor yields.

        `record` says what a row is. A `finding` has the keys of a finding; `row` is its event's value in the
        order column. A `rejected` row has its `row`, the reason as `message`, and its `cells` as JSON. A
        `notice` has `code`, `message`, `count` and what else there is to it. `counts` has one JSON object for
        each piece, for `report`.
        """
        return schema()

    @property
    def key_name(self) -> str:
        """The name of the column that `key` adds."""
        return KEY

    @cached_property
    def _plan(self) -> Plan:
        names = frozenset(self.split_key.rules)
        rules = tuple(rule for rule in self.engine.plan.rules if rule.name in names)
        return attrs.evolve(self.engine.plan, rules=rules)

    @cached_property
    def _reading(self) -> Reading:
        plan, channels = self.engine.plan, self.engine.plugins.channels
        mapping = self.mapping or LogMapping(1)
        return Reading(mapping, self.timezone, plan.attributes(), plan.fields(), channels)

    @cached_property
    def _online(self) -> Online:
        return online_of(self._plan, self.engine.policies, self.engine.plugins, ())

    def columns(self, names: Iterable[str]) -> list[str]:
        """Return which columns are read, of those with some names; the others need not be sent.

        Raises UsageError if the order column is not among them.
        """
        return self._reading.columns(list(names), self.order_by)

    def check(self, given: pa.Schema) -> None:
        """Check the columns of a log before any of it is read.

        Raises UsageError without the order column and for times without a zone, and InputError where a column
        is missing that the log must have.
        """
        names = self.columns(given.names)
        self._reading.check_times(given)
        self._reading.check_key(self.split_key.fields)
        self._reading.check_columns(pa.schema([given.field(name) for name in names]))

    def key_columns(self, names: Iterable[str]) -> list[str]:
        """Return which columns `keys` needs, of those with some names."""
        names = self.columns(names)
        needed = {self._reading.column(field, names) for field in ("person", *self.split_key.fields)}
        return [name for name in names if name in needed or name == self.order_by or "at" in needed]

    def keys(self, table: pa.Table) -> pa.Array:
        """Return the numbers that `key` adds, for rows of which there need be no other than `key_columns`."""
        return hashes_of(table, self.split_key.fields, self.order_by, self._reading)

    def key(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Add a column to each batch: a number of 64 bits by which the log may be split.

        Rows that must stay together have the same number, as comity reads them: with the mapping, and in any
        spelling that comity takes for the same. Raises what `check` raises.
        """
        checked = None
        for batch in batches:
            if batch.schema != checked:
                if KEY in batch.schema.names:
                    raise UsageError(f"there is a column `{KEY}` already")
                self.check(batch.schema)
                checked = batch.schema
            numbers = self.keys(pa.Table.from_batches([batch]))
            yield pa.RecordBatch.from_arrays([*batch.columns, numbers], names=[*batch.schema.names, KEY])

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Judge a piece; raises what `check` raises, and InputError where it cannot be read."""
        held = list(batches)
        if not held:
            return
        self.check(held[0].schema)
        if not any(batch.num_rows for batch in held):
            return
        yield from self._judge(held)

    def events(self, table: pa.Table, rejected: list[Rejection]) -> Iterator[tuple[int, Event]]:
        """Yield the events of rows, each with the place of its row; rows that are none are `rejected`.

        An event without an id has the value of its row in the order column.
        """
        reading, plan = self._reading, self.engine.plan
        order = table.column(self.order_by).cast(pa.string()).combine_chunks()
        given, _ = reading.with_ids(table.select(self.columns(table.column_names)), order)
        before = 0
        fields = ColumnPlan(plan, self.engine.plugins.channels).fields() | frozenset(ABSENT)
        for block in reading.log(given, None, None, rejected.append).blocks(fields):
            loaded = block.load()
            loaded.add_counts(before)
            rows = ColumnRows(loaded.columns)
            for row, place in enumerate(loaded.columns.places.tolist()):
                yield before + place, rows.event(row)
            before += loaded.extent

    def new_monitor(self, allowed_lateness: int) -> Monitor | LateMonitor:
        """Return a monitor of the rules of the split key; the lateness is in microseconds."""
        return self._online.monitor(allowed_lateness, "ignore")

    def restored_monitor(self, snapshot: str) -> Monitor | LateMonitor:
        """Return the monitor of the rules of the split key whose snapshot was taken."""
        return self._online.restore(snapshot, None, None)

    def report(self, rows: Any) -> Report:
        """Return the report of a log of which all pieces were judged, as `Engine.audit` returns it.

        `rows` are the rows of all pieces and passes: a table, a data frame or record batches. Without the
        findings among them the report has its counts and notices alone.
        """
        return report_of_rows(self.engine, rows)

    def _judge(self, held: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Judge the rows of some batches, which are forgotten as soon as they are in order."""
        reading, plan, first = self._reading, self._plan, self.split_key.first
        table = pa.Table.from_batches(held)
        held.clear()
        skew = self._skew(table) if first else ()
        table = table.select(self.columns(table.column_names))
        rows = in_order(table, self.order_by)
        del table
        rejected: list[Rejection] = []
        with_ids, unnamed = reading.with_ids(rows.table, rows.order)
        log = reading.log(
            with_ids, None, rejected.clear if first else None, rejected.append if first else None
        )
        source = PieceLog(log, self.engine.plan.identities() if first else ())
        limits = {"as_of": self.as_of, "since": self.since, "until": self.until}
        channels = self.engine.plugins.channels
        # Clusters give a processor to each piece, so that more threads would take those of other pieces.
        summary, found = audit(
            plan, channels, lambda: self._online, source, limits, "auto", None, None, None, workers=1
        )
        findings = found if isinstance(found, Findings) else FindingList(found)
        own = [*order_notices(rows, self.order_by, reading), *skew] if first else []
        if first and unnamed:
            own.append(unnamed_notice(unnamed, self.order_by))
        facts = Facts(plan, channels, summary, source, self.since, self.until)
        if len(findings):
            yield from finding_rows(findings, self._rows_of(findings, with_ids, rows))
        order = rows.order
        yield from rejected_rows(
            order.take(pa.array([each.row - 1 for each in rejected], pa.int64())).to_pylist(),
            [each.reason for each in rejected],
            [json.dumps(dict(each.cells), ensure_ascii=False, default=str) for each in rejected],
        )
        yield from notice_rows([*own, *told_of(facts, source, first=first)])
        yield counts_row(counts_of(facts, source, self.split_key, own, self.order_by))

    def _rows_of(self, findings: Findings, table: pa.Table, rows: Ordered) -> Mapping[str, str]:
        """Return, by the name of each judged event, the value of its row in the order column."""
        name = self._reading.column("id", table.column_names)
        assert name is not None, "INVARIANT: every row has an id"
        batches = findings.batches(("event",))
        events = pc.unique(pa.chunked_array([batch.column("event") for batch in batches], pa.string()))
        if name not in rows.table.column_names:
            return {event: event for event in events.to_pylist()}
        ids = table.column(name).cast(pa.string()).combine_chunks()
        trimmed = pc.utf8_trim_whitespace(ids)
        places = pc.indices_nonzero(pc.is_in(trimmed, events))
        # Of several events with one id, the first is taken.
        pairs = zip(trimmed.take(places).to_pylist(), rows.order.take(places).to_pylist(), strict=True)
        return dict(reversed(list(pairs)))

    def _skew(self, table: pa.Table) -> tuple[Notice, ...]:
        """Return a notice if a person has so many rows that its piece takes much longer than others."""
        if table.num_rows < self.skewed:
            return ()
        name = KEY if KEY in table.column_names else self._reading.column("person", table.column_names)
        if name is None:
            return ()
        found = pc.value_counts(table.column(name).combine_chunks())
        counts = found.field("counts")
        large = found.filter(pc.greater_equal(counts, self.skewed))
        if not len(large):
            return ()
        rows = pc.sum(large.field("counts")).as_py()
        value = large.field("values")[0]
        where = pc.index(table.column(name), value).as_py()
        person = self._reading.column("person", table.column_names)
        example = str(table.column(person)[where].as_py()) if person else None
        return (skew_notice(len(large), rows, example),)


def skew_notice(scopes: int, rows: int, example: str | None) -> Notice:
    """Make the notice about persons with very many rows."""
    whose = "1 split key has" if scopes == 1 else f"{scopes:,} split keys have"
    return Notice(
        "skewed-pieces",
        f"{whose} {rows:,} rows, which one worker must judge alone",
        count=scopes,
        example=example,
        help="see whether it is a person at all, and not a switchboard, a test account or an empty value",
    )


@lru_cache(maxsize=8)
def _loaded(values: bytes) -> Auditor:
    return Auditor(*pickle.loads(values))


def _arrived(made_with: dict[str, str], values: bytes) -> Auditor:
    """Return an auditor where it arrives; a worker loads the policies once, and not for each piece."""
    check_packages(made_with)
    return _loaded(values)
