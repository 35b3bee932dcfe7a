"""Array types, all of shape (n,), and a few operations that numpy does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Codes = NDArray[np.int32]
    Words = NDArray[np.uint64]
    Bytes = NDArray[np.uint8]
    Numbers = NDArray[Any]
else:
    # Importing numpy's types takes a third of the time of importing numpy.
    Bools = Ints = Codes = Words = Bytes = Numbers = np.ndarray
NONE = np.iinfo(np.int64).min
"""The value that stands for no instant."""
WORD = 64
"""How many bits there are in one of the words that keys are made of."""


def stable_order(keys: Sequence[Words], bits: Sequence[int], order: Ints | None = None) -> Ints:
    """Return the order of rows by unsigned keys, the most significant key first; equal rows stay in `order`.

    `bits` says how many low bits of each key count. As many bits of the keys as there is room for are put
    into one word before the place of the row: sorting such words alone, which have no equals, takes numpy a
    third of the time of a stable argsort. Longer keys take several rounds, the least significant bits first.
    """
    count = len(keys[0])
    low = index_bits(count)
    index = np.arange(count, dtype=np.uint64)
    for digit in _digits(keys, bits, WORD - low):
        placed = digit if order is None else digit.take(order)
        placed <<= np.uint64(low)
        placed |= index
        placed.sort()
        placed &= np.uint64((1 << low) - 1)
        found = placed.view(np.int64)
        order = found if order is None else order.take(found)
    return np.arange(count) if order is None else order


def index_bits(count: int) -> int:
    """Return how many bits the place of one of `count` rows needs; `stable_order` sorts by the others."""
    return width_of(count - 1)


def _digits(keys: Sequence[Words], bits: Sequence[int], room: int) -> Iterator[Words]:
    """Yield the bits of keys in words of `room` bits, the least significant word first."""
    digit, filled = np.zeros(0, np.uint64), 0
    for key, width in zip(reversed(keys), reversed(bits), strict=True):
        done = 0
        while done < width:
            size = min(room - filled, width - done)
            part = key >> np.uint64(done)
            part &= np.uint64((1 << size) - 1)
            if filled:
                part <<= np.uint64(filled)
                part |= digit
            digit, filled, done = part, filled + size, done + size
            if filled == room:
                yield digit
                filled = 0
    if filled:
        yield digit


def width_of(largest: int) -> int:
    """Return how many bits a number needs, at least one."""
    return max(int(largest).bit_length(), 1)


def running_count(marked: Bools) -> Ints:
    """Count the marked rows up to and including each row."""
    counts: Ints = np.cumsum(marked, dtype=np.int64)
    return counts


def last_index_before(marked: Bools, starts: Ints, rows: Ints) -> Ints:
    """Return for some ascending rows the index of the last marked row before each, or -1.

    It is not before the row's `starts`, which has a value for each row of `marked`.
    """
    places = np.flatnonzero(marked)
    if not len(places):
        return np.full(len(rows), -1)
    index = np.searchsorted(places, rows) - 1
    found = places.take(np.maximum(index, 0))
    found[(index < 0) | (found < starts.take(rows))] = -1
    return found


def first_index_after(marked: Bools, ends: Ints, rows: Ints) -> Ints:
    """Return for some ascending rows the index of the first marked row after each, or -1.

    It is before the row's `ends`, which has a value for each row of `marked`.
    """
    places = np.flatnonzero(marked)
    if not len(places):
        return np.full(len(rows), -1)
    index = np.searchsorted(places, rows, "right")
    found = places.take(np.minimum(index, len(places) - 1))
    found[(index == len(places)) | (found >= ends.take(rows))] = -1
    return found


def bisect(values: Ints, low: Ints, high: Ints, wanted: Ints) -> Ints:
    """Return for each row the first index in the ascending `values[low:high]` of at least `wanted`."""
    low, high = low.copy(), high.copy()
    while True:
        open_ = np.flatnonzero(low < high)
        if not len(open_):
            return low
        middle = (low[open_] + high[open_]) >> 1
        below = values[middle] < wanted[open_]
        low[open_[below]] = middle[below] + 1
        high[open_[~below]] = middle[~below]


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return the ranges that begin at `starts` and have these lengths, one after another."""
    total = int(lengths.sum())
    offsets = np.cumsum(lengths) - lengths
    return np.arange(total) - np.repeat(offsets - starts, lengths)


def concatenated(parts: Sequence[Numbers], kind: type[np.generic] = np.int64) -> Numbers:
    """Return arrays one after another; an empty array of type `kind` if there are none."""
    return np.concatenate(parts) if parts else np.zeros(0, kind)
