"""Events as columns: readers yield them to the columnar back end, one block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from comity.events.sources import SourceCounts
from comity.records import frozen

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Codes = NDArray[np.int32]
    Ints = NDArray[np.int64]


class ArrowStream(Protocol):
    """A table that can be passed on as Arrow data; those of pyarrow, pandas, Polars and DuckDB can."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return a capsule with the stream."""


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
"""The value of a field for which a log has no column."""


@frozen(eq=False)
class Coded:
    """A column as codes: for each row, the index of its value."""

    codes: Codes
    values: list[Any]
    """Texts, attribute values, tuples of matters, or None for an absent field; not always distinct."""


@frozen(eq=False)
class EventColumns:
    """Some events in input order, with texts as in `Event`; each column has one value for each event."""

    at: Ints
    """Instants, microseconds since 1970-01-01T00:00:00Z."""
    person: pa.Array
    """Texts without nulls and without NUL characters."""
    places: Ints
    """The place of each event in its block, ascending from 0: its data row, unless `labels` are given."""
    fields: Mapping[str, Coded]
    """By name, the needed fields of `ABSENT`, and the direction."""
    attributes: Mapping[str, Coded]
    ids: pa.Array | None = None
    """Texts, null where an event has no id; None where no event has one."""
    labels: pa.Array | None = None
    """Texts by which findings name events, null where that is the id or the number of the row."""
    date_only: NDArray[np.bool_] | None = None
    """Which events have a date without a time; None where none has."""

    def __len__(self) -> int:
        return len(self.at)


@frozen(eq=False)
class Loaded:
    """A block that was read."""

    columns: EventColumns
    extent: int
    """The number of places in the block; rejected and skipped rows have places too."""
    add_counts: Callable[[int], None] = lambda before: None
    """Is called in the order of the blocks, with the number of places in the file before this block."""


@frozen(eq=False)
class Block:
    """A part of a log that is not read yet; blocks can be read side by side."""

    file: int
    """The number of the file."""
    prefix: str
    """The text before the number of a row in a label: `#` or `FILE#`."""
    load: Callable[[], Loaded]


@runtime_checkable
class ColumnSource(Protocol):
    """A log that can be read as blocks of columns, from its start at each call."""

    def blocks(self, fields: frozenset[str]) -> Iterator[Block]:
        """Return the blocks in order; `fields` are the fields and attributes that rules read."""

    def size(self) -> int:
        """Return about how many bytes there are to read."""

    def latest(self) -> int | None:
        """Return the latest instant of the events read so far, None where there are none."""

    def counts(self) -> SourceCounts:
        """Return the counts of the rows read so far."""
