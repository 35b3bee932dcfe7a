"""One file of a log as blocks of columns; where the reader splits it, many rows are read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import attrs

from comity.columns.event_columns import Block, EventColumns, Loaded
from comity.columns.from_events import columns_of
from comity.columns.taken import take_columns
from comity.events.event import Event
from comity.readers.arrow.join import join_columns
from comity.readers.arrow.refused import Rejected
from comity.readers.arrow.rows import ArrowBatchReader, MappedColumns, read_batch
from comity.readers.columns.column_names import ColumnNames, renamed_arrow_batch, renamed_batch, spelled_needs
from comity.readers.events.row_maker import RowMaker
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.reader import Needs, Reader
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.readers.seen_rows import SeenRows
from comity.readers.sources.source import LogInput, Opened
from comity.readers.split import ArrowBatch, Split
from comity.records import define

ROWS = 1 << 15
"""Rows of a block whose rows are read one by one."""


@define(eq=False)
class LogBlocks:
    """Reads one file of a log."""

    source: LogInput
    reader: Reader
    needs: Needs
    mapping: LogMapping
    make: Callable[[SeenRows | None], RowMaker]
    check: Callable[[RowBatch], None]
    add_counts: Callable[[RowCounts, Sequence[BadRow]], None]
    """Gets the counts of some rows, and those that are rejected."""
    fields: frozenset[str]
    names: ColumnNames
    seen: SeenRows | None = None
    """The rows that were read before, which are skipped; blocks are then loaded one after another."""
    rows: int = 0
    """Rows that were read one by one, so far."""
    found: dict[str, None] = attrs.field(factory=dict)
    """The columns of the file, as far as it has been read."""

    def blocks(self, file: int, prefix: str) -> Iterator[Block]:
        """Return the blocks in order; `file` is the file's number, `prefix` begins the labels of its rows."""
        if self.reader.splits is not None and self.mapping.plain:
            needs = self.needs
            while True:
                with self.source.open(seekable=self.reader.seeks) as opened:
                    with self.source.faults():
                        opened_splits = self.reader.splits(opened.stream, self.mapping.log, needs)
                    if opened_splits is None:
                        break
                    head, splits = opened_splits
                    renames = self.names.of(head.names)
                    spelled = spelled_needs(self.needs, renames)
                    if needs != spelled:
                        # Only the header shows the names of the columns whose texts repeat: open it again.
                        needs = spelled
                        continue
                    head = renamed_batch(head, renames)
                    self.check(head)
                    self.found = dict.fromkeys(head.names)
                    while True:
                        with self.source.faults():
                            load = next(splits, None)
                        if load is None:
                            return
                        yield Block(file, prefix, partial(self._load, load, renames))
        with self.source.open(seekable=self.reader.seeks) as opened:
            yield from self._one_by_one(opened, file, prefix)

    def _load(self, load: Callable[[], Split], renames: Mapping[str, str]) -> Loaded:
        with self.source.faults():
            split = load()
            mapped: list[MappedColumns] = []
            first = 0
            for part in split.parts:
                maker = self.make(None)
                if isinstance(part, ArrowBatch):
                    chunk = renamed_arrow_batch(part, renames)
                    mapped.append(ArrowBatchReader(maker, self.mapping, self.fields).read(chunk, first))
                else:
                    part = renamed_batch(part, renames) if renames else part
                    mapped.append(read_batch(maker, _from_one(part), self.fields, first))
                first += part.count
        columns = [each.columns for each in mapped] or [columns_of((), self.fields, (), numbered=True)]
        joined = columns[0] if len(columns) == 1 else join_columns(columns)
        if self.seen is not None:
            return self._only_new(self.seen, joined, split.count, mapped)
        if split.passed:
            return Loaded(joined, split.count, partial(self._count_passed, split.passed))
        return Loaded(joined, split.count, partial(self._count_columns, mapped))

    def _count_passed(self, count: int, before: int) -> None:
        self.add_counts(RowCounts(rows_passed=count), ())

    def _only_new(
        self, seen: SeenRows, columns: EventColumns, count: int, mapped: list[MappedColumns]
    ) -> Loaded:
        """Leave out the rows that were read before."""
        if columns.ids is None:
            return Loaded(columns, count, partial(self._count_columns, mapped))
        rows = zip(columns.ids.to_pylist(), columns.person.to_pylist(), columns.at.tolist(), strict=True)
        new = seen.are_new(rows)
        again = len(new) - sum(new)

        def add_counts(before: int) -> None:
            self._count_columns(mapped, before)
            self.add_counts(RowCounts(events=-again, rows_skipped=again), ())

        kept = (
            take_columns(columns, [index for index, is_new in enumerate(new) if is_new]) if again else columns
        )
        return Loaded(kept, count, add_counts)

    def _count_columns(self, mapped: list[MappedColumns], before: int) -> None:
        for each in mapped:
            self.add_counts(each.counts, Rejected(each.rejected, each.refused, before))

    def _one_by_one(self, opened: Opened, file: int, prefix: str) -> Iterator[Block]:
        """Read rows one by one, whatever the mapping."""
        held, count, before = list[RowBatch](), 0, 0
        for batch in self.source.batches(self.reader, opened, self.mapping.log, self.needs.columns):
            batch = self.names.batch(batch)
            self.check(batch)
            self.found.update(dict.fromkeys(batch.names))
            self.rows += len(batch.numbers)
            held.append(batch)
            count += batch.count
            if count >= ROWS:
                yield Block(file, prefix, partial(self._load_batches, held, count, before))
                before += count
                held, count = [], 0
        yield Block(file, prefix, partial(self._load_batches, held, count, before))

    def _load_batches(self, batches: list[RowBatch], count: int, before: int) -> Loaded:
        """Make events of batches; those of `[[also]]` have labels of their own."""
        maker, events, numbers = self.make(self.seen), list[Event](), list[int]()
        counted: list[tuple[RowCounts, list[BadRow]]] = []
        for batch in batches:
            mapped = maker.make(batch)
            events += mapped.events
            numbers += mapped.numbers
            counted.append((mapped.counts, mapped.rejected))
        several = bool(self.mapping.also)
        places = range(len(events)) if several else [number - 1 - before for number in numbers]
        columns = columns_of(events, self.fields, places, numbered=not several)
        return Loaded(columns, len(events) if several else count, partial(self._count_rows, counted))

    def _count_rows(self, counted: list[tuple[RowCounts, list[BadRow]]], before: int) -> None:
        for counts, rejected in counted:
            self.add_counts(counts, rejected)


def _from_one(batch: RowBatch) -> RowBatch:
    """Return a batch with its rows numbered from 1 on."""
    before = min([*batch.numbers[:1], *(row.number for row in batch.rejected)], default=1) - 1
    rejected = [row.at(row.number - before) for row in batch.rejected]
    return attrs.evolve(batch, numbers=[number - before for number in batch.numbers], rejected=rejected)
