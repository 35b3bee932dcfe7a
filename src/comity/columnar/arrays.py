"""Array types, all of shape (n,), and a few operations that numpy does not have."""

from __future__ import annotations

from collections.abc import Sequence
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
_DIGIT = 16


def stable_order(keys: Sequence[Words], bits: Sequence[int], order: Ints | None = None) -> Ints:
    """Return the order of rows by unsigned keys, the most significant key first; equal rows stay in `order`.

    `bits` says how many low bits of each key count. This is a radix sort: numpy's stable argsort of 16-bit
    numbers is several times as fast as a comparison sort of 64-bit ones.
    """
    for key, width in zip(reversed(keys), reversed(bits), strict=True):
        for shift in range(0, width, _DIGIT):
            shifted = key >> np.uint64(shift) if shift else key
            digit: Numbers = shifted.astype(np.uint8 if width - shift <= 8 else np.uint16)
            if width - shift < _DIGIT and width - shift != 8:
                digit &= digit.dtype.type((1 << min(width - shift, 8 * digit.itemsize)) - 1)
            if order is None:
                order = np.argsort(digit, kind="stable")
            else:
                order = order[np.argsort(digit[order], kind="stable")]
    return np.arange(len(keys[0])) if order is None else order


def width_of(largest: int) -> int:
    """Return how many bits a number needs, at least one."""
    return max(int(largest).bit_length(), 1)


def running_count(marked: Bools) -> Ints:
    """Count the marked rows up to and including each row."""
    counts: Ints = np.cumsum(marked, dtype=np.int64)
    return counts


def last_index_before(marked: Bools, starts: Ints) -> Ints:
    """Return for each row the index of the last marked row before it, from its `starts` on, or -1."""
    found = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
    before = np.empty_like(found)
    before[:1] = -1
    before[1:] = found[:-1]
    before[before < starts] = -1
    return before


def first_index_after(marked: Bools, ends: Ints) -> Ints:
    """Return for each row the index of the first marked row after it, before its `ends`, or -1."""
    size = len(marked)
    found = np.minimum.accumulate(np.where(marked, np.arange(size), size)[::-1])[::-1]
    after = np.empty_like(found)
    after[-1:] = size
    after[:-1] = found[1:]
    after[after >= ends] = -1
    return after


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
