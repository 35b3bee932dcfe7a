"""Audits of logs in pieces for tests: what a cluster does, in plain Python."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from comity.engine import Engine
from comity.events.event import Event
from comity.pieces.auditor import KEY, Auditor
from comity.results.report import Report
from database_logs import rows_of

ORDER = "number"


def table_of(events: Sequence[Event]) -> pa.Table:
    """Return events as a table with an order column, from 1 on."""
    rows = rows_of(events)
    for number, row in enumerate(rows, 1):
        row[ORDER] = number
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    return pa.table({name: _column(values) for name, values in columns.items()})


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def auditors_of(engine: Engine, **options: Any) -> list[Auditor]:
    """Return an auditor for each pass, as it arrives on a worker."""
    made = [engine.auditor(split_key=key, **options) for key in engine.split_keys()]
    return [pickle.loads(pickle.dumps(each)) for each in made]


def rows_in_pieces(
    auditors: Sequence[Auditor], table: pa.Table, pieces: int, seed: int = 0, batch: int = 100
) -> Iterator[pa.RecordBatch]:
    """Yield the rows that auditors give for a log in so many pieces, its rows shuffled."""
    draw = random.Random(seed)
    for auditor in auditors:
        order = list(range(table.num_rows))
        draw.shuffle(order)
        shuffled = table.take(pa.array(order, pa.int64()))
        keyed = pa.Table.from_batches(auditor.key(shuffled.to_batches(batch)))
        which = np.asarray(keyed[KEY]).view(np.uint64) % np.uint64(pieces)
        for number in range(pieces):
            piece = keyed.filter(pa.array(which == number))
            for found in auditor(piece.to_batches(batch)):
                assert found.schema.equals(auditor.schema)
                yield found


def report_in_pieces(
    engine: Engine, table: pa.Table, pieces: int, seed: int = 0, batch: int = 100, **options: Any
) -> Report:
    """Return the report of a log that is audited in so many pieces."""
    auditors = auditors_of(engine, order_by=ORDER, **options)
    return auditors[0].report(rows_in_pieces(auditors, table, pieces, seed, batch))
