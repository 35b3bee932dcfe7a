"""Clocks of local days: the plan's own functions, called once for each local day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from comity.clock.zones import Zone
from comity.plan import Span
from comity.plan.plan import Effective

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def of_days(zone: Zone, days: Ints, function: Callable[[Zone, int], int]) -> Ints:
    """Return a function of a zone and an instant for each local day, which all its instants share."""
    distinct, which = np.unique(days, return_inverse=True)
    values = [function(zone, zone.day_start(day)) for day in distinct.tolist()]
    return np.array(values, np.int64)[which.reshape(-1)]


def cuts(zone: Zone, days: Ints, span: Span) -> Ints:
    """Return for each local day the first instant whose deadline has not passed when the day begins.

    A deadline is the end of a local day and never goes back, so that the days whose deadlines have passed
    come first.
    """
    distinct, which = np.unique(days, return_inverse=True)
    found: list[int] = []
    before, passed = 0, 0
    for number, day in enumerate(distinct.tolist()):
        begun = zone.day_start(day)
        # As far before this day as it was before the last one is a good guess.
        first = day if number == 0 else day - before + passed
        while span.deadline(zone, zone.day_start(first - 1)) >= begun:
            first -= 1
        while span.deadline(zone, zone.day_start(first)) < begun:
            first += 1
        found.append(zone.day_start(first))
        before, passed = day, first
    return np.array(found, np.int64)[which.reshape(-1)]


def within(days: Ints, dates: tuple[Effective, ...]) -> Ints:
    """Return 1 for each local day on which rules of these dates judge, else 0."""
    met = np.ones(len(days), np.bool_)
    for each in dates:
        if each.start is not None:
            met &= days >= each.start
        if each.through is not None:
            met &= days <= each.through
    return met.astype(np.int64)
