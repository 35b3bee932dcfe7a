"""Kept and new events as one log, for the back ends that judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from comity.columns.event_columns import Block, EventColumns, Loaded
from comity.events.event import Event
from comity.events.sources import SourceCounts

_TYPICAL = 100
"""About how many bytes an event has."""


class KeptLog:
    """Events in memory, as a source of columns and of events; every event has an id or a label."""

    def __init__(self, parts: Sequence[EventColumns]) -> None:
        self._parts = [part for part in parts if len(part)]

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Return each part as a block."""
        for part in self._parts:
            yield Block(0, "#", partial(Loaded, part, int(part.places[-1]) + 1))

    def batches(self) -> Iterable[Iterable[Event]]:
        """Return the events of each part."""
        from comity.columns.column_rows import ColumnRows

        for part in self._parts:
            rows = ColumnRows(part)
            yield [rows.event(row) for row in range(len(rows))]

    def size(self) -> int:
        """Return about how many bytes there are."""
        return _TYPICAL * len(self)

    def latest(self) -> int | None:
        """Return the latest instant."""
        return max((int(part.at.max()) for part in self._parts), default=None)

    def counts(self) -> SourceCounts:
        """Count no rows: the log that the new events come from does."""
        return {"rows_read": 0, "rows_rejected": 0, "rows_skipped": 0}
