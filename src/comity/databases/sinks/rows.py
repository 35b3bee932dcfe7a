"""What is written to tables: the findings of a run, and what is known of the run."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import pyarrow as pa

from comity.clock.instants import aware_if_any
from comity.results.arrow_table import finding_schema
from comity.results.finding_keys import FINDING_KEYS, INSTANTS
from comity.results.report import Report

ColumnKind = Literal["text", "instant", "whole", "flag"]
FINDINGS: Final[Mapping[str, ColumnKind]] = {
    "run": "text",
    **{name: "instant" if name in INSTANTS else "text" for name in FINDING_KEYS},
}
"""The columns of findings; `scope` and `evidence` are JSON in databases."""
RUNS: Final[Mapping[str, ColumnKind]] = {
    "run": "text",
    "policies": "text",
    "as_of": "instant",
    "rows_read": "whole",
    "rows_rejected": "whole",
    "events": "whole",
    "findings": "whole",
    "complete": "flag",
    "summary": "text",
}
"""The columns of runs: without them nobody could tell a run without findings from one that never was."""
_ARROW: Final[Mapping[ColumnKind, pa.DataType]] = {
    "text": pa.string(),
    "instant": pa.timestamp("us", "UTC"),
    "whole": pa.int64(),
    "flag": pa.bool_(),
}
Row = tuple[Any, ...]


def run_row(report: Report, run: str) -> Row:
    """Return what is known of a run, in the order of `RUNS`; lists and the summary are JSON."""
    summary = report.summary
    return (
        run,
        json.dumps(list(summary.policies)),
        aware_if_any(summary.as_of),
        summary.rows_read,
        summary.rows_rejected,
        summary.events,
        len(report.findings),
        report.complete,
        json.dumps(summary.to_dict(), ensure_ascii=False),
    )


def finding_rows(report: Report, run: str) -> Iterator[list[Row]]:
    """Return the findings of a report as rows in the order of `FINDINGS`, batch by batch."""
    for batch in report.findings.batches():
        columns = [_cells(batch, name) for name in FINDING_KEYS]
        yield [(run, *row) for row in zip(*columns, strict=True)]


def _cells(batch: pa.RecordBatch, name: str) -> Sequence[Any]:
    cells: list[Any] = batch.column(name).to_pylist()
    if name == "scope":
        return [json.dumps(dict(cell), ensure_ascii=False) for cell in cells]
    if name == "evidence":
        return [json.dumps(cell, ensure_ascii=False) for cell in cells]
    if name in INSTANTS:
        return [None if cell is None else cell.astimezone(dt.UTC) for cell in cells]
    return cells


def finding_batches(report: Report, run: str) -> pa.RecordBatchReader:
    """Return the findings of a report as Arrow batches, with the run before all other columns.

    Texts are plain: not all that writes tables takes dictionaries.
    """
    plain = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in finding_schema()
    ]
    schema = pa.schema([pa.field("run", pa.string()), *plain])

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in report.findings.batches():
            cells = [batch.column(field.name).cast(field.type) for field in plain]
            runs = pa.repeat(pa.scalar(run), batch.num_rows)
            yield pa.record_batch([runs, *cells], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def table_of(rows: Sequence[Row], columns: Mapping[str, ColumnKind]) -> pa.Table:
    """Return rows as an Arrow table."""
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(each, _ARROW[kind]) for each, kind in zip(cells, columns.values(), strict=True)]
    return pa.table(arrays, names=list(columns))
