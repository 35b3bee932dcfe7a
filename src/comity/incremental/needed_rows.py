"""Which stored events are still needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from comity.columnar.scan.block_selectors import BlockSelectors
from comity.columns.event_columns import EventColumns
from comity.events.channels.channel import Channels
from comity.plan.needs.retention import Need

_MOST = 62
"""The most needs that have a bit of their own; the last bit stands for the others, and is kept for ever."""
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def bit_of(number: int) -> np.int64:
    """Return the bit of a need."""
    return np.int64(1) << np.int64(min(number, _MOST))


def roles_of(columns: EventColumns, needs: Sequence[Need], channels: Channels) -> Ints:
    """Return for each event a bit for each need that keeps it."""
    roles = np.zeros(len(columns), np.int64)
    if not len(columns):
        return roles
    selectors = BlockSelectors(columns, channels)
    for number, need in enumerate(needs):
        roles |= np.where(selectors.holds(need.events), bit_of(number), np.int64(0))
    return roles


def still_needed(
    roles: Ints, at: Ints, needs: Sequence[Need], settled: int | None, as_of: int | None
) -> Bools:
    """Return which events a later one can still need."""
    found = np.zeros(len(roles), np.bool_)
    for number, need in enumerate(needs):
        earliest = None if number >= _MOST else need.earliest(settled, as_of)
        mine = (roles & bit_of(number)) != 0
        found |= mine if earliest is None else mine & (at >= earliest)
    return found
