"""Events as columns: what readers give to the columnar back end, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import attrs

from comity.events.sources import SourceCounts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]
    Ints = NDArray[np.int64]


ABSENT: Mapping[str, Any] = MappingProxyType(
    {
        "kind": "contact",
        "channel": "unspecified",
        "direction": "outbound",
        "outcome": None,
        "actor": None,
        "matter": (),
        "timezone": None,
    }
)
"""What stands for a field that a log does not have."""


@attrs.frozen(eq=False)
class Coded:
    """A column as codes: for each row, the index of its value."""

    codes: Codes
    values: list[Any]
    """Distinct or not; texts, attribute values, tuples of matters, or None for an absent field."""


@attrs.frozen(eq=False)
class EventColumns:
    """Some events in input order; texts stand as they were written, as in `Event`."""

    at: Ints
    """Instants, microseconds since 1970-01-01T00:00:00Z."""
    person: Any
    """An Arrow array of texts, none of them null, without NUL."""
    places: Ints
    """The place of each event in its block, ascending from 0: its data row, unless `labels` are given."""
    fields: Mapping[str, Coded]
    """By name, those of `ABSENT` that are needed, and the direction."""
    attributes: Mapping[str, Coded]
    ids: Any = None
    """An Arrow array of texts, null where an event has no id; None where no event has one."""
    labels: Any = None
    """An Arrow array of what findings call the events, where that is neither the id nor the row's number."""
    date_only: Any = None
    """Which events have a date without a time, as a numpy array; None where none has."""

    def __len__(self) -> int:
        return len(self.at)


@attrs.frozen(eq=False)
class Loaded:
    """What was read of a block."""

    columns: EventColumns
    extent: int
    """How many places the block has; rejected and skipped rows have theirs."""
    settle: Callable[[int], None] = lambda before: None
    """To be called in the order of the blocks, with the places of the file before this block."""


@attrs.frozen(eq=False)
class Block:
    """A stretch of a log that is yet to be read; blocks can be read side by side."""

    file: int
    """The number of the file."""
    prefix: str
    """What stands before the row's number in a label: `#` or `FILE#`."""
    load: Callable[[], Loaded]


@runtime_checkable
class ColumnSource(Protocol):
    """A log that can be read as blocks of columns, from its start at each call."""

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Return the blocks in order; `fields` are the fields and attributes that judging reads."""

    def size(self) -> int:
        """Return about how many bytes there are to read."""

    def latest(self) -> int | None:
        """Return the as-of instant that the events read so far stand for, None where there are none."""

    def counts(self) -> SourceCounts:
        """Return what a summary says of the rows read so far."""
