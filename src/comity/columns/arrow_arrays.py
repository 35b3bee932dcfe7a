"""Arrow arrays from numpy arrays and lists of texts, and back.

They are made of their buffers: `pyarrow.array` and `pyarrow.scalar` import pandas where it is installed,
which takes as long as a small audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_TYPES = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
}
_END = 2**62
"""A place in a text that is after the end of every one."""


def numbers(values: NDArray[Any], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    """Return an Arrow array of numbers, null where `missing` is true."""
    plain = np.ascontiguousarray(values)
    valid = None if missing is None or not missing.any() else _bits(~missing)
    return pa.Array.from_buffers(_TYPES[plain.dtype.name], len(plain), [valid, pa.py_buffer(plain)])


def flags(values: NDArray[np.bool_]) -> pa.Array:
    """Return an Arrow array of booleans."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Return an Arrow array of texts."""
    raw = [b"" if value is None else value.encode() for value in values]
    ends = np.zeros(len(raw) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, raw), np.int32, len(raw)), out=ends[1:])
    missing = np.array([value is None for value in values], np.bool_)
    valid = _bits(~missing) if missing.any() else None
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(raw))]
    return pa.Array.from_buffers(pa.string(), len(raw), buffers)


def _bits(values: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))


@lru_cache(maxsize=4096)
def text(value: str | None) -> pa.Scalar:
    """Return an Arrow scalar of a text."""
    return texts([value])[0]


def joined(*pieces: pa.Array | str) -> pa.Array:
    """Return the pieces as one text in each row; a piece is an Arrow array, or a text for all rows.

    A row with a null is null.
    """
    places = [place for place, piece in enumerate(pieces) if not isinstance(piece, str)]
    if len(places) == 1:
        # Arrow replaces a slice, here an empty one, in a third of the time in which it joins texts.
        place = places[0]
        found = pieces[place]
        for begin, around in ((0, pieces[:place]), (_END, pieces[place + 1 :])):
            if around:
                found = pc.binary_replace_slice(found, begin, begin, "".join(around))
        return found
    scalars = [text(piece) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*scalars, text(""))


def filled(values: pa.Array, what: str) -> pa.Array:
    """Return texts with a text in place of nulls."""
    return pc.fill_null(values, text(what)) if values.null_count else values


def values_of(column: pa.Array) -> NDArray[Any]:
    """Return the numbers of an Arrow array, with any number in place of nulls."""
    if not len(column):
        return np.zeros(0, str(column.type))
    found = np.frombuffer(column.buffers()[1], str(column.type))
    return found[column.offset : column.offset + len(column)]


def valid_of(column: pa.Array) -> NDArray[np.bool_]:
    """Return which values of an Arrow array are not null."""
    if not column.null_count:
        return np.ones(len(column), np.bool_)
    bitmap = column.buffers()[0]
    return np.zeros(len(column), np.bool_) if bitmap is None else _unpacked(bitmap, column)


def _unpacked(bitmap: pa.Buffer, column: pa.Array) -> NDArray[np.bool_]:
    if not len(column):
        return np.zeros(0, np.bool_)
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
    return bits[column.offset : column.offset + len(column)].astype(np.bool_)


def encoded(column: pa.Array) -> tuple[NDArray[np.int32], list[Any]]:
    """Return the code of each row, and the distinct values; None is one of them where there is a null."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values = column.dictionary.to_pylist()
    codes = values_of(column.indices).astype(np.int32, copy=False)
    if column.indices.null_count:
        codes = np.where(valid_of(column.indices), codes, np.int32(len(values)))
        values.append(None)
    return codes, values


def bytes_of(column: pa.Array) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return where each text begins and the last one ends, and the bytes of all texts."""
    _, offsets, data = column.buffers()
    wide = np.int64 if pa.types.is_large_string(column.type) else np.int32
    found = np.frombuffer(offsets, wide)[column.offset : column.offset + len(column) + 1]
    return found, np.frombuffer(b"" if data is None else data, np.uint8)


def together(columns: Sequence[pa.Array | None], sizes: Sequence[int]) -> pa.Array | None:
    """Return arrays of texts one after another, with nulls for an array that is None; None where all are."""
    if all(column is None for column in columns):
        return None
    return pa.concat_arrays(
        [
            pa.nulls(size, pa.string()) if column is None else column.cast(pa.string())
            for column, size in zip(columns, sizes, strict=True)
        ]
    )
