"""Sources of events: logs that can be read more than once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Protocol, Required, TypedDict, runtime_checkable

from comity.events.event import Event
from comity.notices import Notice
from comity.records import frozen

_date_only = attrgetter("date_only")


class SourceCounts(TypedDict, total=False):
    """What a summary says about the rows that were read; the keys are fields of `Summary`."""

    rows_read: Required[int]
    rows_rejected: Required[int]
    rows_skipped: Required[int]
    moved_times: int
    repeated_times: int
    dates_without_time: int


@runtime_checkable
class Source(Protocol):
    """Events in input order, which can be read more than once."""

    def batches(self) -> Iterable[Iterable[Event]]:
        """Read the events from the start."""

    def latest(self) -> int | None:
        """Return the instant up to which the events read so far are known; None if there are none."""

    def counts(self) -> SourceCounts:
        """Return what a summary says about the rows read so far."""


@runtime_checkable
class Noticing(Protocol):
    """A source with notices about what it has read."""

    def notices(self) -> Sequence[Notice]:
        """Return the notices about the rows read so far."""


@runtime_checkable
class PassesOver(Protocol):
    """A source that may pass over events that are too early to play a part, if it knows them unread."""

    earliest: int | None
    """The instant from which on events are needed, in microseconds; None for all events."""


@runtime_checkable
class MayBeShort(Protocol):
    """A source that may be too short for an audit by columns to be worth its start."""

    def is_short(self) -> bool:
        """Return whether reading it event by event takes less time than loading what columns need."""


@frozen
class Listed:
    """Events in memory, as a source."""

    events: tuple[Event, ...]

    def batches(self) -> Iterable[Iterable[Event]]:
        """Return all of them."""
        return (self.events,)

    def latest(self) -> int | None:
        """Return the latest instant."""
        return max((event.at for event in self.events), default=None)

    def counts(self) -> SourceCounts:
        """Count every event as a row."""
        return {
            "rows_read": len(self.events),
            "rows_rejected": 0,
            "rows_skipped": 0,
            "dates_without_time": sum(map(_date_only, self.events)),
        }
