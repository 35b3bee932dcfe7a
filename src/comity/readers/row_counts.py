"""Counting what becomes of a log's rows."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from comity.readers.batch import BadRow, Batch
from comity.readers.events.row_maker import MappedRows


@attrs.define
class RowCounts:
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
class BatchOutcome:
    """What became of some rows."""

    rows: int
    events: int
    rejected: Sequence[BadRow] = ()
    skipped: int = 0
    moved: int = 0
    repeated: int = 0
    dates: int = 0
    latest: int | None = None


def batch_outcome_of(batch: Batch, made: MappedRows) -> BatchOutcome:
    """Tell what became of the rows of a batch."""
    read = len(batch.numbers) + len(batch.rejected)
    counts = (made.skipped, made.moved, made.repeated, made.dates, made.latest)
    return BatchOutcome(read, len(made.events), made.rejected, *counts)
