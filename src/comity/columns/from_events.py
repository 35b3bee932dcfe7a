"""Events in memory as blocks of columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from comity.columns.event_columns import ABSENT, Block, Coded, EventColumns, Loaded
from comity.errors import EventError, one_of
from comity.events.channels.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.fields import FIELDS, fold
from comity.events.sources import Listed
from comity.records import frozen

SIZE = 1 << 17
"""How many events go into a block."""
_TYPICAL = 100
"""About how many bytes an event has."""


def columns_of(
    events: Sequence[Event], fields: frozenset[str], places: Sequence[int], *, numbered: bool = False
) -> EventColumns:
    """Return events as columns; `numbered` says that their places are their rows, so they need no labels.

    Raises EventError for an unknown direction.
    """
    import numpy as np

    from comity.columns.arrow_arrays import texts

    wanted = {name: ABSENT[name] for name in ABSENT if name in fields or name == "direction"}
    coded = {name: _code([getattr(event, name) for event in events]) for name in wanted}
    for direction in coded["direction"].values:
        if fold(direction) not in DIRECTIONS:
            raise EventError(f"`{direction}` is not a direction: allowed are {one_of(DIRECTIONS)}")
    attributes = {
        name: _code([event.attributes.get(name) for event in events]) for name in sorted(fields - set(FIELDS))
    }
    ids = [event.id or None for event in events]
    date_only = [event.date_only for event in events]
    labels = [] if numbered else [event.label or None for event in events]
    return EventColumns(
        np.array([event.at for event in events], np.int64),
        texts([event.person for event in events]),
        np.array(places, np.int64),
        coded,
        attributes,
        texts(ids) if any(ids) else None,
        texts(labels) if any(labels) else None,
        np.array(date_only, np.bool_) if any(date_only) else None,
    )


def _code(values: Iterable[object]) -> Coded:
    """Return values as codes; `1`, `1.0` and `true` are three values."""
    import numpy as np

    numbers: dict[tuple[type, object], int] = {}
    codes = [numbers.setdefault((type(value), value), len(numbers)) for value in values]
    return Coded(np.array(codes, np.int32), [value for _, value in numbers])


@frozen
class EventBlocks(Listed):
    """Events in memory, which can also be read as blocks of columns."""

    block: int = SIZE
    """How many events go into a block."""

    def size(self) -> int:
        """Return about how many bytes there are."""
        return _TYPICAL * len(self.events)

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Return the events in blocks, each with the places of its events."""
        for begin in range(0, len(self.events), self.block):
            yield _block(self.events[begin : begin + self.block], fields)


def _block(events: Sequence[Event], fields: frozenset[str]) -> Block:
    return Block(0, "#", lambda: Loaded(columns_of(events, fields, range(len(events))), len(events)))
