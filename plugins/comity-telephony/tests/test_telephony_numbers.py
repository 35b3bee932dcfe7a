"""Numbers and the zones in which they ring."""

from __future__ import annotations

import zoneinfo

import pytest
from comity_telephony.numbers import _ISLANDS, e164, normalise, zones
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "region", "written"),
    [
        ("+1 (303) 555-0123", None, "+13035550123"),
        ("tel:+1-303-555-0123", None, "+13035550123"),
        ("303 555 0123", "US", "+13035550123"),
        ("13035550123", "US", "+13035550123"),
        ("0044 20 7946 0958", "DE", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
    ],
)
def test_numbers_have_one_form(text: str, region: str | None, written: str) -> None:
    assert normalise(text, region) == written


@pytest.mark.parametrize(
    ("text", "region"),
    [("1000", "DE"), ("200", "US"), ("5550123", "US"), ("301", "FR"), ("s", "US"), ("*97", "US"), ("", None)],
)
def test_an_extension_is_no_number(text: str, region: str | None) -> None:
    assert e164(text, region) is None


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(ValueError, match="names no country, and no region is given"):
        normalise("303 555 0123")
    with pytest.raises(ValueError, match="too short or too long"):
        normalise("+1303")


def test_every_zone_of_a_number_that_does_not_settle_it() -> None:
    assert zones({"number": "+13035550123"}) == ["America/Denver"]
    toll_free = zones({"number": "+18005550123"})
    assert len(toll_free) > 20
    assert toll_free == zones({"number": "+18005550123"})
    assert set(toll_free) <= zoneinfo.available_timezones()
    for nothing in ("3035550123", 13035550123, "200", "", "+999", "ann"):
        assert list(zones({"number": nothing})) == []
    assert zones({"number": "200", "phone": "+442079460958"}) == ["Europe/London"]


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+18765550123", "America/Jamaica"),
        ("+12425550123", "America/Nassau"),
        ("+16715550123", "Pacific/Guam"),
        ("+17875550123", "America/Puerto_Rico"),
    ],
)
def test_islands_have_a_zone_of_their_own(number: str, zone: str) -> None:
    assert list(zones({"number": number})) == [zone]
    assert set(_ISLANDS.values()) <= zoneinfo.available_timezones()


def test_every_zone_that_is_known_is_one() -> None:
    from phonenumbers.tzdata import TIMEZONE_DATA

    known = {zone for found in TIMEZONE_DATA.values() for zone in found}
    assert known - zoneinfo.available_timezones() == set()


@given(
    st.text(max_size=30) | st.from_regex(r"\+?[0-9 ()*#-]{1,20}", fullmatch=True),
    st.sampled_from([None, "US", "DE"]),
)
def test_a_written_number_is_written_the_same_again(text: str, region: str | None) -> None:
    written = e164(text, region)
    if written is not None:
        assert normalise(written) == written
        assert written[0] == "+"
        assert written[1:].isdigit()
    zones({"number": text})
