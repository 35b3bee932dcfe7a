"""One file of a log as blocks of columns, read many rows at once where that can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import attrs

from comity.event_blocks import columns_of
from comity.event_columns import Block, Loaded
from comity.events import Event
from comity.readers.arrow.join import join_columns
from comity.readers.arrow.rows import ChunkReader, Read, read_batch
from comity.readers.chunk import Chunk, Stretch
from comity.readers.log import Outcome, outcome_of
from comity.readers.mapping import Mapping as LogMapping
from comity.readers.reader import Batch, Needs, Reader
from comity.readers.rows import RowMaker
from comity.readers.source import Opened, Source

ROWS = 1 << 15
"""How many rows that are read one by one make a block."""


@attrs.define(eq=False)
class LogBlocks:
    """Reads one file of a log."""

    source: Source
    reader: Reader
    needs: Needs
    mapping: LogMapping
    make: Callable[[], RowMaker]
    check: Callable[[Batch], None]
    settle: Callable[[Outcome], None]
    fields: frozenset[str]
    rows: int = 0
    names: list[str] = attrs.field(factory=list)
    """The columns that there are, as far as the file has been read."""

    def blocks(self, file: int, prefix: str) -> Iterator[Block]:
        """Give the blocks in order."""
        if self.reader.stretches is not None and self.mapping.plain:
            with self.source.open(seekable=self.reader.seeks) as opened:
                with self.source.faults():
                    found = self.reader.stretches(opened.stream, self.mapping.log, self.needs)
                if found is not None:
                    head, stretches = found
                    self.check(head)
                    while True:
                        with self.source.faults():
                            stretch = next(stretches, None)
                        if stretch is None:
                            return
                        yield Block(file, prefix, partial(self._load, stretch))
        with self.source.open(seekable=self.reader.seeks) as opened:
            yield from self._one_by_one(opened, file, prefix)

    def _load(self, load: Callable[[], Stretch]) -> Loaded:
        with self.source.faults():
            stretch = load()
            reads: list[tuple[int, Read]] = []
            first = 0
            for part in stretch.parts:
                maker = self.make()
                if isinstance(part, Chunk):
                    count = part.count
                    reads.append((count, ChunkReader(maker, self.mapping, self.fields).read(part, first)))
                else:
                    count = len(part.numbers) + len(part.rejected)
                    reads.append((count, read_batch(maker, _from_one(part), self.fields, first)))
                first += count
        columns = [read.columns for _, read in reads] or [columns_of((), self.fields, (), numbered=True)]
        joined = columns[0] if len(columns) == 1 else join_columns(columns)
        return Loaded(joined, stretch.count, partial(self._settled, reads))

    def _settled(self, reads: list[tuple[int, Read]], before: int) -> None:
        for rows, read in reads:
            rejected = [attrs.evolve(row, number=row.number + before) for row in read.rejected]
            counts = (read.skipped, read.moved, read.repeated, read.dates, read.latest)
            self.settle(Outcome(rows, len(read.columns), rejected, *counts))

    def _one_by_one(self, opened: Opened, file: int, prefix: str) -> Iterator[Block]:
        """Read rows one by one, whatever the mapping."""
        held, count, before = list[Batch](), 0, 0
        for batch in self.source.batches(self.reader, opened, self.mapping.log, self.needs.columns):
            self.check(batch)
            self.names += [name for name in batch.names if name not in self.names]
            self.rows += len(batch.numbers)
            held.append(batch)
            count += len(batch.numbers) + len(batch.rejected)
            if count >= ROWS:
                yield Block(file, prefix, partial(self._load_batches, held, count, before))
                before += count
                held, count = [], 0
        yield Block(file, prefix, partial(self._load_batches, held, count, before))

    def _load_batches(self, batches: list[Batch], count: int, before: int) -> Loaded:
        """Make events of batches; those of `[[also]]` bring labels of their own."""
        maker, events, numbers, outcomes = self.make(), list[Event](), list[int](), []
        for batch in batches:
            made = maker.make(batch)
            events += made.events
            numbers += made.numbers
            outcomes.append(outcome_of(batch, made))
        several = bool(self.mapping.also)
        places = range(len(events)) if several else [number - 1 - before for number in numbers]
        columns = columns_of(events, self.fields, places, numbered=not several)
        return Loaded(columns, len(events) if several else count, partial(self._settle_all, outcomes))

    def _settle_all(self, outcomes: list[Outcome], before: int) -> None:
        for outcome in outcomes:
            self.settle(outcome)


def _from_one(batch: Batch) -> Batch:
    """Number the rows of a batch from 1 on."""
    before = min([*batch.numbers[:1], *(row.number for row in batch.rejected)], default=1) - 1
    rejected = [attrs.evolve(row, number=row.number - before) for row in batch.rejected]
    return attrs.evolve(batch, numbers=[number - before for number in batch.numbers], rejected=rejected)
