"""The rows of a piece as a source of events; it notes what only all pieces together can tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Final

import numpy as np

from comity.clock.eras import Eras
from comity.columnar.scan.eras import count_eras
from comity.columns.event_columns import Block, EventColumns, Loaded
from comity.events.event import Event
from comity.events.sources import SourceCounts
from comity.notices import Notice
from comity.readers import Log

MOST_VALUES: Final = 1_000
"""So many actors or matters of a piece are kept; if there are more, nobody compares them."""


class PieceLog:
    """Reads a log, and notes the years of its events and the actors and matters that they have."""

    def __init__(self, log: Log, identities: Sequence[str]) -> None:
        self.log = log
        self._identities = frozenset(identities)
        self._begin()

    def _begin(self) -> None:
        self.eras = Eras()
        self.values: dict[str, set[str] | None] = {name: set() for name in sorted(self._identities)}
        """By field, its values; None if there are too many."""

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Read the log as blocks of columns."""
        self._begin()
        for block in self.log.blocks(fields | self._identities):
            yield Block(block.file, block.prefix, partial(self._load, block))

    def _load(self, block: Block) -> Loaded:
        loaded = block.load()
        return Loaded(loaded.columns, loaded.extent, partial(self._note, loaded))

    def _note(self, loaded: Loaded, before: int) -> None:
        loaded.add_counts(before)
        self._count(loaded.columns)

    def _count(self, columns: EventColumns) -> None:
        if len(columns):
            self.eras.update(count_eras(columns.at, int(columns.at.min()), int(columns.at.max())))
        for name in self.values:
            coded = columns.fields[name]
            present = np.flatnonzero(np.bincount(coded.codes, minlength=len(coded.values))).tolist()
            self._add(name, [coded.values[code] for code in present])

    def _add(self, name: str, values: Sequence[str | tuple[str, ...] | None]) -> None:
        known = self.values[name]
        if known is not None:
            known.update(
                text for each in values if each for text in ((each,) if isinstance(each, str) else each)
            )
            if len(known) > MOST_VALUES:
                self.values[name] = None

    def batches(self) -> Iterator[list[Event]]:
        """Read the events."""
        self._begin()
        for events in self.log.batches():
            instants = np.array([event.at for event in events], np.int64)
            if len(events):
                self.eras.update(count_eras(instants, int(instants.min()), int(instants.max())))
            for name in self.values:
                self._add(name, list({getattr(event, name) for event in events}))
            yield events

    def first(self, most: int) -> list[Event]:
        """Return the first events."""
        return list(islice(chain.from_iterable(self.log.again().batches()), most))

    def size(self) -> int:
        """Return about how many bytes there are."""
        return self.log.size()

    def latest(self) -> int | None:
        """Return the latest instant of the events read so far."""
        return self.log.latest()

    def counts(self) -> SourceCounts:
        """Return the counts of the rows read so far."""
        return self.log.counts()

    def notices(self) -> Sequence[Notice]:
        """Return what is known of the columns and of the rows read so far."""
        return self.log.notices()
