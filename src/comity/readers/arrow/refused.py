"""Rows that are rejected by a look at whole columns; their cells are read only when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import overload

import attrs
import numpy as np
from numpy.typing import NDArray

from comity.readers.events.cells import Bad
from comity.readers.row_batch import BadRow
from comity.readers.split import ArrowBatch


@attrs.frozen(eq=False)
class Refused:
    """Rows of an Arrow batch that are rejected."""

    chunk: ArrowBatch
    first: int
    """The place of the batch's first row in its split."""
    rows: NDArray[np.int64]
    """Their indices, ascending."""
    codes: NDArray[np.int32]
    """For each row, the index of its reason."""
    reasons: Sequence[str]

    def worded(self, most: int | None) -> list[BadRow]:
        """Return the first `most` rows (None: all) with their cells and reasons."""
        rows, codes = self.rows[:most].tolist(), self.codes[:most].tolist()
        if not rows:
            return []
        columns = self.chunk.rows(rows).columns
        return [
            BadRow(row + 1 + self.first, self.reasons[code], _cells(columns, index))
            for index, (row, code) in enumerate(zip(rows, codes, strict=True))
        ]


def _cells(columns: Mapping[str, Sequence[object]], index: int) -> dict[str, object]:
    return {name: cells[index] for name, cells in columns.items()}


class Reasons:
    """Why rows of an Arrow batch are rejected, as far as whole columns show it; the first reason is kept."""

    def __init__(self, count: int) -> None:
        self.open = np.zeros(count, np.bool_)
        """The rows that must be read one by one."""
        self._codes = np.zeros(count, np.int32)
        self._texts = [""]

    def ask(self, rows: NDArray[np.bool_]) -> None:
        """Mark rows to be read one by one, unless they have a reason already."""
        self.open |= rows & (self._codes == 0)

    def refuse(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Note why rows are rejected, unless they have a reason already or are read one by one."""
        self._codes[rows & ~self.open & (self._codes == 0)] = len(self._texts)
        self._texts.append(reason)

    def note_values(
        self, failed: Bad, codes: NDArray[np.int32], size: int, rows: NDArray[np.int64] | None = None
    ) -> None:
        """Note why values are rejected, for the rows (by default all) that have these codes.

        The rows of a value with an empty reason are read one by one, even if they have another reason.
        """
        if not failed:
            return
        table = np.zeros(size, np.int32)
        unknown = np.zeros(size, np.bool_)
        for code, reason in failed.items():
            if reason:
                table[code] = len(self._texts)
                self._texts.append(reason)
            else:
                unknown[code] = True
        where = slice(None) if rows is None else rows
        found, one_by_one = table[codes], unknown[codes]
        mine, still = self._codes[where], self.open[where]
        self._codes[where] = np.where(
            (found > 0) & ~still & (mine == 0), found, np.where(one_by_one, 0, mine)
        )
        self.open[where] = still | one_by_one

    @property
    def unclear(self) -> NDArray[np.bool_]:
        """Which rows are rejected, or may be."""
        return self.open | (self._codes > 0)

    def undecided(self, rows: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the indices of the rows that have no reason and are not marked to be read one by one."""
        return np.flatnonzero(rows & ~self.open & (self._codes == 0))

    def refused(self, chunk: ArrowBatch, first: int, keep: NDArray[np.bool_] | None) -> Refused | None:
        """Return the rejected rows, None where there are none; `keep` are the rows that are not skipped."""
        mine = (self._codes > 0) & ~self.open
        rows = np.flatnonzero(mine if keep is None else mine & keep)
        return Refused(chunk, first, rows, self._codes[rows], self._texts) if len(rows) else None


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
        return [attrs.evolve(row, number=row.number + self._before) for row in rows]
