"""What runs on the workers of a stream: rows become events, and a monitor takes those of one key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import Row
from pyspark.sql.streaming.stateful_processor import StatefulProcessor

from comity.errors import EventError
from comity.events.event import Event
from comity.online import LateMonitor, Monitor
from comity.pieces.auditor import KEY, Auditor
from comity.pieces.rows import FINDING, RECORD, REJECTED
from comity.results.finding_keys import FINDING_KEYS
from comity.results.findings import Finding
from comity.results.report import Rejection
from comity.results.revisions import Revision

AT, EVENT, ORDER, REASON, CELLS = "at", "event", "order", "reason", "cells"
WITHDRAWN: Final = "withdrawn"
_MILLISECOND: Final = 1_000


class EventReader:
    """Reads rows as events: a function from record batches to record batches, for `mapInArrow`.

    Each event has its key, its instant, its place in the order, and itself as JSON. A row that is no event
    has the reason and its cells.
    """

    def __init__(self, auditor: Auditor) -> None:
        self._auditor = auditor

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Read batches; raises what `Auditor.check` raises."""
        auditor = self._auditor
        for batch in auditor.key(batches):
            table = pa.Table.from_batches([batch])
            keys, order = table.column(KEY).to_pylist(), table.column(auditor.order_by).to_pylist()
            rejected: list[Rejection] = []
            rows: list[dict[str, Any]] = []
            for place, event in auditor.events(table.drop_columns([KEY]), rejected):
                written = json.dumps(event.to_dict(), ensure_ascii=False)
                rows.append({KEY: keys[place], AT: event.at, ORDER: order[place], EVENT: written})
            for each in rejected:
                cells = json.dumps(dict(each.cells), ensure_ascii=False, default=str)
                rows.append({KEY: 0, AT: None, REASON: each.reason, CELLS: cells})
            yield from pa.Table.from_pylist(rows, self.schema(batch.schema)).to_batches()

    def schema(self, given: pa.Schema) -> pa.Schema:
        """Return the schema of what is read, from that of the rows."""
        return pa.schema(
            [
                pa.field(KEY, pa.int64()),
                pa.field(AT, pa.timestamp("us", "UTC")),
                pa.field(ORDER, given.field(self._auditor.order_by).type),
                pa.field(EVENT, pa.string()),
                pa.field(REASON, pa.string()),
                pa.field(CELLS, pa.string()),
            ]
        )


class MonitorProcessor(StatefulProcessor):
    """Keeps a monitor for each key: its snapshot is the state, and its next deadline is the timer."""

    def __init__(self, auditor: Auditor, allowed_lateness: int) -> None:
        """Take the rules of an auditor; the lateness is in microseconds."""
        self._auditor = auditor
        self._allowed_lateness = allowed_lateness

    def init(self, handle: Any) -> None:
        """Declare the state."""
        self._handle = handle
        self._state = handle.getValueState("monitor", "snapshot string")

    def handleInputRows(self, key: Any, rows: Iterator[Row], timerValues: Any) -> Iterator[Row]:  # noqa: N802, N803
        """Let the monitor take the events of one batch, in time order."""
        monitor = self._monitor()
        said: list[Row] = []
        given = [(row, Event.of(json.loads(row[EVENT]))) for row in rows]
        for row, event in sorted(given, key=lambda each: (each[1].at, each[0][ORDER])):
            try:
                said += _rows_of(monitor.feed(event))
            except EventError as error:
                said.append(rejected_row(str(error), row[EVENT]))
        self._keep(monitor)
        return iter(said)

    def handleExpiredTimer(self, key: Any, timerValues: Any, expiredTimerInfo: Any) -> Iterator[Row]:  # noqa: N802, N803
        """Let time pass up to the watermark, after which no earlier event can come."""
        monitor = self._monitor()
        watermark = timerValues.getCurrentWatermarkInMs() * _MILLISECOND
        said = _rows_of(monitor.advance(max(watermark + self._allowed_lateness, monitor.now or watermark)))
        self._keep(monitor)
        return iter(said)

    def close(self) -> None:
        """Do nothing: the state is Spark's."""

    def _monitor(self) -> Monitor | LateMonitor:
        if self._state.exists():
            return self._auditor.restored_monitor(self._state.get()[0])
        return self._auditor.new_monitor(self._allowed_lateness)

    def _keep(self, monitor: Monitor | LateMonitor) -> None:
        self._state.update((monitor.snapshot(),))
        wakes = monitor.wakes
        wanted = None if wakes is None else wakes // _MILLISECOND + 1
        known = [int(timer) for timer in self._handle.listTimers()]
        for timer in known:
            if timer != wanted:
                self._handle.deleteTimer(timer)
        if wanted is not None and wanted not in known:
            self._handle.registerTimer(wanted)


def _rows_of(changes: Iterable[Finding | Revision]) -> list[Row]:
    """Return what a monitor says as rows: what no longer holds before what holds in its place."""
    rows = []
    for each in changes:
        if isinstance(each, Finding):
            rows.append(_finding_row(each, withdrawn=False))
            continue
        rows.append(_finding_row(each.withdrawn, withdrawn=True))
        if each.replaced_by is not None:
            rows.append(_finding_row(each.replaced_by, withdrawn=False))
    return rows


def _finding_row(finding: Finding, *, withdrawn: bool) -> Row:
    values: dict[str, Any] = {name: getattr(finding, name) for name in FINDING_KEYS}
    values["scope"] = dict(finding.scope)
    values["evidence"] = list(finding.evidence)
    values |= {"at": finding.event_at, "allowed_from": finding.allowed_from_at, "due": finding.due_at}
    return _row({RECORD: FINDING, **values, WITHDRAWN: withdrawn})


def rejected_row(reason: str, cells: str) -> Row:
    """Return the row about an event that was not taken."""
    return _row({RECORD: REJECTED, "message": reason, CELLS: cells})


def _row(values: dict[str, Any]) -> Row:
    return Row(*COLUMNS)(*(values.get(name) for name in COLUMNS))


COLUMNS: Final = (RECORD, *FINDING_KEYS, WITHDRAWN, CELLS)
