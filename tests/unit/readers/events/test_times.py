from __future__ import annotations

import datetime as dt
import re
import time

import pytest
from conftest import Read
from hypothesis import given
from hypothesis import strategies as st

from comity.clock.instants import parse_iso
from comity.clock.zones import UTC
from comity.errors import EventError, UsageError
from comity.events.event import Event
from comity.plan.time.field_spans import own_deadline
from comity.readers import FieldRule
from comity.readers.events.cells import Bad, Cells
from comity.readers.events.times import TimeColumn

S = 1_000_000


def micros(*parts: int) -> int:
    return (dt.datetime(*parts) - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)  # type: ignore[arg-type]


def ats(read: Read, *texts: str, **options: object) -> list[int]:
    rows = "".join(f'a,"{text}"\n' for text in texts)
    return [event.at for event in read("person,at\n" + rows, **options).events]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-03-01T09:30:00Z", micros(2025, 3, 1, 9, 30)),
        ("2025-03-01 09:30:00+02:00", micros(2025, 3, 1, 7, 30)),
        ("2025-03-01t09:30:00.1234567z", micros(2025, 3, 1, 9, 30, 0, 123456)),
        (" 2025-03-01 09:30 UTC ", micros(2025, 3, 1, 9, 30)),
        ("1969-12-31T23:59:59.5Z", -500_000),
        ("2025-03-01T09:30:00,25Z", micros(2025, 3, 1, 9, 30, 0, 250_000)),
        ("2025-03-01 09:30:00.5 utc", micros(2025, 3, 1, 9, 30, 0, 500_000)),
        ("2025-03-01T09:30-03:30", micros(2025, 3, 1, 13)),
        ("2025-03-01 09:30:00-0330", micros(2025, 3, 1, 13)),
        ("2025-03-01 09:30:00+02", micros(2025, 3, 1, 7, 30)),
        ("2025-03-01 09:30:00 +02:00", micros(2025, 3, 1, 7, 30)),
    ],
)
def test_iso_times(read: Read, text: str, at: int) -> None:
    assert ats(read, text) == [at]
    assert ats(read, text, "2025-03-01T09:30:00.5Z") == [at, micros(2025, 3, 1, 9, 30, 0, 500_000)]


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30",
        "20250301T093000Z",
        "2025-03-01T24:00:00Z",
        "2025-W09-6",
        "x",
        "2025-03-01T9:30Z",
        "0000-01-01",
        "2025-03-01T09:60Z",
        "2025-03-01T09:30:60Z",
        "2025-03-01Z",
        "2025-03-01+02:00",
        "2025-03-01  09:30",
        "2025-03-01 9:30",
        "2025-03-01T09:30Z+02:00",
        "2025-03-01 09:30 CET",
        "2025-03-01 09:30:00 GMT+2",
        "2025-03-01_09:30",
    ],
)
def test_what_is_no_time_is_rejected(read: Read, text: str) -> None:
    for other in ("2025-03-01T09:30:00Z", "2025-03-01 09:30", text):
        result = read(f"person,at\na,{text}\nb,2025-03-01T09:30:00Z\nc,{other}\n", timezone="UTC")
        assert [event.person for event in result.events] == ["b", "c"][: 1 + (other != text)]
        assert result.reasons[1].startswith(f"`{text}` is not a date and time")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2025-07-04 16.45", "write the time as `16:45`"),
        ("2025-07-04T16,45Z", "write the time as `16:45`"),
        ("2025-07-04 16.45.10", "write the time as `16:45:10`"),
        ("2025-07-04T16:45.25Z", "a fraction is one of seconds, such as `16:45:00.25`"),
        ("2025-07-04T16:45,5", "a fraction is one of seconds, such as `16:45:00.5`"),
        ("2025-07-04T1645.5Z", "write the time with colons"),
        ("2025-07-04T164510Z", "write the time with colons"),
        ("2025-07-04T16451099Z", "write the time with colons"),
        ("2025-07-04T164Z", "write the time with colons"),
        ("2025-07-04T16Z", "write hours and minutes, such as `16:00`"),
        ("2025-07-04T16+02:00", "write hours and minutes, such as `16:00`"),
        ("2025-07-04T16.5Z", "write hours and minutes, such as `16:00`"),
        (
            "2025-07-04T16:45:10:250Z",
            "write the fraction of the seconds behind a point, as in `16:45:10.250`",
        ),
        ("2025-07-04T16:45:10.Z", "no digits stand behind the point"),
        ("2025-07-04T16:45:10,+02:00", "no digits stand behind the point"),
        ("2025-07-04T24:00Z", "the hours go from 00 to 23"),
        ("2025-07-04T16:45:10+03.30", "write the offset as `+03:30`"),
        ("2025-07-04T16:45:10-03:75", "minutes below 60, such as `-05:30`"),
        ("2025-07-04T16:45:10+0360", "minutes below 60"),
        ("2025-07-04T16:45:10+03:30:15", "minutes below 60"),
        ("2025-07-04T16:45:10+03301599", "minutes below 60"),
        ("2025-07-04T16:45+24:00", "hours below 24"),
        ("2025-07-04 16:45 EST", "`EST` is not an offset"),
        ("2025-07-04 16:45 PM", "`PM` is not an offset"),
        ("2025-02-29", "this day does not exist"),
        ("45842.69", "a number as spreadsheets keep dates (days since 1899-12-30)"),
        ("45842", "a number as spreadsheets keep dates"),
    ],
)
def test_what_is_nearly_a_time_is_rejected_with_the_reason(read: Read, text: str, hint: str) -> None:
    for timezone in ("UTC", None):
        other = "" if timezone is None else "c,2025-07-04T16:45:10.5Z\n" * 3
        result = read(f'person,at\na,"{text}"\nb,2025-07-04T16:45:10Z\n{other}', timezone=timezone)
        assert result.tally.rows_rejected == 1
        assert result.reasons[1].startswith(f"`{text}` is")
        assert hint in result.reasons[1]
    with pytest.raises(EventError, match=re.escape(hint)):
        Event.of({"person": "a", "at": text})
    with pytest.raises(EventError):
        parse_iso(text)
    assert own_deadline(text, UTC) is None


def test_long_and_unprintable_texts_are_shortened(read: Read) -> None:
    result = read(f'person,at\na,"x\ny"\nb,{"z" * 1000}\n,2025-03-01\n')
    assert result.reasons[1].startswith("`x\\ny` is not")
    assert len(result.reasons[2]) < 150
    assert result.reasons[3] == "`person` is empty"


def test_local_times_need_a_zone(read: Read) -> None:
    result = read("person,at\na,2025-07-01 09:30\nb,2025-07-01\nc,\n")
    assert result.events == []
    assert result.reasons[1] == (
        "`2025-07-01 09:30` has no offset: give the zone with --timezone or the mapping's `at.timezone`"
    )
    assert "`2025-07-01` has no offset" in result.reasons[2]
    assert result.reasons[3] == "`at` is empty"


def test_the_option_goes_before_the_mapping(read: Read) -> None:
    fields = {"at": FieldRule("at", timezone="Europe/Paris")}
    assert ats(read, "2025-07-01 09:30", fields=fields) == [micros(2025, 7, 1, 7, 30)]
    assert ats(read, "2025-07-01 09:30", fields=fields, timezone="UTC") == [micros(2025, 7, 1, 9, 30)]
    with pytest.raises(UsageError, match="not a time zone"):
        ats(read, "2025-07-01 09:30", timezone="Europe/Pari")


def test_gaps_repeated_times_and_dates_are_counted(read: Read) -> None:
    times = ["2025-03-30 02:30", "2025-10-26 02:30:00", "2025-07-01", "2025-07-01 10:00Z", "2025-07-02 00:00"]
    text = "person,at\n" + "".join(f"a,{time}\n" for time in times) + ",2025-03-30 02:30\n"
    result = read(text, timezone="Europe/Paris")
    assert [event.at for event in result.events] == [
        micros(2025, 3, 30, 1, 30),
        micros(2025, 10, 26, 0, 30),
        micros(2025, 6, 30, 22),
        micros(2025, 7, 1, 10),
        micros(2025, 7, 1, 22),
    ]
    tally = result.tally
    assert (tally.moved, tally.repeated, tally.dates_without_time) == (1, 1, 1)
    assert tally.latest == micros(2025, 10, 26, 0, 30)


def test_a_column_of_dates(read: Read) -> None:
    result = read("person,at\na,2025-07-01\nb,2025-07-01\n,2025-07-01\n", timezone="+02:00")
    assert [event.at for event in result.events] == [micros(2025, 6, 30, 22)] * 2
    assert result.tally.dates_without_time == 2


@pytest.mark.parametrize(
    ("form", "text", "at"),
    [
        ("unix", "1700000000", 1_700_000_000 * S),
        ("unix", "-1.5", -1_500_000),
        ("unix", "1700000000.1234569", 1_700_000_000 * S + 123_456),
        ("unix", "1.7e9", 1_700_000_000 * S),
        ("unix-ms", "1700000000123", 1_700_000_000_123_000),
        ("unix-ms", "1700000000123.4567", 1_700_000_000_123_456),
        ("unix-us", "1700000000123456.9", 1_700_000_000_123_456),
        ("%d.%m.%Y %H:%M", "1.3.2025 09:30", micros(2025, 3, 1, 9, 30)),
        ("%a, %d %b %Y %H:%M:%S %z", "Tue, 31 Aug 2010 20:36:28 +0200", micros(2010, 8, 31, 18, 36, 28)),
        ("%d/%m/%Y %H:%M %Z", "01/03/2025 09:30 UTC", micros(2025, 3, 1, 9, 30)),
    ],
)
def test_forms_of_the_mapping(read: Read, form: str, text: str, at: int) -> None:
    fields = {"at": FieldRule("at", format=form)}
    assert ats(read, text, fields=fields, timezone="UTC") == [at]


def test_dates_by_pattern_are_dates(read: Read) -> None:
    fields = {"at": FieldRule("at", format="%d.%m.%Y")}
    result = read("person,at\na,1.3.2025\n", fields=fields, timezone="Europe/Paris")
    assert result.events[0].at == micros(2025, 2, 28, 23)
    assert result.tally.dates_without_time == 1


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("unix", "17000000x", "is not a Unix time"),
        ("unix", "1_7", "is not a Unix time"),
        ("unix", "١٢", "is not a Unix time"),
        ("unix", "1" * 50, "is not a Unix time"),
        ("unix", "1700000000000", "outside the years 1 to 9999"),
        ("unix", "", "`at` is empty"),
        ("unix", "1e99", "outside the years"),
        ("%d.%m.%Y", "2025-03-01", "`2025-03-01` is not of the form `%d.%m.%Y`"),
        (None, "1700000000", "`1700000000` is a number: state its unit as the mapping's `at.format`"),
        (None, "9999-12-31T23:59:59-05:00", "outside the years"),
        (None, "0001-01-01", "outside the years"),
    ],
)
def test_times_that_cannot_be_told(read: Read, form: str | None, text: str, said: str) -> None:
    for other in ("", "b,1700000000\n" if form == "unix" else ""):
        result = read(
            f"person,at\na,{text}\n{other}",
            fields={"at": FieldRule("at", format=form)},
            timezone="Asia/Tokyo",
        )
        assert said in result.reasons[1]


NAMED = {"EST": "-05:00", "EDT": "-04:00", "CET": "Europe/Paris", "CEST": "Europe/Paris"}


@pytest.mark.parametrize(
    ("form", "text", "at"),
    [
        ("%d/%m/%Y %H:%M %Z", "04/07/2025 16:45 EST", micros(2025, 7, 4, 21, 45)),
        ("%d/%m/%Y %H:%M %Z", "04/07/2025 16:45 edt", micros(2025, 7, 4, 20, 45)),
        ("%d/%m/%Y %H:%M %Z", "04/07/2025 16:45 GMT", micros(2025, 7, 4, 16, 45)),
        ("%a %b %d %H:%M:%S %Z %Y", "Fri Jul 04 16:45:00 CEST 2025", micros(2025, 7, 4, 14, 45)),
        ("%a %b %d %H:%M:%S %Z %Y", "Sat Jan 04 16:45:00 CET 2025", micros(2025, 1, 4, 15, 45)),
        ("iso", "2025-07-04 16:45 EST", micros(2025, 7, 4, 21, 45)),
        ("iso", "2025-07-04 16:45:00 CEST", micros(2025, 7, 4, 14, 45)),
        ("iso", "2025-07-04 16:45Z", micros(2025, 7, 4, 16, 45)),
        ("iso", "2025-07-04 16:45", micros(2025, 7, 4, 7, 45)),
    ],
)
def test_names_of_zones_are_those_of_the_mapping(read: Read, form: str, text: str, at: int) -> None:
    fields = {"at": FieldRule("at", format=form, zones=NAMED)}
    assert ats(read, text, fields=fields, timezone="Asia/Tokyo") == [at]
    fields = {"at": FieldRule("at", format=form)}
    assert ats(read, text, fields=fields, zones=NAMED, timezone="Asia/Tokyo") == [at]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Asia/Tokyo", None])
def test_other_names_of_zones_are_rejected_on_every_machine(
    read: Read, zone: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if zone is not None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
    try:
        fields = {"at": FieldRule("at", format="%Y-%m-%d %H:%M %Z")}
        rows = "".join(f"a,2025-07-04 16:45 {name}\n" for name in ("EST", "CEST", "JST", "UTC", "Mon"))
        result = read("person,at\n" + rows, fields=fields, timezone="Europe/Paris")
        assert [event.at for event in result.events] == [micros(2025, 7, 4, 16, 45)]
        assert "names the zone `EST`, which stands for several zones or for none" in result.reasons[1]
        assert '`zones = { CEST = "-05:00" }`' in result.reasons[2]
        assert len(result.reasons) == 4
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%j", "2025-366"),
        ("%j/%Y", "366/2023"),
        ("%Y-%j %H:%M", "2026-366 03:36"),
        ("%G-W%V-%u", "2025-W53-1"),
        ("%Y %W %u", "2025 53 5"),
        ("%Y-%m-%d", "2025-04-31"),
    ],
)
def test_days_that_a_year_does_not_have_are_rejected(read: Read, form: str, text: str) -> None:
    result = read(f"person,at\na,{text}\n", fields={"at": FieldRule("at", format=form)}, timezone="UTC")
    assert result.reasons == {1: f"`{text}` is not of the form `{form}`"}


@pytest.mark.parametrize(
    ("form", "text", "at"),
    [
        ("%Y-%j", "2024-366", micros(2024, 12, 31)),
        ("%Y-%j %H:%M", "2025-001 03:53", micros(2025, 1, 1, 3, 53)),
        ("%G-W%V-%u", "2026-W53-1", micros(2026, 12, 28)),
        ("%d.%m.%y %I:%M %p", "04.07.25 04:45 PM", micros(2025, 7, 4, 16, 45)),
    ],
)
def test_days_that_a_year_has_are_read(read: Read, form: str, text: str, at: int) -> None:
    assert ats(read, text, fields={"at": FieldRule("at", format=form)}, timezone="UTC") == [at]


def test_values_and_defaults_hold_for_times(read: Read) -> None:
    rule = FieldRule("at", values={"never": "2000-01-01T00:00:00Z"}, default=None)
    assert ats(read, "never", "2025-03-01T00:00:00Z", fields={"at": rule}) == [
        micros(2000, 1, 1),
        micros(2025, 3, 1),
    ]
    assert ats(read, "", fields={"at": FieldRule("at", default="2000-01-01T00:00:00Z")}) == [
        micros(2000, 1, 1)
    ]
    assert ats(read, "x", fields={"at": FieldRule(value="2000-01-01T00:00:00Z")}) == [micros(2000, 1, 1)]


texts = st.one_of(
    st.datetimes().map(str),
    st.datetimes(timezones=st.just(dt.UTC)).map(lambda t: t.isoformat()),
    st.dates().map(str),
    st.sampled_from(
        ["2025-03-01 24:00:00", "2025-03-01T09", "20250301T0930", "2025-03-01_09:30", "2025-W01-1T10"]
    ),
    st.text("0123456789-:TtZz .+", max_size=30).map(str.strip),
    st.tuples(
        st.sampled_from(["2025-03-01T", "2025-03-01 ", "2025-03-0"]),
        st.sampled_from(["09:30", "09:30:10", "09", "0930", "09.30", "23:59:59", "24:00", "9"]),
        st.sampled_from(["", ".5", ",25", ".", ".1234567", ":5"]),
        st.sampled_from(["", "Z", "z", " UTC", "+02:00", "-0930", "+05", "+05:60", "-24:00", "+01:00:01"]),
    ).map("".join),
)


@given(st.lists(texts, min_size=1, max_size=6))
def test_columns_are_read_as_single_cells_are(column: list[str]) -> None:
    bad: Bad = {}
    found = TimeColumn(FieldRule("at"), UTC).read(Cells(column, plain=True), bad)
    for index, text in enumerate(column):
        try:
            expected = parse_iso(text)[0]
        except EventError:
            assert index in bad
        else:
            assert index not in bad
            assert found.instants[index] == expected
