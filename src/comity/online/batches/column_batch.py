"""A batch of events that are columns: checked by columns, before one of them is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.errors import EventError
from comity.events.census import Signature
from comity.events.event import Event
from comity.events.event_like import check_event
from comity.online.batches.batch import Known, Work
from comity.online.batches.event_rows import DispatchOf, late_message
from comity.online.event_dispatch import NOTHING_TO_DO, EventDispatch
from comity.online.state.known_ids import KnownIds

if TYPE_CHECKING:
    from comity.columns.column_rows import ColumnRows
    from comity.columns.event_columns import EventColumns


class ColumnBatch:
    """Events in columns, all of them checked."""

    def __init__(self, columns: EventColumns, latest: int, known: KnownIds, dispatch_of: DispatchOf) -> None:
        """Check events that come after the instant `latest`, without those that come again.

        Raises EventError, with the number of the row, for one that is unusable, refused or late.
        """
        from comity.columns.column_rows import ColumnRows

        rows: ColumnRows = ColumnRows(columns)
        self._dispatches: list[EventDispatch] = []
        kept: list[int] = []
        row = 0
        try:
            for row in rows.outside(UNSURE, MAX_INSTANT):
                check_event(rows.event(row))
            self.ids: Sequence[Known] = []
            again: list[int] = []
            own: dict[Known, None] = {}
            for row, key in rows.known():
                if key in own or known.has(key):
                    known.refuse(rows.event(row))
                    again.append(row)
                else:
                    own[key] = None
            self.ids = list(own)
            if again:
                rows = rows.without(again)
            late = rows.first_late(latest)
            if late is not None:
                row, before = late
                raise EventError(late_message(rows.event(row).at, before))
            self.signatures: dict[Signature, int] = {}
            for code, signature, first, count in rows.signatures():
                row = first
                dispatch = dispatch_of(signature)
                self.signatures[signature] = self.signatures.get(signature, 0) + count
                if dispatch is not NOTHING_TO_DO:
                    self._dispatches.append(dispatch)
                    kept.append(code)
        except EventError as error:
            raise EventError(f"row {rows.number(row)} of the batch: {error}") from error
        self._rows, self._kept = rows, kept
        self.instants = rows.instants

    def work(self, most: int) -> Iterator[Work]:
        """Yield the rows that rules have to do with, so many at a time."""
        for columns in self._rows.of_signatures(self._kept, most):
            yield Work(*columns, self._dispatches)

    def event(self, row: int) -> Event:
        """Return a row as an event."""
        return self._rows.event(row)

    def unread_event(self, row: int, at: int) -> Event:
        """Return a row as an event that is made when a field other than its instant is read."""
        return self._rows.unread_event(row, at)

    def with_values(self, suspects: Callable[[str, object], bool]) -> Iterator[Event]:
        """Yield the rows with an attribute whose name and value `suspects` is true for."""
        return self._rows.with_values(suspects)
