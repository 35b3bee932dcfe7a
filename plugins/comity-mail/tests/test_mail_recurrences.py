"""Events that recur, are moved, changed or cancelled: the times that took place, and none else."""

from __future__ import annotations

from pathlib import Path

import pytest
from comity_mail.recurrences import MOST_TIMES
from test_mail import ENGINE, READERS

from comity import Event
from comity.testing import check_reader

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:example\n"
PARTIES = "ORGANIZER:mailto:lab@example.org\nATTENDEE:mailto:ann@example.net\nSUMMARY:Interview\n"
OSLO = ";TZID=Europe/Oslo:"
WEEKLY = f"UID:u\nDTSTART{OSLO}20250317T090000\nDTEND{OSLO}20250317T093000\nRRULE:FREQ=WEEKLY;COUNT=4\n"
TIMES = ["2025-03-17T08:00Z", "2025-03-24T08:00Z", "2025-03-31T07:00Z", "2025-04-07T07:00Z"]
"""Summer time begins on 30 March: nine o'clock is an hour earlier then."""


def event(lines: str) -> str:
    return f"BEGIN:VEVENT\n{lines}{PARTIES}END:VEVENT\n"


def calendar(*events: str, more: str = "") -> str:
    return HEAD + more + "".join(map(event, events)) + "END:VCALENDAR\n"


def read(folder: Path, text: str) -> tuple[list[Event], list[str]]:
    path = folder / "c.ics"
    path.write_text(text)
    log = ENGINE.log(path, timezone="UTC")
    events = [event for batch in log.batches() for event in batch]
    assert log.tally.rows_read == len(events) + log.tally.rows_rejected
    return events, [rejection.reason for rejection in log.rejections]


def instant(found: Event) -> str:
    return str(found.to_dict()["at"]).replace(":00Z", "Z")


def times(folder: Path, *events: str) -> list[str]:
    found, rejected = read(folder, calendar(*events))
    assert not rejected
    return list(map(instant, found))


def test_each_time_is_an_event_at_its_local_hour(tmp_path: Path) -> None:
    found, rejected = read(tmp_path, calendar(WEEKLY))
    assert not rejected
    assert list(map(instant, found)) == TIMES
    assert [each.id for each in found[:2]] == ["u", "u/2025-03-24T09:00:00+01:00"]
    assert {each.kind for each in found} == {"interview"}


@pytest.mark.parametrize(
    "excluded",
    [
        f"EXDATE{OSLO}20250324T090000",
        "EXDATE:20250324T080000Z",
        "EXDATE;TZID=America/New_York:20250324T040000",
        "EXDATE;VALUE=DATE:20250324",
        f"EXDATE{OSLO}20240101T090000,20250324T090000",
    ],
)
def test_times_that_are_excluded(excluded: str, tmp_path: Path) -> None:
    assert times(tmp_path, f"{WEEKLY}{excluded}\n") == [TIMES[0], *TIMES[2:]]


def test_the_first_time_may_be_excluded(tmp_path: Path) -> None:
    days = "UID:u\nDTSTART;VALUE=DATE:20250317\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20250317\n"
    assert times(tmp_path, days) == ["2025-03-18T00:00Z", "2025-03-19T00:00Z"]


@pytest.mark.parametrize("which", [f"{OSLO}20250317T090000", ":20250317T080000Z", ";VALUE=DATE:20250317"])
def test_a_time_that_was_moved_is_where_it_was_moved_to(which: str, tmp_path: Path) -> None:
    moved = f"UID:u\nDTSTART{OSLO}20250318T150000\nRECURRENCE-ID{which}\n"
    assert times(tmp_path, WEEKLY, moved) == [*TIMES[1:], "2025-03-18T14:00Z"]
    assert times(tmp_path, moved, WEEKLY) == ["2025-03-18T14:00Z", *TIMES[1:]]


def test_a_time_that_was_cancelled(tmp_path: Path) -> None:
    gone = f"UID:u\nDTSTART{OSLO}20250324T090000\nRECURRENCE-ID{OSLO}20250324T090000\nSTATUS:CANCELLED\n"
    found, _ = read(tmp_path, calendar(WEEKLY, gone))
    assert [each.kind for each in found] == ["interview"] * 3 + ["cancelled-interview"]


def test_a_calendar_that_cancels(tmp_path: Path) -> None:
    found, _ = read(tmp_path, calendar("UID:u\nDTSTART:20250317T090000Z\n", more="METHOD:CANCEL\n"))
    assert [each.kind for each in found] == ["cancelled-interview"]
    both = calendar("UID:a\nDTSTART:20250317T090000Z\n", more="METHOD:CANCEL\n") + calendar(
        "UID:b\nDTSTART:20250317T090000Z\n"
    )
    assert [each.kind for each in read(tmp_path, both)[0]] == ["cancelled-interview", "interview"]


def test_the_latest_version_is_the_event(tmp_path: Path) -> None:
    versions = [f"UID:u\nSEQUENCE:{number}\nDTSTART:202503{10 + number}T090000Z\n" for number in (1, 2, 0)]
    found, rejected = read(tmp_path, calendar(*versions))
    assert list(map(instant, found)) == ["2025-03-12T09:00Z"]
    assert rejected == ["line 12 begins a later version of it"] * 2


def test_rules_without_an_end_go_on_to_the_end_of_the_log(tmp_path: Path) -> None:
    endless = WEEKLY.replace(";COUNT=4", "")
    assert times(tmp_path, endless) == TIMES[:1]
    assert times(tmp_path, f"{endless}DTSTAMP:20250401T000000Z\n") == TIMES[:3]
    other = "UID:v\nDTSTART:20250408T000000Z\n"
    assert times(tmp_path, endless, other) == [*TIMES, "2025-04-08T00:00Z"]


@pytest.mark.parametrize("until", ["20250331T070000Z", "20250331T090000", "20250331"])
def test_rules_with_an_end(until: str, tmp_path: Path) -> None:
    assert times(tmp_path, WEEKLY.replace("COUNT=4", f"UNTIL={until}")) == TIMES[:3]
    earlier = until.replace("20250331", "20250330")
    assert times(tmp_path, WEEKLY.replace("COUNT=4", f"UNTIL={earlier}")) == TIMES[:2]


def test_dates_without_a_rule(tmp_path: Path) -> None:
    single = WEEKLY.replace("RRULE:FREQ=WEEKLY;COUNT=4", f"RDATE{OSLO}20250331T090000,20250324T090000")
    assert times(tmp_path, single) == TIMES[:3]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY;COUNT=3", "is not one of days, weeks, months or years"),
        ("FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2", "has `BYMONTHDAY`, which is not followed"),
        ("FREQ=DAILY;INTERVAL=0", "has `INTERVAL=0`, which is not above 0"),
        ("FREQ=DAILY;COUNT=99999", f"it recurs more than {MOST_TIMES:,} times"),
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be followed"),
        ("FREQ=WEEKLY;UNTIL=soon", "it cannot be read"),
        ("daily", "is not one of days, weeks, months or years"),
    ],
)
def test_rules_that_are_not_followed_are_told(rule: str, said: str, tmp_path: Path) -> None:
    found, (reason,) = read(tmp_path, calendar(WEEKLY.replace("FREQ=WEEKLY;COUNT=4", rule)))
    assert not found
    assert said in reason


def test_all_later_times_at_once_are_told(tmp_path: Path) -> None:
    later = f"UID:u\nDTSTART{OSLO}20250324T100000\nRECURRENCE-ID;RANGE=THISANDFUTURE:20250324T080000Z\n"
    _, (reason,) = read(tmp_path, calendar(WEEKLY, later))
    assert "(`RANGE`), which is not followed" in reason


def test_rooms_are_no_persons(tmp_path: Path) -> None:
    room = "ATTENDEE;CUTYPE=ROOM:mailto:room4@example.org\nATTENDEE;CUTYPE=RESOURCE:mailto:car@example.org\n"
    found, _ = read(tmp_path, calendar(f"UID:u\nDTSTART:20250317T090000Z\n{room}"))
    assert [each.person for each in found] == ["ann@example.net"]


@pytest.mark.parametrize("zone", ["PDT", "Nowhere/Zone", "Mars Standard Time"])
def test_zones_that_nobody_knows_are_named(zone: str, tmp_path: Path) -> None:
    found, (reason,) = read(tmp_path, calendar(f"UID:u\nDTSTART;TZID={zone}:20250317T090000\n"))
    assert not found
    assert f"`DTSTART` cannot be read: the zone `{zone}` is not known" in reason


def test_every_row_is_accounted_for() -> None:
    moved = f"UID:u\nDTSTART{OSLO}20250318T150000\nRECURRENCE-ID:20250317T080000Z\n"
    check_reader(READERS["icalendar"], calendar(WEEKLY, moved).encode(), 4, spoil=150)
