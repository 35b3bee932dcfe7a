"""Rows that are rejected by a look at whole columns; they are worded only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from comity.readers.events.cells import Bad
from comity.readers.events.row_maker import RowMaker
from comity.readers.row_batch import BadRow
from comity.readers.split import ArrowBatch
from comity.records import frozen


@frozen(eq=False)
class Refused:
    """Rows of an Arrow batch that are rejected."""

    chunk: ArrowBatch
    first: int
    """The place of the batch's first row in its split."""
    rows: NDArray[np.int64]
    """Their indices, ascending."""
    maker: RowMaker

    def worded(self, most: int | None) -> list[BadRow]:
        """Return the first `most` rows (None: all) with their cells and reasons, which reading them gives."""
        rows = self.rows[:most].tolist()
        if not rows:
            return []
        found = self.maker.make(self.chunk.rows(rows)).rejected
        assert len(found) == len(rows), "INVARIANT: what whole columns reject is rejected row by row"
        return [row.at(row.number + self.first) for row in found]


class Reasons:
    """Which rows of an Arrow batch are rejected, as far as whole columns show it."""

    def __init__(self, count: int) -> None:
        self.open = np.zeros(count, np.bool_)
        """The rows that must be read one by one."""
        self._refused = np.zeros(count, np.bool_)

    def ask(self, rows: NDArray[np.bool_]) -> None:
        """Mark rows to be read one by one, unless they are rejected already."""
        self.open |= rows & ~self._refused

    def refuse(self, rows: NDArray[np.bool_]) -> None:
        """Reject rows, unless they are read one by one."""
        self._refused |= rows & ~self.open

    def note_values(
        self, failed: Bad, codes: NDArray[np.int32], size: int, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Reject the rows (by default among all) that have the codes of values that cannot be read.

        The rows of a value with an empty reason are read one by one, even if they are rejected already.
        """
        if not failed:
            return
        wrong, unknown = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
        for code, reason in failed.items():
            (wrong if reason else unknown)[code] = True
        where = slice(None) if rows is None else rows
        one_by_one = unknown[codes]
        self._refused[where] = (self._refused[where] | wrong[codes] & ~self.open[where]) & ~one_by_one
        self.open[where] |= one_by_one

    @property
    def unclear(self) -> NDArray[np.bool_]:
        """Which rows are rejected, or may be."""
        return self.open | self._refused

    def undecided(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the indices of the rows that are neither rejected nor marked to be read one by one."""
        return np.flatnonzero(rows & ~self.unclear)

    def refused(
        self, chunk: ArrowBatch, first: int, keep: NDArray[np.bool_] | None, maker: RowMaker
    ) -> Refused | None:
        """Return the rejected rows, None where there are none; `keep` are the rows that are not skipped."""
        mine = self._refused & ~self.open
        rows = np.flatnonzero(mine if keep is None else mine & keep)
        return Refused(chunk, first, rows, maker) if len(rows) else None


class Rejected(Sequence[BadRow]):
    """All rejected rows of a reading; those that whole columns reject are made when somebody asks."""

    def __init__(self, rows: Sequence[BadRow], refused: Refused | None, before: int) -> None:
        self._rows, self._refused, self._before = rows, refused, before

    def __len__(self) -> int:
        return len(self._rows) + (0 if self._refused is None else len(self._refused.rows))

    def __iter__(self) -> Iterator[BadRow]:
        return iter(self._first(None))

    @overload
    def __getitem__(self, index: int) -> BadRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[BadRow]: ...

    def __getitem__(self, index: int | slice) -> BadRow | list[BadRow]:
        most = index.stop if isinstance(index, slice) else index + 1
        found = self._first(most if most is None or most >= 0 else None)
        return found[index]

    def _first(self, most: int | None) -> list[BadRow]:
        refused = [] if self._refused is None else self._refused.worded(most)
        rows = sorted([*self._rows, *refused], key=lambda row: row.number)[:most]
        return [row.at(row.number + self._before) for row in rows]
