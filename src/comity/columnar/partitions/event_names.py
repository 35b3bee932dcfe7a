"""The ids and labels of the events of a log, by the places of the events: findings name events by them.

They stay in the blocks in which they were read, since only few of them are ever asked for.
"""

from __future__ import annotations

import attrs
import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Ints
from comity.columnar.partitions.spill import Spill, StoredTexts
from comity.columns.arrow_arrays import numbers
from comity.columns.event_columns import EventColumns
from comity.records import define, frozen


@frozen(eq=False)
class _Names:
    """The names of the events of one block."""

    begin: int
    """The place of the first event of the block."""
    places: Ints | None
    """The places of all events from `begin` on, ascending; None where each is one after that before."""
    count: int
    texts: pa.Array | StoredTexts

    def of(self, places: Ints) -> pa.Array:
        """Return the names of events at some places; null for what has none, and for other blocks' places."""
        index = places - self.begin
        if self.places is not None:
            found = np.minimum(np.searchsorted(self.places, index), self.count - 1)
            index = np.where(self.places[found] == index, found, self.count)
        texts = self.texts if isinstance(self.texts, pa.Array) else self.texts.slice(0, self.count)
        return texts.take(numbers(index, (index < 0) | (index >= self.count)))


@define(eq=False)
class EventNames:
    """The names of all events of a log."""

    _blocks: list[_Names] = attrs.field(factory=list)
    _kept: int = 0
    """How many of the blocks are in a file."""
    held: int = 0
    """About how many bytes of memory the other blocks take."""
    _file: Spill = attrs.field(factory=Spill)
    """A file of their own: findings are written when the rows of the log are forgotten."""

    @property
    def stored(self) -> bool:
        """Whether some names are in a file, so that asking for a few takes as long as for many."""
        return self._kept > 0

    def add(self, columns: EventColumns, before: int) -> None:
        """Take the names of the next block; `before` is the number of places in the blocks before it."""
        ids, labels = columns.ids, columns.labels
        texts = ids if labels is None else labels if ids is None else pa.compute.coalesce(ids, labels)
        if texts is None or not len(texts):
            return
        places = columns.places
        begin, count = int(places[0]), len(places)
        whole = int(places[-1]) - begin + 1 == count
        # A copy: what the log was read into may be part of a larger buffer, or have room for more.
        texts = pa.concat_arrays([texts.cast(pa.string()), pa.nulls(0, pa.string())])
        self._blocks.append(_Names(before + begin, None if whole else places - begin, count, texts))
        self.held += texts.nbytes + (0 if whole else places.nbytes)

    def spill(self) -> None:
        """Move the names to a file; raises ComityError if the disk is full."""
        for index in range(self._kept, len(self._blocks)):
            block = self._blocks[index]
            self._blocks[index] = attrs.evolve(block, texts=StoredTexts.keep(block.texts, self._file))
        self._kept, self.held = len(self._blocks), 0

    def of(self, places: Ints) -> pa.Array | None:
        """Return the names of events at some places, null for what has none; None where no event has one."""
        if not self._blocks:
            return None
        begins = np.array([block.begin for block in self._blocks])
        which = np.maximum(np.searchsorted(begins, places, "right") - 1, 0)
        order = np.argsort(which, kind="stable")
        sizes = np.bincount(which, minlength=len(self._blocks))
        parts, done = [pa.nulls(0, pa.string())], 0
        for number in np.flatnonzero(sizes).tolist():
            rows = order[done : done + int(sizes[number])]
            parts.append(self._blocks[number].of(places[rows]))
            done += len(rows)
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(numbers(back))

    def only(self, places: Ints) -> EventNames:
        """Return the names of some places alone, in memory."""
        kept = np.unique(places)
        texts = self.of(kept)
        if texts is None or not len(kept):
            return EventNames()
        begin = int(kept[0])
        return EventNames([_Names(begin, kept - begin, len(kept), texts)])
