"""The partitions of a pass: the rows of all blocks, in memory or in a temporary file."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, BinaryIO, Final, cast

import attrs
import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Ints, Numbers, Words, concatenated
from comity.columnar.scan.scanner import PartitionedBlock
from comity.columns.arrow_arrays import bytes_of, flags, text, texts, valid_of
from comity.errors import ComityError, system_reason

_MISSING: Final = {"date_only": np.bool_}
"""The types of columns that some blocks lack."""


class Spill:
    """An anonymous temporary file of arrays; it disappears with the process, however that ends."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._lock = Lock()

    def keep(self, values: Numbers) -> Stored:
        """Write an array; raises ComityError if the disk is full."""
        try:
            with self._lock:
                if self._file is None:
                    self._file = cast(BinaryIO, tempfile.TemporaryFile(prefix="comity-"))  # noqa: SIM115
                    weakref.finalize(self, self._file.close)
                at = self._file.seek(0, os.SEEK_END)
                self._file.write(np.ascontiguousarray(values).tobytes())
                self._file.flush()
        except OSError as error:
            reason = system_reason(error)
            where = tempfile.gettempdir()
            raise ComityError(
                f"the log does not fit in memory, and a part of it cannot be kept in `{where}`: {reason}: "
                "allow more with --memory, or set TMPDIR to a folder with room"
            ) from None
        return Stored(self, at, values.dtype)

    def read(self, at: int, size: int) -> bytes:
        """Read some bytes; raises ComityError if the file was cut short."""
        with self._lock:
            assert self._file is not None, "INVARIANT: only what was kept is read"
            self._file.seek(at)
            data = self._file.read(size)
        if len(data) < size:
            raise ComityError("a temporary file was cut short while it was read")
        return data

    def close(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


@attrs.frozen(eq=False)
class Stored:
    """An array in a file, read slice by slice."""

    _file: Spill
    _at: int
    dtype: np.dtype[Any]

    def __getitem__(self, part: slice) -> Numbers:
        size = self.dtype.itemsize
        data = self._file.read(self._at + part.start * size, (part.stop - part.start) * size)
        return np.frombuffer(data, self.dtype)


@attrs.frozen(eq=False)
class StoredTexts:
    """An Arrow array of texts in a file."""

    _offsets: Stored
    _bytes: Stored
    _present: Stored

    @classmethod
    def keep(cls, texts: pa.Array, spill: Spill) -> StoredTexts:
        """Write an Arrow array of texts."""
        texts = texts.cast(pa.large_string())
        present = valid_of(texts)
        offsets, data = bytes_of(texts.fill_null(""))
        return cls(spill.keep(offsets), spill.keep(data), spill.keep(present))

    def slice(self, begin: int, count: int) -> pa.Array:
        """Read some of the texts."""
        if not count:
            return texts([])
        offsets = self._offsets[begin : begin + count + 1]
        data = self._bytes[int(offsets[0]) : int(offsets[-1])]
        offsets = offsets - offsets[0]
        found = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(data))
        present = flags(self._present[begin : begin + count])
        return pa.compute.if_else(present, found.cast(pa.string()), text(None))


@attrs.frozen(eq=False)
class Partition:
    """The rows of one partition, in input order."""

    numbers: dict[str, Numbers]
    texts: dict[str, pa.Array]
    others: dict[str, Numbers]
    """The keys of rows without a role in any rule."""
    other_ids: pa.Array | None = None
    """The ids of these rows, if there are any."""


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
        parts = [_BlockPart(block, before, number) for block, before in self._blocks]
        parts = [part for part in parts if part.size] or parts[:1]
        numbers: dict[str, Numbers] = {}
        for name in {name for part in parts for name in part.block.numbers} - {"place"}:
            numbers[name] = concatenated([part.numbers(name) for part in parts])
        numbers["pos"] = concatenated(
            [part.numbers("place").astype(np.int64) + part.before for part in parts]
        )
        found = {}
        for name in {name for part in parts for name in part.block.texts}:
            found[name] = pa.concat_arrays([part.texts(name) for part in parts])
        others = [
            _BlockPart(block.others, 0, number) for block, _ in self._blocks if block.others is not None
        ]
        names = {name for part in others for name in part.block.numbers}
        keys = {name: concatenated([part.numbers(name) for part in others]) for name in names}
        ids = (
            [part.texts("id") for part in others] if any("id" in part.block.texts for part in others) else []
        )
        return Partition(numbers, found, keys, pa.concat_arrays(ids) if ids else None)


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

    def texts(self, name: str) -> pa.Array:
        """Return a column of texts; nulls if the block does not have it."""
        values = self.block.texts.get(name)
        if values is None:
            return pa.nulls(self.size, pa.string())
        return values.slice(self._begin, self.size).cast(pa.string())


def _with_others(block: PartitionedBlock) -> tuple[PartitionedBlock, ...]:
    return (block,) if block.others is None else (block, block.others)


def _bytes(block: PartitionedBlock) -> int:
    columns = (c for each in _with_others(block) for c in (*each.numbers.values(), *each.texts.values()))
    return sum(column.nbytes for column in columns)


def _stored(block: PartitionedBlock, file: Spill) -> PartitionedBlock:
    # Whoever takes a partition reads slices alone, which a stored array gives as one in memory does.
    return PartitionedBlock(
        {name: cast(Numbers, file.keep(values)) for name, values in block.numbers.items()},
        {name: StoredTexts.keep(values, file) for name, values in block.texts.items()},
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
