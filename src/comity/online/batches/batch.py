"""A batch of events in order, as the rules take it: which of them matter, without making the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from comity.events.census import Signature
from comity.events.event import Event
from comity.online.event_dispatch import EventDispatch
from comity.online.operators.rule import Label
from comity.records import frozen

Known = tuple[str, str, int]
"""The id, the person and the instant of an event that has an id."""


@frozen
class Work:
    """The events of a batch that rules have to do with, in order; each column has one value for each."""

    rows: Sequence[int]
    """The numbers of the events in the batch."""
    instants: Sequence[int]
    persons: Sequence[str]
    names: Sequence[str | None] | None
    """The ids or labels; None where no event has one."""
    codes: Sequence[int]
    """What to do with an event, as an index of `dispatches`."""
    dispatches: Sequence[EventDispatch]

    def labels(self, first: int) -> list[Label]:
        """Return what the events are called if the first of the batch has this position."""
        if self.names is None:
            return [first + row for row in self.rows]
        return [name or first + row for name, row in zip(self.names, self.rows, strict=True)]


class Batch(Protocol):
    """Events that have been checked."""

    @property
    def instants(self) -> Sequence[int]:
        """The instants of all events, in order."""

    @property
    def signatures(self) -> Mapping[Signature, int]:
        """How many events have which signature."""

    @property
    def ids(self) -> Sequence[Known]:
        """Of all events that have an id."""

    def work(self, most: int) -> Iterator[Work]:
        """Yield the events that rules have to do with, so many at a time."""

    def event(self, row: int) -> Event:
        """Return an event as an object."""

    def unread_event(self, row: int, at: int) -> Event:
        """Return an event, whose instant is known already and whose other fields may never be read."""

    def with_values(self, suspects: Callable[[str, object], bool]) -> Iterator[Event]:
        """Yield the events with an attribute whose name and value may be ones that `suspects` is true for."""
