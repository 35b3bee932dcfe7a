"""How many numbers in a stretch of an array are below a bound, for many stretches and bounds at once."""

from __future__ import annotations

import numpy as np

from comity.columnar.arrays import Bools, Ints, width_of


class RangeCounts:
    """An array of numbers that are not negative, sorted bit by bit (a wavelet matrix).

    Each bit costs a pass over the array once, and a pass over the stretches each time.
    """

    def __init__(self, values: Ints) -> None:
        self._width = width_of(int(values.max(initial=0)) + 1)
        self._levels: list[tuple[int, Ints, int]] = []
        for bit in reversed(range(self._width)):
            zero: Bools = (values >> bit) & 1 == 0
            ranks = np.zeros(len(values) + 1, np.int64)
            np.cumsum(zero, out=ranks[1:])
            self._levels.append((bit, ranks, int(ranks[-1])))
            values = np.concatenate((values[zero], values[~zero]))

    def below(self, low: Ints, high: Ints, bounds: Ints) -> Ints:
        """For each stretch from `low` up to `high`, count the numbers below its bound."""
        found = np.zeros(len(low), np.int64)
        over = bounds >> self._width > 0
        sizes = high - low
        for bit, ranks, zeros in self._levels:
            first, last = ranks[low], ranks[high]
            one: Bools = (bounds >> bit) & 1 == 1
            found += np.where(one, last - first, 0)
            low = np.where(one, zeros + low - first, first)
            high = np.where(one, zeros + high - last, last)
        found[over] = sizes[over]
        return found
