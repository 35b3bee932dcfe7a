"""The pieces of a pass: what the blocks dealt out, in memory or in a temporary file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import attrs
import numpy as np
import pyarrow as pa

from comity.arrow_arrays import flags, text, texts, valid_of
from comity.columnar.arrays import Ints
from comity.columnar.scan import Share
from comity.errors import ComityError


class Spill:
    """An anonymous temporary file of arrays; it vanishes with the process, however that ends."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._end = 0

    def keep(self, values: Any) -> Stored:
        """Write an array; raises ComityError where the disk is full."""
        try:
            if self._file is None:
                self._file = cast(BinaryIO, tempfile.TemporaryFile(prefix="comity-", buffering=0))  # noqa: SIM115
            octets = memoryview(np.ascontiguousarray(values).tobytes())
            at = self._end
            while octets:
                octets = octets[os.pwrite(self._file.fileno(), octets, self._end) :]
                self._end = at + len(values) * values.dtype.itemsize - len(octets)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            where = tempfile.gettempdir()
            raise ComityError(
                f"the log does not fit in memory, and a piece of it cannot be kept in `{where}`: {reason}: "
                "allow more with --memory, or set TMPDIR to a folder with room"
            ) from None
        return Stored(self._file.fileno(), at, values.dtype)

    def close(self) -> None:
        """Give the room back."""
        if self._file is not None:
            self._file.close()
            self._file = None


@attrs.frozen(eq=False)
class Stored:
    """An array in a file, which is read slice by slice."""

    _file: int
    _at: int
    dtype: Any

    def __getitem__(self, part: slice) -> Any:
        size = self.dtype.itemsize
        wanted = (part.stop - part.start) * size
        octets = b""
        while len(octets) < wanted:
            read = os.pread(self._file, wanted - len(octets), self._at + part.start * size + len(octets))
            if not read:
                raise ComityError("a temporary file was cut short while it was read")
            octets += read
        return np.frombuffer(octets, self.dtype)


@attrs.frozen(eq=False)
class StoredTexts:
    """An Arrow array of texts in a file."""

    _offsets: Stored
    _octets: Stored
    _present: Stored

    @classmethod
    def keep(cls, texts: Any, spill: Spill) -> StoredTexts:
        """Write an Arrow array of texts."""
        texts = texts.cast(pa.large_string())
        if isinstance(texts, pa.ChunkedArray):
            texts = texts.combine_chunks()
        present = valid_of(texts)
        texts = texts.fill_null("")
        offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
        octets = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
        return cls(spill.keep(offsets), spill.keep(octets), spill.keep(present))

    def slice(self, begin: int, count: int) -> Any:
        """Read some of the texts."""
        if not count:
            return texts([])
        offsets = self._offsets[begin : begin + count + 1]
        octets = self._octets[int(offsets[0]) : int(offsets[-1])]
        offsets = offsets - offsets[0]
        found = pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(octets))
        present = flags(self._present[begin : begin + count])
        return pa.compute.if_else(present, found.cast(pa.string()), text(None))


@attrs.frozen(eq=False)
class Piece:
    """The rows of one piece, in input order."""

    numbers: dict[str, Any]
    texts: dict[str, Any]

    def __len__(self) -> int:
        return len(self.numbers["at"])


class Pieces:
    """What the blocks dealt out to one pass."""

    def __init__(self) -> None:
        self._shares: list[tuple[Share, int]] = []
        self._kept = 0
        """How many of the shares are in the file."""

    def add(self, share: Share, before: int) -> None:
        """Take a block's share; `before` are the places of the blocks before it."""
        self._shares.append((share, before))

    def octets(self) -> int:
        """Give about how much memory the shares take."""
        return sum(
            values.nbytes
            for share, _ in self._shares[self._kept :]
            for values in (*share.numbers.values(), *share.texts.values())
        )

    def spill(self, file: Spill) -> None:
        """Move the shares to a file."""
        for index in range(self._kept, len(self._shares)):
            share, before = self._shares[index]
            numbers = {name: file.keep(values) for name, values in share.numbers.items()}
            texts = {name: StoredTexts.keep(values, file) for name, values in share.texts.items()}
            self._shares[index] = (Share(numbers, texts, share.begins), before)
        self._kept = len(self._shares)

    def rows(self) -> Ints:
        """Count the rows of each piece."""
        counts = [np.diff(share.begins) for share, _ in self._shares]
        return np.sum(counts, axis=0) if counts else np.zeros(1, np.int64)

    def take(self, number: int) -> Piece:
        """Give a piece; it is forgotten then."""
        parts = []
        for share, before in self._shares:
            begin, end = int(share.begins[number]), int(share.begins[number + 1])
            if begin < end:
                parts.append((share, before, begin, end))
        numbers: dict[str, Any] = {}
        names = {name for share, *_ in parts for name in share.numbers}
        for name in names - {"place"}:
            numbers[name] = _join(
                [
                    share.numbers[name][begin:end] if name in share.numbers else _zeros(share, begin, end)
                    for share, _, begin, end in parts
                ]
            )
        numbers["pos"] = _join(
            [share.numbers["place"][begin:end] + np.int64(before) for share, before, begin, end in parts]
        )
        numbers.setdefault("at", np.zeros(0, np.int64))
        found = {}
        for name in {name for share, *_ in parts for name in share.texts}:
            chunks = [
                share.texts[name].slice(begin, end - begin)
                if name in share.texts
                else pa.nulls(end - begin, pa.string())
                for share, _, begin, end in parts
            ]
            found[name] = pa.concat_arrays([chunk.cast(pa.string()) for chunk in chunks])
        return Piece(numbers, found)


def _zeros(share: Share, begin: int, end: int) -> Any:
    """Stand in for the further words of keys, and for a field that the block does not have."""
    return np.zeros(end - begin, np.uint64)


def _join(parts: list[Any]) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def each_piece(rows: Ints) -> Iterator[int]:
    """Yield the numbers of the pieces that have rows, the largest first."""
    for number in np.argsort(-rows, kind="stable").tolist():
        if rows[number]:
            yield number
