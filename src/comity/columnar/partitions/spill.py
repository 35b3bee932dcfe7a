"""Arrays in a temporary file, for what does not fit in memory."""

from __future__ import annotations

import os
import tempfile
import weakref
from threading import Lock
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Numbers
from comity.columns.arrow_arrays import bytes_of, flags, text, texts, valid_of
from comity.errors import ComityError, system_reason
from comity.records import frozen


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


@frozen(eq=False)
class Stored:
    """An array in a file, read slice by slice."""

    _file: Spill
    _at: int
    dtype: np.dtype[Any]

    def __getitem__(self, part: slice) -> Numbers:
        size = self.dtype.itemsize
        data = self._file.read(self._at + part.start * size, (part.stop - part.start) * size)
        return np.frombuffer(data, self.dtype)


@frozen(eq=False)
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
