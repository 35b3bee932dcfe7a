"""Logs: files of rows, read as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import partial
from pathlib import Path

import attrs

from comity.budgets import DEFAULT_LOG_BUDGETS, LogBudgets
from comity.clock.zones import find_zone
from comity.columns.event_columns import Block, Loaded
from comity.errors import (
    OUT_OF_MEMORY,
    EventError,
    InputError,
    UsageError,
    one_of,
    shown,
    suggest,
)
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.fields import FIELDS
from comity.events.hidden import Hidden
from comity.events.sources import SourceCounts
from comity.notices import Notice
from comity.readers.columns.log_columns import LogColumns
from comity.readers.events.cells import one_line
from comity.readers.events.row_maker import RowMaker
from comity.readers.garbage import without_collection
from comity.readers.log_notices import passed_notices, source_notices, zone_notices
from comity.readers.mapping.mapping import FieldRule, with_budgets
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.reader import Reader
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.readers.seen_rows import SeenRows
from comity.readers.sources.find_sources import find_sources
from comity.readers.sources.source import LogInput
from comity.readers.sources.text_size import are_short, text_size
from comity.results.report import Rejection

MOST_REJECTIONS = 100
"""How many rejected rows a log keeps; it counts all of them."""


class Log:
    """One or several files as one log; each call of `batches` or `blocks` reads it from the start."""

    def __init__(
        self,
        paths: Sequence[str | Path | LogInput],
        *,
        readers: Sequence[Reader],
        mapping: LogMapping | None = None,
        timezone: str | None = None,
        input_format: str | None = None,
        attributes: Iterable[str] | None = None,
        fields: Iterable[str] | None = None,
        channels: Channels | None = None,
        on_start: Callable[[], None] | None = None,
        on_reject: Callable[[Rejection], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
        budgets: LogBudgets = DEFAULT_LOG_BUDGETS,
    ) -> None:
        """Prepare a log.

        `attributes` are the names of the attributes that are needed (None: every further column). Notices
        of invisible characters name only `fields` (None: all). `channels` say how addresses are written.
        The log calls `on_start` before each reading, `on_reject` with each rejected row, and `progress` with
        the bytes that are read and the bytes that there are. Raises UsageError for an unknown zone or format.
        """
        self.tally = RowCounts()
        self.rejections: list[Rejection] = []
        """The first rows that were rejected when the log was last read."""
        self._sources = find_sources(paths, readers, input_format)
        if sum(source.name == "-" for source in self._sources) > 1:
            raise UsageError("standard input (`-`) can be one log only")
        for source in self._sources:
            source.budgets = budgets
        mapping = mapping or LogMapping(1)
        self._mapping = attrs.evolve(mapping, log=with_budgets(mapping.log, budgets))
        self._hidden = Hidden()
        self._fields = None if fields is None else frozenset(fields)
        self._readers = tuple(readers)
        self._input_format = input_format
        self._channels = channels
        self._on_start = on_start
        self._on_reject = on_reject
        self._progress = progress
        self._attributes = None if attributes is None else frozenset(attributes) - set(FIELDS)
        self._columns = LogColumns(self._mapping, self._attributes)
        if not isinstance(timezone, str | None):
            raise UsageError(f"timezone={shown(timezone)}: it must be the name of a zone or an offset")
        try:
            self._zone = None if timezone is None else find_zone(timezone)
        except EventError as error:
            raise UsageError(str(error)) from None
        self._read_before: SeenRows | None = None
        self.earliest: int | None = None
        """Rows of before need not be read by columns; they are passed over where that can be known."""

    def batches(self) -> Iterator[list[Event]]:
        """Read the events in order; raises InputError where a file cannot be read, or memory is used up."""
        try:
            yield from self._batches()
        except MemoryError:
            raise InputError(OUT_OF_MEMORY) from None

    def _batches(self) -> Iterator[list[Event]]:
        self._begin()
        done, total = 0, sum(source.size() for source in self._sources)
        for source, reader in zip(self._sources, self._choose(), strict=True):
            for events, position in self._file(source, reader):
                if events:
                    yield events
                if self._progress is not None:
                    self._progress(min(done + position, total), total)
            done += source.size()

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Read the log as blocks of columns, with the fields that are needed; needs numpy and pyarrow.

        Raises InputError where a file cannot be read.
        """
        from comity.readers.log_blocks import LogBlocks

        self._begin()
        needs = self._columns.needs(self.earliest)
        for number, (source, reader) in enumerate(zip(self._sources, self._choose(), strict=True)):
            prefix = self._prefix(source)
            blocks = LogBlocks(
                source,
                reader,
                needs,
                mapping=self._mapping,
                make=partial(self._maker, prefix),
                check=partial(self._columns.check, source, reader),
                add_counts=partial(self._add_counts, source),
                fields=fields,
                names=self._columns.names,
                seen=self._read_before,
            )
            if self._read_before is None:
                yield from blocks.blocks(number, prefix)
            else:
                for block in blocks.blocks(number, prefix):
                    loaded = block.load()
                    yield Block(block.file, block.prefix, partial(_loaded, loaded))
            self._columns.see(source, blocks.found)
            if blocks.rows:
                self._columns.require(source, reader, blocks.found)

    def again(self) -> Log:
        """Return the same log, to be read once more without a change here."""
        other = copy(self)
        other.tally = RowCounts()
        other._on_start = other._on_reject = other._progress = None
        return other

    @property
    def mapping(self) -> LogMapping:
        """The mapping, which says how rows become events."""
        return self._mapping

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files, in their order."""
        return tuple(source.name for source in self._sources)

    @property
    def timezone(self) -> str | None:
        """The zone of times without an offset, where the mapping does not say it."""
        return None if self._zone is None else self._zone.name

    def size(self) -> int:
        """Return about how many bytes the files would be as plain text, 0 where that is not known."""
        return text_size(self._sources)

    def is_short(self) -> bool:
        """Return whether reading all rows one by one takes less time than loading numpy and pyarrow."""
        return are_short(self._sources)

    def latest(self) -> int | None:
        """Return the latest instant of the events read so far, without those of `[[also]]`."""
        return self.tally.latest

    def counts(self) -> SourceCounts:
        """Return what a report's summary says of the rows read so far."""
        return {
            "rows_read": self.tally.rows_read,
            "rows_rejected": self.tally.rows_rejected,
            "rows_skipped": self.tally.rows_skipped,
            "moved_times": self.tally.moved,
            "repeated_times": self.tally.repeated,
            "dates_without_time": self.tally.dates_without_time,
        }

    def _row_notices(self) -> tuple[Notice, ...]:
        """Return the notices about the rows read so far, and about the zone of local times."""
        at = self._mapping.fields.get("at", FieldRule("at")).timezone
        name = self._zone.name if self._zone is not None else at or ""
        rows = self._hidden.notices(self._fields)
        passed = passed_notices(self.tally.rows_passed, self.earliest)
        return (*zone_notices(name), *source_notices(self._sources), *passed, *rows)

    def _begin(self) -> None:
        """Forget the last reading, and start from the beginning of the log."""
        self.tally, self.rejections, self._hidden = RowCounts(), [], Hidden()
        self._columns = LogColumns(self._mapping, self._attributes)
        self._read_before = SeenRows() if self._mapping.log.dedupe == "id" else None
        if self._on_start is not None:
            self._on_start()

    def _choose(self) -> list[Reader]:
        chosen = []
        for source in self._sources:
            with source.faults():
                chosen.append(source.reader(self._readers, self._input_format, self._mapping.log))
        known = {option.name for reader in chosen for option in reader.options}
        for name in self._mapping.log.options:
            if name not in known:
                formats = ", ".join(dict.fromkeys(f"`{reader.name}`" for reader in chosen))
                hint = suggest(name, known) or (f"it has {one_of(sorted(known))}" if known else "it has none")
                raise UsageError(f"the format {formats} has no option `{name}`: {hint}")
        return chosen

    def _prefix(self, source: LogInput) -> str:
        return "#" if len(self._sources) == 1 else f"{source.name}#"

    def _maker(self, prefix: str, seen: SeenRows | None) -> RowMaker:
        return RowMaker(
            self._mapping, self._zone, self._attributes, prefix, self._channels, self._hidden, seen
        )

    def lacking(self) -> dict[str, list[str]]:
        """Return, by field or attribute, the files that have no column for it."""
        return self._columns.lacking()

    def absent(self) -> frozenset[str]:
        """Return the fields and attributes for which no file has a column."""
        return self._columns.absent()

    def spelled(self, field: str) -> str:
        """Return the name of the column that a field is taken from, as the log writes it."""
        return self._columns.spelled(field)

    def notices(self) -> Sequence[Notice]:
        """Return what is known of the columns, of the mapping's keys, and of the rows read so far."""
        return (*self._row_notices(), *self._columns.notices())

    def _file(self, source: LogInput, reader: Reader) -> Iterator[tuple[list[Event], int]]:
        maker = self._maker(self._prefix(source), self._read_before)
        rows, seen = 0, set[str]()
        with source.open(seekable=reader.seeks) as opened:
            batches = source.batches(reader, opened, self._mapping.log, self._columns.wanted())
            while True:
                with without_collection():
                    batch = next(batches, None)
                    if batch is None:
                        break
                    batch = self._columns.names.batch(batch)
                    self._columns.check(source, reader, batch)
                    seen.update(batch.names)
                    rows += len(batch.numbers)
                    events = self._events(source, maker, batch)
                yield events, opened.done()
        self._columns.see(source, seen)
        if rows:
            self._columns.require(source, reader, seen)

    def _events(self, source: LogInput, maker: RowMaker, batch: RowBatch) -> list[Event]:
        mapped = maker.make(batch)
        self._add_counts(source, mapped.counts, mapped.rejected)
        return mapped.events

    def _add_counts(self, source: LogInput, counts: RowCounts, rejected: Sequence[BadRow]) -> None:
        """Count some rows, and report the rejected ones."""
        self.tally += counts
        if rejected:
            self._reject(source, rejected)

    def _reject(self, source: LogInput, rows: Sequence[BadRow]) -> None:
        """Keep the first rejected rows, and pass each of them to `on_reject`."""
        room, report = MOST_REJECTIONS - len(self.rejections), self._on_reject
        for number, row in enumerate(rows[:room] if report is None else rows):
            rejection = Rejection(source.name, row.number, one_line(row.reason), row.cells)
            if number < room:
                self.rejections.append(rejection)
            if report is not None:
                report(rejection)


def _loaded(loaded: Loaded) -> Loaded:
    return loaded
