"""Rows of a log as readers give them: in batches, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from comity.clock.instants import Precision

if TYPE_CHECKING:
    pass


CHUNK: Final = 1 << 15
"""How many characters of lines a reader of texts takes at a time; more leave the processor's cache."""

ROWS: Final = 1024
"""How many rows other readers put into a batch."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@attrs.frozen
class BadRow:
    """A row that could not even be split into cells."""

    number: int
    reason: str
    cells: Mapping[str, Any] = _NOTHING


@attrs.frozen
class Batch:
    """Some rows of a log, in order; cells are texts, None, JSON values, dates or datetimes."""

    numbers: Sequence[int]
    """The 1-based data-row numbers."""
    columns: Mapping[str, Sequence[Any]]
    """Columns of equal length, as many cells as numbers."""
    rejected: Sequence[BadRow] = ()
    names: Sequence[str] = attrs.field(
        default=attrs.Factory(lambda batch: tuple(batch.columns), takes_self=True)
    )
    """All columns, also those that are not needed and left out; by default those that are given."""
    fixed: bool = False
    """A header or schema says which columns there are, so that others cannot turn up."""
    repeated: frozenset[str] = frozenset()
    """Names that more than one column has; these columns are left out."""
    plain: bool = False
    """All cells are texts."""
    times: Mapping[str, Precision] = MappingProxyType({})
    """Columns of integer microseconds (or None) and what these stand for; see `instants.parse_iso`."""
