"""Calendars that are cut short, name zones that are none, or are made to keep a reader busy."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import comity_mail.plugin as plugin
import comity_mail.zones as zones_module
import pytest
from comity_mail.calendars import ICALENDAR, read_icalendar
from comity_mail.content import MOST_LINE_BYTES, MOST_OPEN, ZONE, Component, components, lines_of
from comity_mail.zones import Zones
from hypothesis import example, given
from hypothesis import strategies as st

from comity import Engine, InputError, Plugins
from comity.readers import BadRow, LogFormat
from comity.testing import check_reader

EASTERN = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:DAYLIGHT
DTSTART:19700308T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19701101T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""


def event(number: int, start: str = ":20250303T090000Z", *further: str) -> str:
    lines = ["BEGIN:VEVENT", f"UID:e{number}", f"DTSTART{start}", "SUMMARY:Interview"]
    return "\n".join([*lines, f"ATTENDEE:mailto:p{number}@example.net", *further, "END:VEVENT", ""])


def calendar(*parts: str) -> str:
    return "".join(["BEGIN:VCALENDAR\nVERSION:2.0\n", *parts, "END:VCALENDAR\n"])


def read(text: str, encoding: str | None = None) -> tuple[list[dict[str, Any]], list[BadRow]]:
    stream: Any = io.BufferedReader(io.BytesIO(text.encode(encoding or "utf-8")))
    rows: list[dict[str, Any]] = []
    rejected: list[BadRow] = []
    for batch in read_icalendar(stream, LogFormat(encoding=encoding), None):
        assert len(batch.numbers) <= 1000
        rejected += batch.rejected
        rows += [
            {name: cells[place] for name, cells in batch.columns.items()}
            for place in range(len(batch.numbers))
        ]
    return rows, rejected


def ids(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (calendar(event(1)).removesuffix("END:VCALENDAR\n"), "the `VCALENDAR` of line 1 never ends"),
        (
            calendar(event(1), "BEGIN:VEVENT\nUID:e2\n").removesuffix("END:VCALENDAR\n"),
            "the `VEVENT` of line 9",
        ),
        (
            calendar(event(1).removesuffix("END:VEVENT\n")),
            "the `VEVENT` of line 3 is not ended before the `END:VCALENDAR`",
        ),
        (
            calendar(event(1).removesuffix("END:VEVENT\n"), event(2)),
            "the `VEVENT` of line 3 is not ended before line 8",
        ),
        (
            calendar().removesuffix("END:VCALENDAR\n") * 2,
            "the `VCALENDAR` of line 1 is not ended before line 3",
        ),
        (
            calendar(EASTERN.removesuffix("END:VTIMEZONE\n"), event(1)),
            "the `VTIMEZONE` of line 3 is not ended",
        ),
        (calendar(event(1), "END:VEVENT\n"), "`VCALENDAR` of line 1 is not ended before the `END:VEVENT`"),
        (calendar(event(1)) + "END:VCALENDAR\n", "`END:VCALENDAR` of line 10 ends nothing"),
        (calendar(event(1)) + "SUMMARY:x\n", "line 10 is `SUMMARY:x`"),
        ("BEGIN:VCALENDAR\n" + "BEGIN:X-A\n" * 700, f"nests more than {MOST_OPEN} deep"),
        ("<html>sign in</html>\n", "it is not an iCalendar file: line 1 is `<html>"),
        ("", "it is empty"),
    ],
)
def test_a_calendar_that_is_cut_short_or_damaged_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert said in str(caught.value)
    (tmp_path / "log.ics").write_text(text)
    policy = {
        "comity": 1,
        "policy": {"id": "p", "title": "P", "version": "1"},
        "rules": {"no": {"kind": "forbidden", "contact": {}}},
    }
    engine = Engine.of(policy, plugins=Plugins([plugin]))
    for name in ("online", "columnar"):
        with pytest.raises(InputError, match=r"log\.ics: "):
            engine.audit(engine.log(tmp_path / "log.ics", timezone="UTC"), engine=name)


def test_each_cut_of_a_calendar_is_an_error_or_whole() -> None:
    text = calendar(EASTERN, event(1, ";TZID=Office:20250303T090000"), event(2)).rstrip("\n")
    for place in range(len(text)):
        with pytest.raises(InputError):
            read(text[:place])
    assert ids(read(text)[0]) == ["e1", "e2"]


@pytest.mark.parametrize(
    "name",
    [
        "A" * 5000,
        "../../etc/passwd",
        "/etc/passwd",
        "/usr/share/zoneinfo/UTC/..",
        "Nowhere/Town",
        "..",
        "/",
        "CEST+1",
        "é",
    ],
)
def test_a_zone_that_is_none_rejects_its_event_and_is_never_looked_up_as_a_file(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look_up(key: str) -> ZoneInfo:
        asked.append(key)
        return ZoneInfo(key)

    monkeypatch.setattr(zones_module, "_look_up", look_up)
    good = ";TZID=Europe/Paris:20250303T090000"
    rows, rejected = read(calendar(event(1, good), event(2, f";TZID={name}:20250303T090000"), event(3)))
    assert ids(rows) == ["e1", "e3"]
    assert [row.number for row in rejected] == [2]
    assert "is not known, and the calendar does not define it" in rejected[0].reason
    assert len(rejected[0].reason) < 200
    assert asked == ["Europe/Paris"]


@pytest.mark.parametrize(
    ("name", "offset"),
    [
        ("America/New_York", "-05:00"),
        ("Eastern Standard Time", "-05:00"),
        ("/example.org/1/America/New_York", "-05:00"),
        ("/America/Argentina/Buenos_Aires", "-03:00"),
        ("UTC", "+00:00"),
        ("Office", "-05:00"),
        ("/Office", "-05:00"),
    ],
)
def test_zones_are_known_by_the_names_that_programs_write(name: str, offset: str) -> None:
    (row,), _ = read(calendar(event(1, f";TZID={name}:20250303T090000"), EASTERN))
    assert row["at"] == f"2025-03-03T09:00:00{offset}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("TZOFFSETTO:-0500", "TZOFFSETTO:+9900", "`TZOFFSETTO` is `+9900`, which is the offset of no place"),
        ("TZOFFSETTO:-0500", "TZOFFSETTO:-1800", "the offset of no place"),
        ("TZOFFSETTO:-0500", "TZOFFSETTO:soon", "the offset of no place"),
        ("TZOFFSETTO:-0500", "X-OFFSET:1", "it has no `TZOFFSETTO`"),
        ("FREQ=YEARLY;BYMONTH=11", "FREQ=SECONDLY;BYMONTH=11", "is not one for a day of the year"),
        ("FREQ=YEARLY;BYMONTH=11", "FREQ=YEARLY;BYSECOND=1;BYMONTH=11", "is not one for a day of the year"),
        ("FREQ=YEARLY;BYMONTH=11", "FREQ=YEARLY;COUNT=99999999;BYMONTH=11", "more than 1,000 changes"),
        ("FREQ=YEARLY;BYMONTH=11", "FREQ=YEARLY;BYMONTH=soon", "cannot be used"),
        ("DTSTART:19701101T020000", "DTSTART:soon", "cannot be used"),
        ("DTSTART:19701101T020000", "X-START:1", "it has no `DTSTART` that can be read"),
    ],
)
def test_a_definition_that_cannot_be_used_rejects_the_events_that_name_it(
    old: str, new: str, said: str
) -> None:
    zone = EASTERN.replace(old, new)
    rows, rejected = read(calendar(zone, event(1, ";TZID=Office:20250303T090000"), event(2)))
    assert ids(rows) == ["e2"]
    assert "the zone defined on line 3 cannot be used" in rejected[0].reason
    assert said in rejected[0].reason


def defined(text: str) -> Zones:
    zones = Zones()
    for component in components(lines_of(io.BytesIO(text.encode()), None), ZONE):
        zones.define(component)
    return zones


OFFICE = defined(EASTERN)


@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2400, 1, 1)))
@example(dt.datetime(2025, 3, 9, 2, 30))
@example(dt.datetime(2025, 3, 9, 3))
@example(dt.datetime(2025, 11, 2, 1, 30))
@example(dt.datetime(2025, 11, 2, 2))
def test_a_definition_says_what_the_zone_of_that_name_says(wall: dt.datetime) -> None:
    # The definition is today's law, which holds since 2007.
    known = ZoneInfo("America/New_York")
    wall = wall.replace(microsecond=0)
    same = wall if wall.year >= 2007 else wall.replace(year=2007 + wall.year % 28, day=min(wall.day, 28))
    found = OFFICE.local(same, "Office")
    assert found.isoformat() == same.replace(tzinfo=known).isoformat()


def test_definitions_with_dates_counts_intervals_and_leap_days() -> None:
    def zone(rule: str, start: str = "20000601T000000") -> Zones:
        return defined(
            f"BEGIN:VTIMEZONE\nTZID:Z\nBEGIN:STANDARD\nDTSTART:{start}\n{rule}\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n"
            "END:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20000101T000000\nRRULE:FREQ=YEARLY\nTZOFFSETFROM:+0100\n"
            "TZOFFSETTO:+0000\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
        )

    def hours(zones: Zones, year: int) -> float:
        offset = zones.local(dt.datetime(year, 7, 1), "Z").utcoffset()
        assert offset is not None
        return offset.total_seconds() / 3600

    by_count = zone("RRULE:FREQ=YEARLY;COUNT=3")
    assert [hours(by_count, year) for year in (2000, 2002, 2003, 2500)] == [1, 1, 0, 0]
    by_interval = zone("RRULE:FREQ=YEARLY;INTERVAL=3")
    assert [hours(by_interval, year) for year in range(2000, 2008)] == [1, 0, 0, 1, 0, 0, 1, 0]
    by_date = zone("RDATE:20050601T000000,20070601T000000")
    assert [hours(by_date, year) for year in range(2004, 2009)] == [0, 1, 0, 1, 0]
    until = zone("RRULE:FREQ=YEARLY;UNTIL=20020701T000000Z")
    assert [hours(until, year) for year in (2001, 2002, 2003)] == [1, 1, 0]
    leap = zone("RRULE:FREQ=YEARLY", "20000229T000000")
    assert [hours(leap, year) for year in (2000, 2003, 2004, 9998)] == [1, 0, 1, 0]
    assert hours(by_count, 1990) == 1


def test_zones_that_no_event_names_are_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Component] = []
    real = zones_module._defined

    def define(component: Component) -> zones_module.Defined:
        made.append(component)
        return real(component)

    monkeypatch.setattr(zones_module, "_defined", define)
    zones = "".join(EASTERN.replace("Office", f"Z{number}") for number in range(3000))
    events = "".join(event(number, ";TZID=Z7:20250303T090000") for number in range(500))
    rows, rejected = read(calendar(zones, events))
    assert (len(rows), rejected) == (500, [])
    assert len(made) == 1


def test_a_zone_of_one_calendar_is_none_in_the_next() -> None:
    named = event(1, ";TZID=Office:20250303T090000")
    assert len(read(calendar(EASTERN, named))[0]) == 1
    assert read(calendar(named))[0] == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ATTENDEE;CN=" + "x" * MOST_LINE_BYTES + ":mailto:a@example.net", "is longer than 8,192 bytes"),
        ("ATTENDEE mailto:a@example.net", "line 15 cannot be read"),
        ('ATTENDEE;CN="open:mailto:a@example.net', "which cannot be read"),
        ("RECURRENCE-ID:²0250303T090000", "is neither a date nor a time"),
        ("DTEND:99999999T999999", "is neither a date nor a time"),
        ("DTEND;TZID=Nowhere:20250303T090000", "`DTEND` cannot be read: the zone `Nowhere` is not known"),
    ],
)
def test_a_property_that_is_needed_and_cannot_be_read_rejects_its_event(line: str, said: str) -> None:
    rows, rejected = read(
        calendar(event(1), event(2, ":20250303T090000Z", line).replace("UID", "X:y\nUID"), event(3))
    )
    assert ids(rows) == ["e1", "e3"]
    assert len(rejected) == 1
    assert said in rejected[0].reason


def test_what_is_not_needed_may_be_as_long_and_as_broken_as_it_likes() -> None:
    further = [
        "DESCRIPTION:" + "x" * 100_000,
        "and prose that was never folded",
        "X-Y;=:",
        "BEGIN:VALARM",
        "UID:other",
    ]
    rows, rejected = read(calendar(event(1, ":20250303T090000Z", *further, "END:VALARM")))
    assert (ids(rows), rejected) == (["e1"], [])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_unfolded_also_within_a_character(end: str) -> None:
    octets = (
        calendar(event(1).replace("SUMMARY:Interview", "SUMMARY:Interview für Zoë\\, oben"))
        .replace("\n", end)
        .encode()
    )
    for place in range(octets.index(b"SUMMARY") + 3, octets.index(b"ATTENDEE") - 2):
        folded = octets[:place] + end.encode() + b" " + octets[place:]
        stream: Any = io.BufferedReader(io.BytesIO(folded))
        (batch,) = read_icalendar(stream, LogFormat(), None)
        assert batch.columns["summary"] == ["Interview für Zoë, oben"]


def test_calendars_of_other_encodings() -> None:
    text = calendar(event(1).replace("Interview", "Gespräch"))
    for encoding in ("latin-1", "utf-16", "utf-8"):
        assert read(text, encoding)[0][0]["summary"] == "Gespräch"


def test_an_event_with_many_persons_is_many_rows_and_its_words_are_not_repeated_without_end() -> None:
    persons = [f"ATTENDEE:mailto:q{number}@example.net" for number in range(3000)]
    rows, rejected = read(calendar(event(1, ":20250303T090000Z", *persons)))
    assert (len(rows), rejected) == (3001, [])
    long = "LOCATION:" + "x" * 8000
    rows, rejected = read(
        calendar(event(1, ":20250303T090000Z", long, *persons * 1, *[f"{p}x" for p in persons] * 3))
    )
    assert len(rows) == 6001
    more = [f"ATTENDEE:mailto:r{number}@example.net" for number in range(9000)]
    rows, rejected = read(calendar(event(1, ":20250303T090000Z", long, *more), event(2)))
    assert ids(rows) == ["e2"]
    assert "its words for each of 9,001 persons are more than" in rejected[0].reason


def test_spoilt_calendars_are_accounted_for() -> None:
    text = calendar(
        EASTERN, event(1, ";TZID=Office:20250303T090000"), event(2), event(3, ";VALUE=DATE:20250303")
    )
    check_reader(ICALENDAR, text.encode(), 3, spoil=300)
    chance = random.Random(11)
    words = [
        ";",
        ":",
        '"',
        "\n",
        "\n ",
        "=",
        "BEGIN:",
        "END:",
        "²",
        "9" * 5000,
        "../",
        "-",
        ",",
        "T",
        "é",
        "\0",
        "\\",
    ]
    for _ in range(400):
        spoilt = text
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(spoilt))
            spoilt = spoilt[:place] + chance.choice(words) + spoilt[place + chance.randrange(3) :]
        try:
            rows, rejected = read(spoilt)
        except InputError:
            continue
        assert len(rows) + len(rejected) >= 1
