"""Arrow columns as trimmed texts, and what kinds of texts they have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columns.arrow_arrays import bytes_of, valid_of
from comity.columns.event_columns import Coded

WHITE_SPACE = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that `str.strip` removes: asking each character for it takes 10 ms of every start."""
_SPACE, _ASCII = 32, 128


def is_text(kind: pa.DataType) -> bool:
    """Return whether an Arrow type holds text."""
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def is_plain(kind: pa.DataType) -> bool:
    """Return whether cells of an Arrow type are texts, numbers or booleans, dictionary-encoded or not."""
    types = pa.types
    if types.is_dictionary(kind):
        return is_plain(kind.value_type)
    return bool(
        is_text(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_boolean(kind)
        or types.is_null(kind)
    )


def as_texts(column: pa.Array) -> pa.Array:
    """Return an Arrow column as an array of trimmed strings."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    if _has_edges(column):
        column = pc.utf8_trim(column, characters=WHITE_SPACE)
    return column


def _has_edges(texts: pa.Array) -> bool:
    """Return whether any text may begin or end with white space."""
    if not len(texts):
        return False
    offsets, data = bytes_of(texts)
    lengths = np.diff(offsets)
    length = int(lengths[0])
    if length and (lengths == length).all():
        # Texts of one length, such as times, have their first characters at equal distances.
        part = data[int(offsets[0]) : int(offsets[-1])]
        return _are_edges(part[::length], part[length - 1 :: length])
    first, last = offsets[:-1], offsets[1:] - 1
    if (last < first).any():
        filled = last >= first
        first, last = first[filled], last[filled]
        if not len(first):
            return False
    return _are_edges(data[first], data[last])


def _are_edges(*data: NDArray[np.uint8]) -> bool:
    return any(int(edge.min()) <= _SPACE or int(edge.max()) >= _ASCII for edge in data)


def is_wide(texts: pa.Array) -> bool:
    """Return whether any text has a character outside ASCII."""
    offsets, data = bytes_of(texts)
    part = data[int(offsets[0]) : int(offsets[-1])]
    return bool(len(part) and int(part.max()) >= _ASCII)


def is_empty(texts: pa.Array) -> NDArray[np.bool_]:
    """Return for each text whether it is empty or null."""
    offsets, _ = bytes_of(texts)
    empty: NDArray[np.bool_] = offsets[1:] == offsets[:-1]
    if texts.null_count:
        empty = empty | ~valid_of(texts)
    return empty


def lengths_of(texts: pa.Array) -> NDArray[np.integer[Any]]:
    """Return the length of each text in bytes."""
    return np.diff(bytes_of(texts)[0])


def is_sound(texts: pa.Array) -> bool:
    """Return whether all texts are valid UTF-8 without NUL."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    offsets, data = bytes_of(texts)
    part = data[int(offsets[0]) : int(offsets[-1])] if len(texts) else data[:0]
    return bool(part.all())


def constant(value: object, count: int) -> Coded:
    """Return a column that has one value in each of `count` rows."""
    return Coded(np.zeros(count, np.int32), [value])
