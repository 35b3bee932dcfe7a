"""The rows that an auditor yields: findings, rejected rows, notices and counts, in one schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import pyarrow as pa

from comity.notices import Notice
from comity.results.arrow_table import finding_schema
from comity.results.finding_keys import FINDING_KEYS
from comity.results.findings import BATCH, Findings

RECORD: Final = "record"
"""The column that says what a row is."""
FINDING, REJECTED, NOTICE, COUNTS = "finding", "rejected", "notice", "counts"
ROW: Final = "row"
"""The column with the value by which the rows of the log are ordered, as text."""


@cache
def schema() -> pa.Schema:
    """Return the schema; instants are timestamps in UTC."""
    plain = [
        pa.field(each.name, pa.string() if pa.types.is_dictionary(each.type) else each.type)
        for each in finding_schema()
    ]
    text = pa.string()
    return pa.schema(
        [
            pa.field(RECORD, text, nullable=False),
            pa.field(ROW, text),
            *plain,
            pa.field("cells", text),
            pa.field("code", text),
            pa.field("count", pa.int64()),
            pa.field("example", text),
            pa.field("help", text),
            pa.field("counts", text),
        ]
    )


def finding_rows(findings: Findings, rows: Mapping[str, str]) -> Iterator[pa.RecordBatch]:
    """Yield findings in batches; `rows` has the value of the order column for names of events."""
    for batch in findings.batches():
        columns = {name: batch.column(name) for name in FINDING_KEYS}
        row = [rows.get(event) for event in columns["event"].to_pylist()]
        yield _batch(batch.num_rows, {RECORD: pa.repeat(FINDING, batch.num_rows), ROW: row, **columns})


def rejected_rows(rows: Sequence[str | None], reasons: Sequence[str], cells: Sequence[str]) -> Iterator[Any]:
    """Yield rejected rows in batches."""
    for begin in range(0, len(rows), BATCH):
        some = slice(begin, begin + BATCH)
        count = len(rows[some])
        columns = {ROW: rows[some], "message": reasons[some], "cells": cells[some]}
        yield _batch(count, {RECORD: [REJECTED] * count, **columns})


def notice_rows(notices: Sequence[Notice]) -> Iterator[pa.RecordBatch]:
    """Yield notices as one batch; `policy` and `rule` are the two parts of the rule that a notice names."""
    if not notices:
        return
    rules = [(each.rule or "").partition("/") for each in notices]
    columns: dict[str, Any] = {
        RECORD: [NOTICE] * len(notices),
        "policy": [policy or None for policy, _, _ in rules],
        "rule": [rule or None for _, _, rule in rules],
    }
    for name in ("message", "code", "count", "example", "help"):
        columns[name] = [getattr(each, name) for each in notices]
    yield _batch(len(notices), columns)


def counts_row(counts: Mapping[str, Any]) -> pa.RecordBatch:
    """Return the counts of a piece as one row of JSON."""
    return _batch(1, {RECORD: [COUNTS], "counts": [json.dumps(counts, ensure_ascii=False)]})


def _batch(count: int, columns: Mapping[str, Any]) -> pa.RecordBatch:
    made = []
    for field in schema():
        values = columns.get(field.name)
        if values is None:
            made.append(pa.nulls(count, field.type))
        elif isinstance(values, pa.Array):
            made.append(values if values.type == field.type else values.cast(field.type))
        else:
            made.append(pa.array(values, field.type))
    return pa.record_batch(made, schema=schema())
