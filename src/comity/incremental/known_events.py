"""Which events earlier runs have read: digests of the last days' events, by which repeated rows are known."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.clock.instants import DAY
from comity.columns.arrow_arrays import flags, numbers, values_of
from comity.columns.event_columns import EventColumns
from comity.incremental.new_events import NewEvents

KNOWN_FOR: Final = 7 * DAY
"""How long an event is recognised, before the latest one; longer if events may come later than that."""
_SIZE: Final = 16


def digests_of(columns: EventColumns, rows: NDArray[np.int64]) -> list[bytes]:
    """Return a digest of some events: of id, person and instant, or of all values if there is no id."""
    where = numbers(rows)
    persons = columns.person.take(where).to_pylist()
    ids: list[Any] = [None] * len(rows) if columns.ids is None else columns.ids.take(where).to_pylist()
    at = columns.at[rows].tolist()
    tables = [coded for _, coded in sorted({**columns.fields, **columns.attributes}.items())]
    values: list[list[Any]] = [
        [coded.values[code] for code in coded.codes[rows].tolist()] for coded in tables
    ]
    found = []
    for number, (person, own, instant) in enumerate(zip(persons, ids, at, strict=True)):
        said = (own, person, instant) if own else (person, instant, *(column[number] for column in values))
        data = repr(said).encode("utf-8", "surrogatepass")
        found.append(hashlib.blake2b(data, digest_size=_SIZE).digest())
    return found


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
        known = frozenset(self.table.column("digest").to_pylist())
        met = np.array([digest in known for digest in digests_of(new.columns, rows)] or [], np.bool_)
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
                "digest": pa.array(digests_of(columns, rows), pa.binary(_SIZE)),
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
