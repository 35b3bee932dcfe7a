"""The runs of a zone (times of one offset) for many instants; only runs in which instants lie are made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from comity.clock.zones import STRETCH, OffsetRun, Zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_FEW = 8
"""Up to this many stretches are all taken, without a look at which of them have instants."""


def stretches_of(instants: Ints) -> list[int]:
    """Return the numbers of the stretches in which instants lie, ascending; there must be an instant.

    One instant of the year 9999 in a log of today adds one stretch, not all the stretches between.
    """
    first, last = int(instants.min()) // STRETCH, int(instants.max()) // STRETCH
    if last - first < _FEW:
        return list(range(first, last + 1))
    there = np.zeros(last - first + 1, np.bool_)
    there[instants // STRETCH - first] = True
    numbers: list[int] = (np.flatnonzero(there) + first).tolist()
    return numbers


def runs_in(zone: Zone, numbers: Iterable[int]) -> list[OffsetRun]:
    """Return the runs of a zone in some stretches, ascending; none is longer than its stretch."""
    runs: list[OffsetRun] = []
    for number in numbers:
        run = zone.run(number * STRETCH)
        while run.end < (number + 1) * STRETCH:
            runs.append(run)
            run = zone.run(run.end)
        runs.append(run)
    return runs


def longest_row(numbers: list[int]) -> tuple[int, int]:
    """Return the first instant of the longest row of ascending stretches without a gap, and that after it."""
    apart = np.flatnonzero(np.diff(np.array([numbers[0] - 2, *numbers, numbers[-1] + 2])) > 1)
    lengths = np.diff(apart)
    best = int(lengths.argmax())
    begin = numbers[int(apart[best])]
    return begin * STRETCH, (begin + int(lengths[best])) * STRETCH


def column(runs: list[OffsetRun], name: str) -> Ints:
    """Return the attribute `name` of all runs."""
    return np.array([getattr(run, name) for run in runs], np.int64)
