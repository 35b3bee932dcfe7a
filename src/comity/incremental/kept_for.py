"""What a state keeps, for how long and for which rules: for people who want to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from comity.incremental.needed_rows import bit_of
from comity.incremental.store.manifest import Manifest
from comity.incremental.store.state_folder import StateFolder
from comity.incremental.store.stored_events import ROLES, int_column
from comity.plan.needs.retention import Need
from comity.records import frozen


@frozen
class KeptFor:
    """Events that are kept for the same length of time."""

    how_long: str
    rules: tuple[str, ...]
    events: int
    """How many there are; an event may be kept for several reasons."""
    oldest: int | None


def described(needs: Sequence[Need]) -> list[dict[str, Any]]:
    """Return what the manifest says of needs."""
    return [{"how_long": need.described(), "rules": list(need.rules)} for need in needs]


def kept_for(folder: StateFolder, manifest: Manifest) -> list[KeptFor]:
    """Return what a folder keeps for each length of time."""
    tables = [folder.read(segment, [ROLES, "at"]) for segment in manifest.now.segments]
    found = []
    for number, each in enumerate(manifest.kept):
        events, oldest = 0, None
        for table in tables:
            mine = (int_column(table, ROLES) & bit_of(number)) != 0
            if mine.any():
                events += int(np.count_nonzero(mine))
                first = int(int_column(table, "at")[mine].min())
                oldest = first if oldest is None else min(oldest, first)
        found.append(KeptFor(each["how_long"], tuple(each["rules"]), events, oldest))
    return found
