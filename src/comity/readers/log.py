"""Logs: files of rows, read as events."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import attrs

from comity.budgets import DEFAULT_LOG_BUDGETS, LogBudgets, log_over_budget
from comity.clock.zone_names import fixed_in, without_summer_time
from comity.clock.zones import find_zone
from comity.columns.event_columns import ABSENT, Block, Loaded
from comity.errors import (
    OUT_OF_MEMORY,
    ComityError,
    EventError,
    InputError,
    UsageError,
    one_of,
    shown,
    suggest,
)
from comity.events.channels import Channels
from comity.events.event import Event
from comity.events.fields import FIELDS
from comity.events.sources import SourceCounts
from comity.notices import Notice
from comity.readers.columns.column_names import ColumnNames, Wanted
from comity.readers.columns.column_notices import check_keys, column_notices
from comity.readers.columns.hints import hint
from comity.readers.events.cells import one_line
from comity.readers.events.hidden import Hidden
from comity.readers.events.row_maker import RowMaker
from comity.readers.mapping.mapping import MAPPABLE, FieldRule, with_budgets
from comity.readers.mapping.mapping import Mapping as LogMapping
from comity.readers.reader import Needs, Reader
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.row_counts import RowCounts
from comity.readers.seen_rows import SeenRows
from comity.readers.sources.find_sources import find_sources
from comity.readers.sources.source import Source
from comity.results.report import Rejection

MOST_REJECTIONS = 100
"""How many rejected rows a log keeps; all are counted."""
_MOST_COLUMNS_SHOWN = 30
_LOOKED_AT = 50
"""How many cells of a column tell what it holds."""
_DENSER = {".parquet": 4, ".pq": 4, ".gz": 6, ".gzip": 6, ".zst": 6, ".zstd": 6}
"""How many times as long logs of some kinds would be as plain text, about."""


class Log:
    """One or several files as one log; each call of `batches` reads it from the start."""

    def __init__(
        self,
        paths: Sequence[str | Path | Source],
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
        """Prepare a log; raises UsageError for an unknown zone or format.

        `attributes` are the names of the attributes that are needed (None: every further column). Notices
        of invisible characters name only `fields` (None: all). `channels` say how addresses are written.
        The log calls `on_start` before each reading, `on_reject` with each rejected row, and `progress` with
        the bytes that are read and the bytes that there are.
        """
        self.tally = RowCounts()
        self.rejections: list[Rejection] = []
        """The first of the rows that were rejected when the log was last read."""
        self._sources = find_sources(paths, readers, input_format)
        if sum(source.name == "-" for source in self._sources) > 1:
            raise UsageError("standard input (`-`) can be one log only")
        self._budgets = budgets
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
        self._ignored = check_keys(self._mapping, self._attributes)
        if not isinstance(timezone, str | None):
            raise UsageError(f"timezone={shown(timezone)}: it is the name of a zone or an offset")
        try:
            self._zone = None if timezone is None else find_zone(timezone)
        except EventError as error:
            raise UsageError(str(error)) from None
        self._needed = {column.strip(): what for column, what in self._mapping.columns()}
        for field in ("person", "at"):
            if field not in self._mapping.fields:
                self._needed.setdefault(field, "")
        self._columns = self._column_names()
        self._read_before: SeenRows | None = None
        self._seen: dict[str, frozenset[str]] = {}
        """By file, the columns that it has, under the names of the fields that they stand for."""

    def batches(self) -> Iterator[list[Event]]:
        """Read the events in order; raises InputError where a file cannot be read, or memory is lacking."""
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
        needs = self._needs()
        for number, (source, reader) in enumerate(zip(self._sources, self._choose(), strict=True)):
            prefix = self._prefix(source)
            blocks = LogBlocks(
                source,
                reader,
                needs,
                mapping=self._mapping,
                make=partial(self._maker, prefix),
                check=partial(self._check, source, reader),
                settle=partial(self._settle, source),
                fields=fields,
                columns=self._columns,
                seen=self._read_before,
            )
            if self._read_before is None:
                yield from blocks.blocks(number, prefix)
            else:
                for block in blocks.blocks(number, prefix):
                    loaded = block.load()
                    yield Block(block.file, block.prefix, partial(_loaded, loaded))
            self._see(source, blocks.names)
            if blocks.rows:
                self._require(source, reader, blocks.names)

    def again(self) -> Log:
        """Return the same log to be read once more on the side, which changes nothing here."""
        other = copy(self)
        other.tally = RowCounts()
        other._on_start = other._on_reject = other._progress = None
        return other

    @property
    def mapping(self) -> LogMapping:
        """How its rows become events."""
        return self._mapping

    def size(self) -> int:
        """Return about how many bytes the files would be as plain text, 0 where that cannot be told."""
        sizes = [(source.size(), PurePath(source.name.lower()).suffix) for source in self._sources]
        return sum(size * _DENSER.get(suffix, 1) for size, suffix in sizes)

    def latest(self) -> int | None:
        """Return the latest instant of the events read so far, those of `[[also]]` left aside."""
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

    def _told(self) -> tuple[Notice, ...]:
        """Return the notices about the rows read so far, and about the zone in which local times are read."""
        at = self._mapping.fields.get("at", FieldRule("at")).timezone
        name = self._zone.name if self._zone is not None else at or ""
        zones = tuple(
            Notice(
                "fixed-offset-zone",
                f"local times are read in the zone `{fixed}`, which has no summer time",
                example=fixed,
                help=without_summer_time(fixed),
            )
            for fixed in fixed_in(name)
        )
        marked = [source for source in self._sources if source.marks]
        marks = tuple(
            Notice(
                "byte-order-marks",
                f"`{source.name}` begins with {source.marks + 1} byte order marks, and a text has one at the "
                "most: all were passed over",
                count=source.marks + 1,
                example=source.name,
                help="see what writes the log: it puts a mark before a text that has one",
            )
            for source in marked
        )
        return (*zones, *marks, *self._hidden.notices(self._fields))

    def _begin(self) -> None:
        """Start anew, from the beginning of the log."""
        self.tally, self.rejections, self._hidden = RowCounts(), [], Hidden()
        self._columns, self._seen = self._column_names(), {}
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

    def _prefix(self, source: Source) -> str:
        return "#" if len(self._sources) == 1 else f"{source.name}#"

    def _maker(self, prefix: str, seen: SeenRows | None) -> RowMaker:
        return RowMaker(
            self._mapping, self._zone, self._attributes, prefix, self._channels, self._hidden, seen
        )

    def _column_names(self) -> ColumnNames:
        fields = (*MAPPABLE, *sorted(self._attributes or ()))
        own = tuple(name for name in fields if name not in self._mapping.fields)
        return ColumnNames(own, frozenset(column.strip() for column, _ in self._mapping.columns()))

    def _see(self, source: Source, names: Iterable[str]) -> None:
        self._seen[source.name] = frozenset(names)

    def lacking(self) -> dict[str, list[str]]:
        """Return the files that have no column for a field or an attribute, by its name."""
        found: dict[str, list[str]] = {}
        for field in self._columns.fields:
            without = [file for file, names in self._seen.items() if field not in names]
            if without:
                found[field] = without
        return found

    def absent(self) -> frozenset[str]:
        """Name the fields and attributes for which no file has a column."""
        return frozenset(name for name, files in self.lacking().items() if len(files) == len(self._seen))

    def spelled(self, field: str) -> str:
        """Return the name of the column that a field is taken from, as the log writes it."""
        rule = self._mapping.fields.get(field)
        if rule is not None and rule.column is not None:
            return rule.column
        return next((column for column, taken in self._columns.taken.items() if taken == field), field)

    def notices(self) -> Sequence[Notice]:
        """Tell what columns and keys of the mapping were taken for, and what else is known of the rows."""
        return (*self._told(), *column_notices(self._columns, self._ignored))

    def _needs(self) -> Needs:
        repeating = {self._mapping.fields.get(name, FieldRule(name)).column or "" for name in ABSENT}
        return Needs(self._wanted(), frozenset(repeating - {""}))

    def _file(self, source: Source, reader: Reader) -> Iterator[tuple[list[Event], int]]:
        maker = self._maker(self._prefix(source), self._read_before)
        rows, seen = 0, set[str]()
        with source.open(seekable=reader.seeks) as opened:
            batches = source.batches(reader, opened, self._mapping.log, self._wanted())
            while True:
                with _without_collection():
                    batch = next(batches, None)
                    if batch is None:
                        break
                    batch = self._columns.batch(batch)
                    self._check(source, reader, batch)
                    seen.update(batch.names)
                    rows += len(batch.numbers)
                    events = self._events(source, maker, batch)
                yield events, opened.done()
        self._see(source, seen)
        if rows:
            self._require(source, reader, seen)

    def _events(self, source: Source, maker: RowMaker, batch: RowBatch) -> list[Event]:
        mapped = maker.make(batch)
        self._settle(source, mapped.counts, mapped.rejected)
        return mapped.events

    def _settle(self, source: Source, counts: RowCounts, rejected: Sequence[BadRow]) -> None:
        """Count some rows, and report the rejected ones."""
        self.tally += counts
        if rejected:
            self._reject(source, rejected)

    def _reject(self, source: Source, rows: Sequence[BadRow]) -> None:
        """Keep the first of the rejected rows, and tell of all where somebody listens."""
        for row in rows[: MOST_REJECTIONS - len(self.rejections)]:
            self.rejections.append(_rejection(source, row))
        if self._on_reject is not None:
            for row in rows:
                self._on_reject(_rejection(source, row))

    def _wanted(self) -> frozenset[str] | None:
        """List the columns that are needed; None is all."""
        if self._attributes is None:
            return None
        return Wanted.of((*self._needed, *MAPPABLE, *self._attributes), self._columns.fields)

    def _check(self, source: Source, reader: Reader, batch: RowBatch) -> None:
        """Raise InputError where a header or schema has too many columns, or lacks one or has it twice."""
        most = self._budgets.columns
        if len(batch.names) > most:
            raise source.error(log_over_budget("columns", f"there are {len(batch.names):,} columns", most))
        if not batch.fixed:
            return
        self._require(source, reader, batch.names)
        mapped = self._mapping.fields
        fields = (field for field in MAPPABLE if field not in mapped)
        used = {*self._needed, *fields, *(self._attributes or ())}
        if twice := sorted(used & batch.repeated):
            raise source.error(f"several columns are called `{twice[0]}`")

    def _require(self, source: Source, reader: Reader, names: Iterable[str]) -> None:
        names = list(dict.fromkeys(names))
        for column, what in self._needed.items():
            if column in names:
                continue
            written = {field: name for name, field in self._columns.taken.items()}
            shown = (written.get(name, name) for name in names[:_MOST_COLUMNS_SHOWN])
            listed = ", ".join(f"`{name}`" for name in shown) or "none"
            more = ", …" if len(names) > _MOST_COLUMNS_SHOWN else ""
            if what:
                said = f"has no column `{column}`, which the mapping names for {what}"
                offered = suggest(column, names)
            elif unsure := self._columns.unsure.get(column):
                several = " and ".join(f"`{name}`" for name in unsure)
                said = f"has no column `{column}`, and {several} could both be it"
                offered = f"name the one that it is with --map {column}=COLUMN"
            else:
                said = f"has no column `{column}`, and no mapping says which one it is"
                offered = hint(column, names, self._first_cells(source, reader))
            advice = "; ".join(filter(None, (offered, f"the columns are {listed}{more}")))
            raise source.error(f"{said}: {advice}")

    def _first_cells(self, source: Source, reader: Reader) -> dict[str, Sequence[Any]]:
        """Return some cells of every column, nothing where they cannot be read."""
        try:
            with source.open(seekable=reader.seeks) as opened:
                for batch in source.batches(reader, opened, self._mapping.log, None):
                    if len(batch.numbers):
                        return {name: cells[:_LOOKED_AT] for name, cells in batch.columns.items()}
        except ComityError:
            pass
        return {}


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause the garbage collector, which would else walk through the rows of a batch many times."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _loaded(loaded: Loaded) -> Loaded:
    return loaded


def _rejection(source: Source, row: BadRow) -> Rejection:
    return Rejection(source.name, row.number, one_line(row.reason), row.cells)
