"""The contents of a state folder as tables: loaded when a run begins, and written when it ends."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columns.arrow_arrays import numbers, texts
from comity.incremental.known_events import KnownEvents
from comity.incremental.needed_rows import still_needed
from comity.incremental.store.manifest import Contents, Segment
from comity.incremental.store.state_folder import StateFolder
from comity.incremental.store.stored_events import ROLES, int_column, one_after_another, where
from comity.plan.needs.retention import Need
from comity.results.findings import Findings

LEAST_NEEDED = 0.5
"""The share of needed rows below which a file of events is written anew without the others."""
_MOST_SEGMENTS = 40
Ints = NDArray[np.int64]


class Stored:
    """What a folder holds; each part is read when it is first asked for."""

    def __init__(self, folder: StateFolder, contents: Contents) -> None:
        self._folder = folder
        self.contents = contents

    @cached_property
    def segments(self) -> tuple[pa.Table, ...]:
        """The kept events of each file."""
        return tuple(self._folder.read(segment) for segment in self.contents.segments)

    @property
    def events(self) -> pa.Table | None:
        """All kept events in the order of their positions; None if there are none."""
        return one_after_another(self.segments) if self.segments else None

    @cached_property
    def known(self) -> KnownEvents:
        """The digests of the last days' events."""
        segment = self.contents.known
        return KnownEvents(None if segment is None else self._folder.read(segment))

    @cached_property
    def open(self) -> pa.Table:
        """The persons with pending findings, and when these are due."""
        segment = self.contents.open
        return _open_table([], np.zeros(0, np.int64)) if segment is None else self._folder.read(segment)

    @cached_property
    def persons(self) -> Ints:
        """The digests of all persons."""
        segment = self.contents.persons
        return np.zeros(0, np.int64) if segment is None else int_column(self._folder.read(segment), "person")

    def due(self, as_of: int) -> pa.Array:
        """Return the persons with a pending finding that is due as of an instant."""
        table = self.open
        return table.column("person").filter(pc.less_equal(table.column("due"), as_of)).combine_chunks()


def still_open(known: pa.Table, touched: pa.Array, after: Findings) -> pa.Table:
    """Return the persons with pending findings, after a run that has judged some persons again."""
    kept = known.filter(pc.invert(pc.is_in(known.column("person"), touched)))
    parts = [kept]
    for batch in after.batches(("status", "person", "due")):
        status = batch.column("status").cast(pa.string())
        pending = batch.filter(pc.equal(status, "pending"))
        due = pending.column("due").cast(pa.int64())
        parts.append(pa.table({"person": pending.column("person"), "due": due}))
    whole = pa.concat_tables(parts)
    found = whole.group_by("person").aggregate([("due", "min")])
    return pa.table({"person": found.column("person"), "due": found.column("due_min")})


def _open_table(persons: list[str], due: Ints) -> pa.Table:
    return pa.table({"person": texts(persons), "due": numbers(due)})


def person_digests(persons: pa.Array) -> Ints:
    """Return a digest of each different person, ascending."""
    found = [
        int.from_bytes(hashlib.blake2b(person.encode(), digest_size=8).digest(), "little", signed=True)
        for person in pc.unique(persons).to_pylist()
    ]
    return np.sort(np.array(found, np.int64))


def keep_events(
    folder: StateFolder,
    stored: Stored,
    new: pa.Table,
    needs: Sequence[Need],
    settled: int | None,
    as_of: int | None,
    run: int,
) -> tuple[Segment, ...]:
    """Write what is still needed, and return the files that hold it: older ones stay if most of it is."""
    kept: list[Segment] = []
    rewritten: list[pa.Table] = []
    pairs = list(zip(stored.contents.segments, stored.segments, strict=True))
    small = {
        id(segment) for segment, _ in sorted(pairs, key=lambda pair: pair[0].rows)[: _MOST_SEGMENTS // 2]
    }
    merges = len(pairs) >= _MOST_SEGMENTS
    for segment, table in pairs:
        needed = still_needed(int_column(table, ROLES), int_column(table, "at"), needs, settled, as_of)
        count = int(needed.sum())
        if count == 0:
            continue
        if count < LEAST_NEEDED * segment.rows or (merges and id(segment) in small):
            rewritten.append(where(table, needed))
        else:
            kept.append(segment)
    needed = still_needed(int_column(new, ROLES), int_column(new, "at"), needs, settled, as_of)
    if needed.any():
        rewritten.append(where(new, needed))
    if rewritten:
        kept.append(folder.write("events", run, one_after_another(rewritten)))
    return tuple(kept)
