"""Logs: files of rows, read as events."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePath

import attrs

from comity.errors import EventError, UsageError, one_of, suggest
from comity.event_columns import ABSENT, Block
from comity.events import FIELDS, Channels, Event
from comity.findings import Rejection
from comity.notices import Notice
from comity.readers.cells import one_line
from comity.readers.find_sources import find_sources
from comity.readers.hidden import Hidden
from comity.readers.mapping import MAPPABLE, FieldRule
from comity.readers.mapping import Mapping as LogMapping
from comity.readers.reader import BadRow, Batch, Needs, Reader
from comity.readers.rows import Made, RowMaker
from comity.readers.source import Source
from comity.sources import RowCounts
from comity.zone_names import fixed_in, without_summer_time
from comity.zones import find_zone

_MOST_COLUMNS_SHOWN = 30
_DENSER = {".parquet": 4, ".pq": 4, ".gz": 6, ".gzip": 6, ".zst": 6, ".zstd": 6}
"""How many times as long logs of some kinds would be as plain text, about."""


@attrs.define
class Tally:
    """What has been read so far."""

    rows_read: int = 0
    rows_rejected: int = 0
    rows_skipped: int = 0
    events: int = 0
    """Events made, those of `[[also]]` included."""
    moved: int = 0
    """Local times that did not exist and were moved forward."""
    repeated: int = 0
    """Local times that occurred twice and were taken as the first."""
    dates_without_time: int = 0
    latest: int | None = None
    """Latest instant of the events, those of `[[also]]` left aside."""


@attrs.frozen
class Outcome:
    """What became of some rows."""

    rows: int
    events: int
    rejected: Sequence[BadRow] = ()
    skipped: int = 0
    moved: int = 0
    repeated: int = 0
    dates: int = 0
    latest: int | None = None


def outcome_of(batch: Batch, made: Made) -> Outcome:
    """Tell what became of the rows of a batch."""
    read = len(batch.numbers) + len(batch.rejected)
    counts = (made.skipped, made.moved, made.repeated, made.dates, made.latest)
    return Outcome(read, len(made.events), made.rejected, *counts)


def ignore_rejection(rejection: Rejection) -> None:
    """Take no notice of a rejected row."""


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
        channels: Channels | None = None,
        on_start: Callable[[], None] | None = None,
        on_reject: Callable[[Rejection], None] = ignore_rejection,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Prepare a log; raises UsageError for an unknown zone or format.

        `attributes` are the names of those that are needed (None: every further column), `channels` say how
        addresses are written, `on_start` is called before each reading, `progress` with the bytes read and
        the bytes there are.
        """
        self.tally = Tally()
        self._sources = find_sources(paths, readers, input_format)
        if sum(source.name == "-" for source in self._sources) > 1:
            raise UsageError("standard input (`-`) can be one log only")
        self._mapping = mapping or LogMapping(1)
        self._hidden = Hidden()
        self._readers = tuple(readers)
        self._input_format = input_format
        self._channels = channels
        self._on_start = on_start
        self._on_reject = on_reject
        self._progress = progress
        self._attributes = None if attributes is None else frozenset(attributes) - set(FIELDS)
        try:
            self._zone = None if timezone is None else find_zone(timezone)
        except EventError as error:
            raise UsageError(str(error)) from None
        self._needed = {column.strip(): what for column, what in self._mapping.columns()}
        for field in ("person", "at"):
            if field not in self._mapping.fields:
                self._needed.setdefault(field, "")

    def batches(self) -> Iterator[list[Event]]:
        """Read the events in order; raises InputError where a file cannot be read."""
        self.tally, self._hidden = Tally(), Hidden()
        if self._on_start is not None:
            self._on_start()
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

        self.tally, self._hidden = Tally(), Hidden()
        if self._on_start is not None:
            self._on_start()
        needs = self._needs()
        for number, (source, reader) in enumerate(zip(self._sources, self._choose(), strict=True)):
            prefix = self._prefix(source)
            blocks = LogBlocks(
                source,
                reader,
                needs,
                mapping=self._mapping,
                make=partial(self._maker, prefix),
                check=partial(self._check, source),
                settle=partial(self._settle, source),
                fields=fields,
            )
            yield from blocks.blocks(number, prefix)
            if blocks.rows:
                self._require(source, blocks.names)

    @property
    def mapping(self) -> LogMapping:
        """How its rows become events."""
        return self._mapping

    def size(self) -> int:
        """Give about how many bytes the files would be as plain text, 0 where that cannot be told."""
        sizes = [(source.size(), PurePath(source.name.lower()).suffix) for source in self._sources]
        return sum(size * _DENSER.get(suffix, 1) for size, suffix in sizes)

    def latest(self) -> int | None:
        """Give the latest instant of the events read so far, those of `[[also]]` left aside."""
        return self.tally.latest

    def counts(self) -> RowCounts:
        """Give what a report's summary says of the rows read so far."""
        return {
            "rows_read": self.tally.rows_read,
            "rows_rejected": self.tally.rows_rejected,
            "rows_skipped": self.tally.rows_skipped,
            "moved_times": self.tally.moved,
            "repeated_times": self.tally.repeated,
            "dates_without_time": self.tally.dates_without_time,
        }

    def notices(self) -> tuple[Notice, ...]:
        """Give what must be known of the rows read so far, and of the zone in which local times are read."""
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
        return (*zones, *self._hidden.notices())

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

    def _maker(self, prefix: str) -> RowMaker:
        return RowMaker(self._mapping, self._zone, self._attributes, prefix, self._channels, self._hidden)

    def _needs(self) -> Needs:
        repeating = {self._mapping.fields.get(name, FieldRule(name)).column or "" for name in ABSENT}
        return Needs(self._wanted(), frozenset(repeating - {""}))

    def _file(self, source: Source, reader: Reader) -> Iterator[tuple[list[Event], int]]:
        maker = self._maker(self._prefix(source))
        rows, seen = 0, set[str]()
        with source.open(seekable=reader.seeks) as opened:
            batches = source.batches(reader, opened, self._mapping.log, self._wanted())
            while True:
                with _without_collection():
                    batch = next(batches, None)
                    if batch is None:
                        break
                    self._check(source, batch)
                    seen.update(batch.names)
                    rows += len(batch.numbers)
                    events = self._events(source, maker, batch)
                yield events, opened.done()
        if rows:
            self._require(source, seen)

    def _events(self, source: Source, maker: RowMaker, batch: Batch) -> list[Event]:
        made = maker.make(batch)
        self._settle(source, outcome_of(batch, made))
        return made.events

    def _settle(self, source: Source, made: Outcome) -> None:
        """Count what became of some rows, and tell of the rejected ones."""
        tally = self.tally
        tally.rows_read += made.rows
        tally.rows_rejected += len(made.rejected)
        tally.rows_skipped += made.skipped
        tally.events += made.events
        tally.moved += made.moved
        tally.repeated += made.repeated
        tally.dates_without_time += made.dates
        if made.latest is not None:
            tally.latest = made.latest if tally.latest is None else max(tally.latest, made.latest)
        for row in made.rejected:
            self._on_reject(_rejection(source, row))

    def _wanted(self) -> frozenset[str] | None:
        """List the columns that are needed; None is all."""
        if self._attributes is None:
            return None
        return frozenset((*self._needed, *MAPPABLE, *self._attributes))

    def _check(self, source: Source, batch: Batch) -> None:
        """Raise InputError where a header or schema lacks a column or has it twice."""
        if not batch.fixed:
            return
        self._require(source, batch.names)
        mapped = self._mapping.fields
        fields = (field for field in MAPPABLE if field not in mapped)
        used = {*self._needed, *fields, *(self._attributes or ())}
        if twice := sorted(used & batch.repeated):
            raise source.error(f"several columns are called `{twice[0]}`")

    def _require(self, source: Source, names: Iterable[str]) -> None:
        names = list(dict.fromkeys(names))
        for column, what in self._needed.items():
            if column in names:
                continue
            if what:
                said = f"has no column `{column}`, which the mapping names for {what}"
            else:
                said = f"has no column `{column}`, and no mapping says which one it is"
            listed = ", ".join(f"`{name}`" for name in names[:_MOST_COLUMNS_SHOWN]) or "none"
            more = ", …" if len(names) > _MOST_COLUMNS_SHOWN else ""
            near = suggest(column, names)
            hint = "; ".join(filter(None, (near, f"the columns are {listed}{more}")))
            raise source.error(f"{said}: {hint}")


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


def _rejection(source: Source, row: BadRow) -> Rejection:
    return Rejection(source.name, row.number, one_line(row.reason), row.cells)
