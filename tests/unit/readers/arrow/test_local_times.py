"""Local times read by columns: those that are read at once are those that a zone has exactly once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.clock.instants import DAY, HOUR, MINUTE
from comity.clock.zones import find_zone
from comity.readers.arrow.times import read_times
from comity.readers.mapping.mapping import FieldRule

ZONES = (
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Apia",  # left out a day
    "Africa/Casablanca",  # changes twice within weeks
    "Africa/Monrovia",  # changed by 44 minutes and 30 seconds
    "Antarctica/Troll",
    "Asia/Kolkata",
)
STARTS = (1971, 1990, 2011, 2024, 2031)


def _walls(year: int, zone: str) -> list[int]:
    """Return local times of two years, close together around each change of the offset."""
    first = (np.datetime64(f"{year}-01-01") - np.datetime64("1970-01-01")).astype(int).item() * DAY
    walls = list(range(first, first + 730 * DAY, 7 * DAY + 5 * HOUR))
    run = find_zone(zone).run(first)
    while run.end < first + 730 * DAY:
        walls += [run.end + run.offset + minutes * MINUTE for minutes in range(-1800, 1801, 29)]
        run = find_zone(zone).run(run.end)
    return walls


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", STARTS)
def test_local_times_near_changes_are_those_of_the_zone(year: int, zone: str) -> None:
    walls = _walls(year, zone)
    found = read_times(pa.array(walls, pa.timestamp("us")), FieldRule("at"), find_zone(zone))
    assert found is not None
    exact = 0
    for wall, instant, suspect in zip(walls, found.instants.tolist(), found.suspect.tolist(), strict=True):
        expected, how = find_zone(zone).wall_to_instant(wall)
        if not suspect:
            assert (instant, "exact") == (expected, how), wall
        exact += not suspect
    assert exact > len(walls) / 2


@given(
    st.sampled_from(ZONES), st.lists(st.integers(-(10**9), 4 * 10**9), min_size=1, max_size=8), st.booleans()
)
def test_local_times_of_any_years_are_those_of_the_zone(zone: str, seconds: list[int], near: bool) -> None:
    walls = [second * 1_000_000 for second in seconds]
    if near:
        run = find_zone(zone).run(walls[0])
        walls += [run.end + run.offset + minutes * MINUTE for minutes in (-90, -45, -1, 0, 1, 45, 90)]
    walls = [wall for wall in walls if abs(wall) < 8 * 10**15]
    found = read_times(pa.array(walls, pa.timestamp("us")), FieldRule("at"), find_zone(zone))
    assert found is not None
    for wall, instant, suspect in zip(walls, found.instants.tolist(), found.suspect.tolist(), strict=True):
        expected, how = find_zone(zone).wall_to_instant(wall)
        assert suspect or (instant, "exact") == (expected, how)
