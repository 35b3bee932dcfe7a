"""Rows of a log as readers yield them: in batches, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import attrs

from comity.clock.instants import Precision
from comity.notices import Notice
from comity.records import frozen

CHUNK: Final = 1 << 15
"""How many characters of lines a reader of text takes at a time; more do not fit the processor's cache."""

ROWS: Final = 1024
"""How many rows the other readers put into a batch."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@frozen
class BadRow:
    """A row that could not be split into cells, or that is rejected for another reason."""

    number: int
    reason: str
    cells: Mapping[str, Any] = _NOTHING

    def at(self, number: int) -> BadRow:
        """Return the same row under another number."""
        return BadRow(number, self.reason, self.cells)


@frozen
class RowBatch:
    """Some rows of a log, in order; cells are texts, None, JSON values, dates or datetimes."""

    numbers: Sequence[int]
    """The 1-based data-row numbers."""
    columns: Mapping[str, Sequence[Any]]
    """Columns of equal length, as many cells as numbers."""
    rejected: Sequence[BadRow] = ()
    names: Sequence[str] = attrs.field(
        default=attrs.Factory(lambda batch: tuple(batch.columns), takes_self=True)
    )
    """All columns of the log, also those that nothing needs; by default the names in `columns`."""
    fixed: bool = False
    """A header or a schema names all columns, so that no later batch has others."""
    repeated: frozenset[str] = frozenset()
    """Names that more than one column has; these columns are left out."""
    plain: bool = False
    """All cells are texts."""
    told: Sequence[Notice] = ()
    """What must be told of these rows.

    Notices of one code are added up; `{count}` in their message becomes the sum of their counts.
    """
    times: Mapping[str, Precision] = MappingProxyType({})
    """Columns of integer microseconds (or None) and what these stand for; see `instants.parse_iso`."""

    @property
    def count(self) -> int:
        """The number of rows, rejected ones included."""
        return len(self.numbers) + len(self.rejected)
