"""Counting what becomes of a log's rows."""

from __future__ import annotations

from comity.records import define


@define
class RowCounts:
    """What became of some rows, or of all rows that have been read so far."""

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
    """The latest instant of the events without those of `[[also]]`, in microseconds since 1970."""
    rows_passed: int = 0
    """Rows that are too early to play a part, and were not read."""

    def __add__(self, other: RowCounts) -> RowCounts:
        """Return the counts of these rows and the others together."""
        latest = [each.latest for each in (self, other) if each.latest is not None]
        return RowCounts(
            self.rows_read + other.rows_read,
            self.rows_rejected + other.rows_rejected,
            self.rows_skipped + other.rows_skipped,
            self.events + other.events,
            self.moved + other.moved,
            self.repeated + other.repeated,
            self.dates_without_time + other.dates_without_time,
            max(latest, default=None),
            self.rows_passed + other.rows_passed,
        )
