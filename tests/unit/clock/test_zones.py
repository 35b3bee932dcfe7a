from __future__ import annotations

import datetime as dt
import re
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.clock import zone_names
from comity.clock.instants import DAY, HOUR, MINUTE, date_to_day, datetime_to_micros, parse_instant
from comity.clock.zones import find_zone, find_zones
from comity.errors import EventError

NAMES = (
    "America/New_York",
    "America/Havana",
    "Europe/Paris",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "America/Sao_Paulo",
)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
CHANGES = [
    parse_instant(text)
    for text in (
        "2024-03-10T07:00:00Z",
        "2024-11-03T06:00:00Z",
        "2024-11-03T05:00:00Z",
        "2025-03-09T05:00:00Z",
        "2025-03-30T01:00:00Z",
        "2011-12-30T10:00:00Z",
        "2017-02-19T02:00:00Z",
        "2024-04-06T15:00:00Z",
        "2025-12-31T23:00:00Z",
    )
]
instants = st.integers(-10 * 365 * DAY, 80 * 365 * DAY) | st.builds(
    lambda change, off: change + off, st.sampled_from(CHANGES), st.integers(-26 * HOUR, 26 * HOUR)
)


def moment(instant: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=instant)


@given(st.sampled_from(NAMES), instants)
def test_the_wall_clock_is_the_database_s(name: str, instant: int) -> None:
    local = moment(instant).astimezone(zoneinfo.ZoneInfo(name)).replace(tzinfo=None)
    assert find_zone(name).wall(instant) == datetime_to_micros(local)[0]


@given(st.sampled_from(NAMES), instants)
def test_a_local_day_is_the_latest_begun(name: str, instant: int) -> None:
    zone = zoneinfo.ZoneInfo(name)
    earlier = [instant - step * 15 * MINUTE for step in range(4 * 27)]
    seen = max(moment(t).astimezone(zone).date() for t in earlier)
    day = find_zone(name).local_day(instant)
    assert day >= date_to_day(seen)
    assert find_zone(name).day_start(day) <= instant < find_zone(name).day_start(day + 1)


@given(st.sampled_from(NAMES), instants)
def test_a_day_starts_when_the_clock_first_shows_it(name: str, instant: int) -> None:
    zone = find_zone(name)
    day = zone.local_day(instant)
    start = zone.day_start(day)
    assert zone.wall(start) // DAY >= day
    assert all(zone.wall(start - 1 - step) // DAY < day for step in range(0, 26 * HOUR, 15 * MINUTE))


@given(st.sampled_from(NAMES), instants)
def test_a_wall_time_is_read_as_its_first_occurrence(name: str, instant: int) -> None:
    zone = find_zone(name)
    wall = zone.wall(instant)
    found, how = zone.wall_to_instant(wall)
    assert zone.wall(found) == wall
    assert found <= instant
    assert how == ("exact" if found == instant and how != "fold" else "fold")


@pytest.mark.parametrize(
    ("zone", "wall", "instant", "how"),
    [
        ("America/New_York", "2025-03-09 02:30", "2025-03-09T07:30:00Z", "gap"),
        ("America/New_York", "2025-11-02 01:30", "2025-11-02T05:30:00Z", "fold"),
        ("America/New_York", "2025-11-02 02:00", "2025-11-02T07:00:00Z", "exact"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00:00Z", "gap"),
        ("America/Havana", "2025-03-09 00:00", "2025-03-09T05:00:00Z", "gap"),
        ("+05:30", "2025-01-01 00:00", "2024-12-31T18:30:00Z", "exact"),
    ],
)
def test_gaps_and_folds(zone: str, wall: str, instant: str, how: str) -> None:
    micros = datetime_to_micros(dt.datetime.fromisoformat(wall))[0]
    assert find_zone(zone).wall_to_instant(micros) == (parse_instant(instant), how)


def test_a_skipped_day_begins_and_ends_at_once() -> None:
    zone = find_zone("Pacific/Apia")
    skipped = date_to_day(dt.date(2011, 12, 30))
    assert zone.day_start(skipped) == zone.day_start(skipped + 1) == parse_instant("2011-12-30T10:00:00Z")


@pytest.mark.parametrize(
    "text", ["Europe/Pariss", "../etc/passwd", "America", "+25:00", "+5", "", "EST5EDT6"]
)
def test_an_unknown_zone_is_refused(text: str) -> None:
    with pytest.raises(EventError, match="is not a time zone"):
        find_zone(text)


def test_several_zones_are_separated_by_spaces() -> None:
    assert [zone.name for zone in find_zones("Europe/Paris +02:00")] == ["Europe/Paris", "+02:00"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("PST", "did you mean `America/Los_Angeles`?"),
        ("pdt", "did you mean `America/Los_Angeles`?"),
        ("AEDT", "did you mean `Australia/Sydney`?"),
        ("IST", "it stands for several: write `Asia/Kolkata`, `Europe/Dublin` or `Asia/Jerusalem`"),
        ("CST", "it stands for several: write `America/Chicago` or `Asia/Shanghai`"),
        ("Z", "did you mean `UTC`?"),
        ("America/Los Angeles", "did you mean `America/Los_Angeles`?"),
        ("america/SAO_PAULO", "did you mean `America/Sao_Paulo`?"),
        ("Los Angeles", "did you mean `America/Los_Angeles`?"),
        ("Madrid", "did you mean `Europe/Madrid`?"),
        ("Europe/Madrit", "did you mean `Europe/Madrid`?"),
        ("Pacific Standard Time", "did you mean `America/Los_Angeles`?"),
        ("UTC+3", "did you mean `+03:00`?"),
        ("GMT-03:30", "did you mean `-03:30`?"),
        ("-3:30", "did you mean `-03:30`?"),
        ("America/Seattle", "write an IANA name such as `Europe/Paris` or an offset such as `+05:30`"),
        ("Etc/GMT+30", "write an IANA name such as `Europe/Paris` or an offset such as `+05:30`"),
        ("+05:75", "write an IANA name"),
        ("localtime", "what it means depends on the machine"),
        ("posixrules", "what it means depends on the machine"),
        ("Factory", "what it means depends on the machine"),
        ("FACTORY", "what it means depends on the machine"),
        ("right/Europe/Madrid", "not every machine has it; write `Europe/Madrid`"),
        ("posix/Europe/Madrid", "not every machine has it; write `Europe/Madrid`"),
    ],
)
def test_what_is_no_zone_is_refused_with_advice(text: str, advice: str) -> None:
    for find in (find_zone, find_zones):
        with pytest.raises(EventError, match=re.escape(f"`{text}` is not a time zone: {advice}")):
            find(text)


def test_advice_names_zones_that_there_are() -> None:
    names = {name for meant in zone_names._MEANT.values() for name in meant}
    for name in names | set(zone_names.FIXED) | set(zone_names.FIXED.values()):
        assert find_zone(name).name == name


@pytest.mark.parametrize("name", ["EST", "MST", "HST", "GMT", "Etc/GMT+5", "Etc/GMT-11"])
def test_zones_without_summer_time_are_zones_and_are_told(name: str) -> None:
    zone = find_zone(name)
    january, july = (parse_instant(f"2025-{month}-01T12:00:00Z") for month in ("01", "07"))
    assert zone.wall(july) - july == zone.wall(january) - january
    assert zone_names.without_summer_time(name) is not None


@pytest.mark.parametrize("name", ["EST5EDT", "CET", "UTC", "America/Phoenix", "Etc/UTC", "Etc/GMT", "-05:00"])
def test_other_zones_are_not_told(name: str) -> None:
    assert zone_names.without_summer_time(find_zone(name).name) is None
