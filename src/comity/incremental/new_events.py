"""The events of one run: a log read once into columns, each event with a name that no other run gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columnar.parallel import in_order
from comity.columnar.resources import processors
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columns.arrow_arrays import filled, joined, numbers, text, texts, valid_of
from comity.columns.event_columns import ABSENT, Block, ColumnSource, EventColumns, Loaded
from comity.columns.from_events import EventBlocks, columns_of
from comity.columns.taken import take_columns
from comity.events.channels.channel import Channels
from comity.events.sources import Listed, Source
from comity.plan import Plan
from comity.readers.arrow.join import join_columns
from comity.records import frozen

_FEW = 1 << 17
"""A log of up to so many bytes is read in one thread."""


@frozen(eq=False)
class NewEvents:
    """Events in the order of their log; those without an id have a label once `labelled` has named them."""

    columns: EventColumns
    file: NDArray[np.int64]
    """The number of the file of each event."""
    rows: pa.Array
    """The row of each event in its file, such as `12` or `12+1`."""

    def __len__(self) -> int:
        return len(self.columns)

    def labelled(self, prefixes: Sequence[str]) -> NewEvents:
        """Return the events with labels; `prefixes` are how those of each file begin."""
        if not len(self):
            return self
        columns = self.columns
        named = self.names(prefixes)
        labels = named if columns.labels is None else pc.coalesce(columns.labels, named)
        if columns.ids is not None:
            labels = pc.if_else(pc.is_null(columns.ids), labels, text(None))
        return attrs.evolve(self, columns=attrs.evolve(columns, labels=labels))

    def names(self, prefixes: Sequence[str]) -> pa.Array:
        """Return the names of the rows of all events."""
        return joined(texts(prefixes).take(numbers(self.file)), self.rows)

    def only(self, chosen: NDArray[np.bool_]) -> NewEvents:
        """Return some of the events."""
        if bool(chosen.all()):
            return self
        where = np.flatnonzero(chosen)
        columns = take_columns(self.columns, where)
        places = np.arange(len(where), dtype=np.int64)
        rows = self.rows.take(numbers(where))
        return NewEvents(attrs.evolve(columns, places=places), self.file[where], rows)

    def digest(self) -> str:
        """Return a text that depends on all values of all events and on their order, not on files' names."""
        found, columns = hashlib.sha256(), self.columns
        found.update(columns.at.tobytes())
        for column in (columns.person, columns.ids, columns.labels):
            _update(found.update, column)
        if columns.date_only is not None:
            found.update(columns.date_only.tobytes())
        for table in (columns.fields, columns.attributes):
            for name, coded in sorted(table.items()):
                used, codes = np.unique(coded.codes, return_inverse=True)
                written = [repr(coded.values[code]) for code in used.tolist()]
                order = sorted(range(len(written)), key=written.__getitem__)
                ranks = np.empty(len(order), np.int32)
                ranks[order] = np.arange(len(order))
                found.update(repr((name, [written[each] for each in order])).encode())
                found.update(ranks[codes].tobytes() if len(ranks) else b"")
        return found.hexdigest()


def _update(update: Callable[[bytes], None], column: pa.Array | None) -> None:
    if column is None:
        update(b"none")
        return
    update(pc.binary_length(filled(column, "")).fill_null(0).to_numpy(zero_copy_only=False).tobytes())
    update(valid_of(column).tobytes())
    update("".join(filled(column, "").to_pylist()).encode())


def needed_fields(plan: Plan, channels: Channels) -> frozenset[str]:
    """Return the fields and attributes that are read and kept."""
    fields = ColumnPlan(plan, channels).fields()
    if any(rule.constraint.in_python for rule in plan.rules):
        fields |= frozenset(ABSENT)
    return fields


def read_new_events(source: Source, fields: frozenset[str]) -> NewEvents:
    """Read a log once; raises InputError if it cannot be read."""
    parts: list[EventColumns] = []
    rows: list[pa.Array] = []
    files: list[NDArray[np.int64]] = []
    before = begin = 0
    file = -1
    columns_source = _with_columns(source)
    if columns_source is None:
        columns_source = EventBlocks(tuple(event for batch in source.batches() for event in batch))
    workers = 1 if columns_source.size() <= _FEW else processors()
    for block, loaded in in_order(_load, columns_source.blocks(fields), workers):
        if block.file != file:
            file, begin = block.file, before
        loaded.add_counts(before - begin)
        columns = loaded.columns
        if len(columns):
            labels, row = _rows_of(columns, block, before - begin)
            parts.append(attrs.evolve(columns, places=columns.places + before, labels=labels))
            rows.append(row)
            files.append(np.full(len(columns), file, np.int64))
        before += loaded.extent
    if not parts:
        return NewEvents(columns_of((), fields, ()), np.zeros(0, np.int64), texts([]))
    whole = parts[0] if len(parts) == 1 else join_columns(parts)
    places = np.arange(len(whole), dtype=np.int64)
    return NewEvents(attrs.evolve(whole, places=places), np.concatenate(files), pa.concat_arrays(rows))


def _with_columns(source: Source) -> ColumnSource | None:
    if isinstance(source, Listed):
        return EventBlocks(source.events)
    return source if isinstance(source, ColumnSource) else None


def _load(block: Block) -> tuple[Block, Loaded]:
    return block, block.load()


def _rows_of(columns: EventColumns, block: Block, before: int) -> tuple[pa.Array | None, pa.Array]:
    """Return the labels that events have of their own, and the rows of all events in their file.

    A label that the reader made of the row begins with the file's prefix.
    """
    row = numbers(columns.places + before + 1).cast(pa.string())
    if columns.labels is None:
        return None, row
    labels = columns.labels.cast(pa.string())
    made = filled_flags(pc.starts_with(labels, block.prefix))
    rest = pc.utf8_slice_codeunits(labels, len(block.prefix))
    own = pc.if_else(made, text(None), labels)
    return None if own.null_count == len(own) else own, pc.if_else(made, rest, row)


def filled_flags(flags: pa.Array) -> pa.Array:
    """Return booleans with false in place of nulls."""
    return pc.fill_null(flags, pa.scalar(False))


def prefixes_of(names: Sequence[str], known: Sequence[str], run: int) -> list[str]:
    """Return how the labels of each file begin; a name that an earlier run had gets the run's number.

    Without files, labels begin with the number of the run.
    """
    before = frozenset(known)
    return [f"{name}@{run}#" if name in before else f"{name}#" for name in names] or [f"{run}#"]
