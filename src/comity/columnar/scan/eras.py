"""Counting the years of a block of instants."""

from __future__ import annotations

import numpy as np

from comity.clock.eras import EARLY, LATE, YEAR, Eras
from comity.columnar.arrays import Ints

_MOST_YEARS = 4


def count_eras(at: Ints, low: int, high: int) -> Eras:
    """Count the instants of a block by year; they lie from `low` to `high`, in microseconds."""
    eras = Eras()
    if not len(at):
        return eras
    if high >= LATE or (low < EARLY and high >= 0):
        early, late = (at >= 0) & (at < EARLY), at >= LATE
        if early.any():
            eras.add_early(int(np.count_nonzero(early)), int(at[early].min()))
        if late.any():
            eras.add_late(int(np.count_nonzero(late)), high)
        at = at[~early & ~late]
        if not len(at):
            return eras
        low, high = int(at.min()), int(at.max())
    first, last = low // YEAR, high // YEAR
    if first == last:
        eras.add_year(first, len(at), low, high)
        return eras
    eras.widen(low, high)
    for year, count in enumerate(_by_year(at, first, last)):
        if count:
            eras.years[first + year] += count
    return eras


def _by_year(at: Ints, first: int, last: int) -> list[int]:
    if last - first < _MOST_YEARS:
        # A comparison for each year takes less time than a division for each instant.
        before = [int(np.count_nonzero(at < year * YEAR)) for year in range(first + 1, last + 1)]
        ends = [*before, len(at)]
        return [end - begin for begin, end in zip([0, *before], ends, strict=True)]
    counts: list[int] = np.bincount(at // YEAR - first).tolist()
    return counts
