"""Splits of a log: the parts that can be read side by side, most of them as Arrow columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from comity.readers.row_batch import RowBatch
from comity.records import frozen

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@frozen(eq=False)
class ArrowBatch:
    """Some rows of a log as Arrow arrays."""

    count: int
    columns: Mapping[str, pa.Array]
    """Arrow arrays by name; those that nothing needs may be left out.

    A null in a column of timestamps or dates is a time that cannot be read.
    """
    rows: Callable[[Sequence[int]], RowBatch]
    """Returns some of the rows, by index, as they are when they are read one by one; numbers begin at 1."""
    misfits: NDArray[np.bool_] | None = None
    """Which rows do not have the columns of the log and are rejected; their cells are null here."""


SplitPart = ArrowBatch | RowBatch
"""Rows as Arrow columns or, where these cannot be made, as they are read one by one."""


@frozen(eq=False)
class Split:
    """What was read of one split of a log: its parts in order, with row numbers that begin at 1."""

    parts: Sequence[SplitPart]
    count: int
    """Data rows, rejected ones and those that were passed over included."""
    passed: int = 0
    """Rows that were passed over."""


def passed_over(count: int) -> Split:
    """Return the split of rows that need not be read."""
    return Split((), count, count)
