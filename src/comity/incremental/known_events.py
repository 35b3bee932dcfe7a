"""Which events earlier runs have read: digests of the last days' events, by which repeated rows are known."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.clock.instants import DAY
from comity.columns.arrow_arrays import filled, flags, joined, numbers, texts, values_of
from comity.columns.event_columns import EventColumns
from comity.incremental.new_events import NewEvents

KNOWN_FOR: Final = 7 * DAY
"""How long an event is recognised, before the latest one; longer if events may come later than that."""
_SIZE: Final = 16
_BETWEEN: Final = "\x1f"


def digests_of(columns: EventColumns, rows: NDArray[np.int64]) -> pa.Array:
    """Return a digest of some events: of id, person and instant, or of all values if there is no id."""
    where = numbers(rows)
    persons = columns.person.take(where).cast(pa.string())
    at = numbers(columns.at[rows]).cast(pa.string())
    ids = (
        pa.nulls(len(rows), pa.string()) if columns.ids is None else columns.ids.take(where).cast(pa.string())
    )
    said = joined(filled(ids, ""), _BETWEEN, persons, _BETWEEN, at)
    if ids.null_count:
        tables = [coded for _, coded in sorted({**columns.fields, **columns.attributes}.items())]
        values = [
            texts(list(map(repr, each.values)) or [""]).take(numbers(each.codes[rows])) for each in tables
        ]
        pieces = [piece for column in values for piece in (_BETWEEN, column)]
        said = pc.if_else(pc.is_null(ids), joined(said, *pieces), said)
    data = [hashlib.blake2b(each, digest_size=_SIZE).digest() for each in said.cast(pa.binary()).to_pylist()]
    return pa.array(data, pa.binary(_SIZE))


class KnownEvents:
    """The digests of the last days, with the instant of each event and whether it has an id."""

    def __init__(self, table: pa.Table | None = None) -> None:
        self.table = _empty() if table is None else table

    def matches(self, new: NewEvents) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which new events are known by their ids, and which without an id are like known ones."""
        count = len(new)
        by_id, alike = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        if not count or not self.table.num_rows:
            return by_id, alike
        first = int(values_of(self.table.column("at").combine_chunks()).min())
        rows = np.flatnonzero(new.columns.at >= first)
        met = pc.is_in(digests_of(new.columns, rows), self.table.column("digest").combine_chunks())
        met = np.asarray(met.to_numpy(zero_copy_only=False), np.bool_)
        has_id = has_ids(new.columns)[rows]
        by_id[rows] = met & has_id
        alike[rows] = met & ~has_id
        return by_id, alike

    def with_events(self, columns: EventColumns, earliest: int) -> KnownEvents:
        """Return what is known with some more events, without what is earlier than an instant."""
        rows = np.flatnonzero(columns.at >= earliest)
        made = pa.table(
            {
                "at": numbers(columns.at[rows]),
                "digest": digests_of(columns, rows),
            }
        )
        whole = pa.concat_tables([self.table, made]).combine_chunks()
        at = np.zeros(0, np.int64) if not whole.num_rows else values_of(whole.column("at").chunk(0))
        return KnownEvents(whole.filter(flags(at >= earliest)))


def has_ids(columns: EventColumns) -> NDArray[np.bool_]:
    """Return which events have an id."""
    if columns.ids is None:
        return np.zeros(len(columns), np.bool_)
    return np.asarray(columns.ids.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def _empty() -> pa.Table:
    return pa.table({"at": pa.array([], pa.int64()), "digest": pa.array([], pa.binary(_SIZE))})
