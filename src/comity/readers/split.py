"""Stretches of a log as Arrow columns: what a reader gives that can be read side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from comity.readers.row_batch import Batch


@attrs.frozen(eq=False)
class ArrowBatch:
    """Some rows of a log as Arrow arrays; in a column of times, null is a time that could not be told."""

    count: int
    columns: Mapping[str, Any]
    """Arrow arrays by name; those that nothing needs may be left out."""
    rows: Callable[[Sequence[int]], Batch]
    """Gives some of the rows, by index, as they would have been read one by one; they are numbered from 1."""


SplitPart = ArrowBatch | Batch
"""Rows as Arrow columns, or, where these cannot be had, as they are read one by one."""


@attrs.frozen(eq=False)
class Split:
    """What was read of one stretch of a log: its parts in order, with row numbers that begin at 1."""

    parts: Sequence[SplitPart]
    count: int
    """Data rows, rejected ones included."""
