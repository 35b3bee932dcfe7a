"""Dates of messages as programs write them."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from comity_mail.dates import ZONES, DateError, read_date
from hypothesis import given
from hypothesis import strategies as st

CLOCK = "Tue, 4 Mar 2025 16:05:09"
PLAIN = dt.datetime(2025, 3, 4, 16, 5, 9)


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        ("+0530", 5.5),
        ("+05:30", 5.5),
        ("-03:00", -3),
        ("GMT+0530", 5.5),
        ("GMT-3", -3),
        ("UTC +02:00", 2),
        ("(CET) +0100", 1),
        ("+0100 (CET)", 1),
        ("+0100 CET", 1),
        ("+0100 (a (nested) comment)", 1),
        ("CEST", 2),
        ("cest", 2),
        ("EST", -5),
        ("PDT", -7),
        ("JST", 9),
        ("Z", 0),
    ],
)
def test_zones(zone: str, hours: float) -> None:
    moment = read_date(f"{CLOCK} {zone}")
    assert moment.at == PLAIN.replace(tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    assert moment.offset == dt.timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["IST", "XYZ", "A", "+0100 somewhere", "local", "Europe/Paris"])
def test_a_zone_that_nobody_knows_is_never_another_one(zone: str) -> None:
    with pytest.raises(DateError, match="which is not known"):
        read_date(f"{CLOCK} {zone}")


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 4 Mar 2025 4:05:09 PM",
        "Tue, 4 Mar 2025 04:05:09pm",
        "4 Mar 2025 16:05:09",
        "Tue Mar  4 16:05:09 2025",
        "Tue, 4 Mar 2025 16:05:09.250",
        "Tue, 04-Mar-25 16:05:09",
    ],
)
def test_times_without_a_zone_are_local(text: str) -> None:
    assert read_date(text).at == PLAIN


@pytest.mark.parametrize("text", ["Tue Mar  4 16:05:09 CET 2025", "Tue Mar  4 16:05:09 2025 +0100"])
def test_years_behind_the_time(text: str) -> None:
    assert read_date(text).at == PLAIN.replace(tzinfo=dt.timezone(dt.timedelta(hours=1)))


def test_a_time_from_nowhere_is_in_utc() -> None:
    moment = read_date(f"{CLOCK} -0000")
    assert (moment.at, moment.offset) == (PLAIN.replace(tzinfo=dt.UTC), None)


@pytest.mark.parametrize(
    "text", ["", "soon", "Tue, 32 Mar 2025 16:05:09 +0100", "4 Mar 2025 13:05 PM", "16:05"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(DateError):
        read_date(text)


@given(st.text(max_size=60) | st.sampled_from([*ZONES]).map(lambda zone: f"{CLOCK} {zone}"))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    with suppress(DateError):
        assert read_date(text).at.year
