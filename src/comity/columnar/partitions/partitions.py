"""The partitions of a pass: the rows of all blocks, in memory or in a temporary file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

import numpy as np

from comity.columnar.arrays import Ints, Numbers, Words, concatenated
from comity.columnar.partitions.spill import Spill
from comity.columnar.scan.scanner import PartitionedBlock
from comity.records import frozen

_MISSING: Final = {"date_only": np.bool_}
"""The types of columns that some blocks lack."""


@frozen(eq=False)
class Partition:
    """The rows of one partition, in input order."""

    numbers: dict[str, Numbers]
    others: dict[str, Numbers]
    """The keys of rows without a role in any rule."""


class PartitionBuffer:
    """The rows of all blocks for one pass."""

    def __init__(self) -> None:
        self._blocks: list[tuple[PartitionedBlock, int]] = []
        self._kept = 0
        """How many of the blocks are in the file."""
        self.held = 0
        """About how many bytes of memory the other blocks take."""

    def add(self, block: PartitionedBlock, before: int) -> None:
        """Take a block; `before` is the number of places in the blocks before it."""
        self._blocks.append((block, before))
        self.held += _bytes(block)

    def spill(self, file: Spill) -> None:
        """Move the blocks to a file."""
        for index in range(self._kept, len(self._blocks)):
            block, before = self._blocks[index]
            self._blocks[index] = (_stored(block, file), before)
        self._kept, self.held = len(self._blocks), 0

    def rows(self) -> Ints:
        """Count the rows of each partition."""
        counts = [np.diff(each.begins) for block, _ in self._blocks for each in _with_others(block)]
        return np.sum(counts, axis=0) if counts else np.zeros(1, np.int64)

    def take(self, number: int) -> Partition:
        """Return a partition."""
        blocks = [(block.others, before) for block, before in self._blocks if block.others is not None]
        return Partition(_rows(self._blocks, number), _rows(blocks, number))


def _rows(blocks: Sequence[tuple[PartitionedBlock, int]], number: int) -> dict[str, Numbers]:
    """Return the columns of the rows of a partition, with their places in the log as `pos`."""
    parts = [_BlockPart(block, before, number) for block, before in blocks]
    parts = [part for part in parts if part.size] or parts[:1]
    names = {name for part in parts for name in part.block.numbers}
    found = {name: concatenated([part.numbers(name) for part in parts]) for name in names - {"place"}}
    if "place" in names:
        places = [part.numbers("place").astype(np.int64) + part.before for part in parts]
        found["pos"] = concatenated(places)
    return found


class _BlockPart:
    """The rows of a partition in one block."""

    def __init__(self, block: PartitionedBlock, before: int, partition: int) -> None:
        self.block = block
        self.before = before
        self._begin, self._end = int(block.begins[partition]), int(block.begins[partition + 1])
        self.size = self._end - self._begin

    def numbers(self, name: str) -> Numbers:
        """Return a column; zeros if the block does not have it."""
        values = self.block.numbers.get(name)
        return (
            np.zeros(self.size, _MISSING.get(name, np.uint64))
            if values is None
            else values[self._begin : self._end]
        )


def _with_others(block: PartitionedBlock) -> tuple[PartitionedBlock, ...]:
    return (block,) if block.others is None else (block, block.others)


def _bytes(block: PartitionedBlock) -> int:
    return sum(column.nbytes for each in _with_others(block) for column in each.numbers.values())


def _stored(block: PartitionedBlock, file: Spill) -> PartitionedBlock:
    # Whoever takes a partition reads slices alone, which a stored array gives as one in memory does.
    return PartitionedBlock(
        {name: cast(Numbers, file.keep(values)) for name, values in block.numbers.items()},
        block.begins,
        None if block.others is None else _stored(block.others, file),
    )


def each_partition(rows: Ints) -> Iterator[int]:
    """Yield the numbers of the partitions that have rows, the largest first."""
    for number in np.argsort(-rows, kind="stable").tolist():
        if rows[number]:
            yield number


def words_of(numbers: Mapping[str, Numbers], name: str) -> list[Words]:
    """Return the words of the persons (`person`) or of the key (`key`) of a partition's rows."""
    if name == "person" and "person0" not in numbers:
        name = "key"
    count = sum(1 for column in numbers if column.startswith(name) and column[len(name) :].isdigit())
    return [numbers[f"{name}{word}"] for word in range(count)]
