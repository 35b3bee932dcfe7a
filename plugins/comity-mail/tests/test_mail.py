"""Mailboxes, calendars and SendGrid's events, as a user meets them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import comity_mail.plugin as plugin
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import Engine, Event, InputError, Plugins
from comity.testing import check_reader

DATA = Path(__file__).parent / "data"
PLUGINS = Plugins([plugin])
READERS = {reader.name: reader for reader in plugin.comity_readers()}
READ = ("date-zone", "thread", "text", "subject", "recurs", "category")
POLICY = {
    "comity": 1,
    "policy": {"id": "p", "title": "P", "version": "1", "timezone": "UTC"},
    "attributes": dict.fromkeys(READ, "text"),
    "rules": {
        "gap": {"kind": "minimum-gap", "contact": {"kind": ["email", "reply"]}, "gap": "7d"},
        "said": {"kind": "forbidden", "contact": {"any": [{name: "none"} for name in READ]}},
    },
}
ENGINE = Engine.of(POLICY, plugins=PLUGINS)


def read(path: Path, *me: str) -> tuple[list[Event], int, int]:
    options: dict[str, Sequence[str]] = {"me": me} if me else {}
    log = ENGINE.log(path, timezone="UTC", options=options)
    events = [event for batch in log.batches() for event in batch]
    return events, log.tally.rows_read, log.tally.rows_rejected


def told(event: Event) -> tuple[Any, ...]:
    return event.id, event.person, event.actor, event.kind, event.direction, event.timezone


@pytest.mark.parametrize(
    ("name", "file", "rows", "rejected"),
    [
        ("mbox", "archive.mbox", 4, 1),
        ("mbox", "sent.mbox", 7, 1),
        ("icalendar", "calendar.ics", 4, 2),
        ("sendgrid", "sendgrid.json", 8, 2),
    ],
)
def test_every_row_is_accounted_for(name: str, file: str, rows: int, rejected: int) -> None:
    octets = (DATA / file).read_bytes()
    check_reader(READERS[name], octets, rows, rejected=rejected, spoil=150)


def test_an_archive_s_messages_are_counted_right_and_keep_their_zones() -> None:
    events, rows, rejected = read(DATA / "archive.mbox")
    assert [told(event) for event in events] == [
        ("m1@example.org", "ann@example.org", None, "email", "inbound", "+00:00"),
        ("m2@example.org", "bob@example.org", None, "reply", "inbound", "-06:00"),
        ("m3@example.org", "cid@example.org", None, "email", "inbound", None),
    ]
    assert (rows, rejected) == (4, 1)
    assert events[1].attributes["thread"] == "m1@example.org"
    assert events[1].attributes["subject"] == "Ré sum"
    assert "From here on the line begins" in str(events[0].attributes["text"])
    assert "\nFrom quoted as it should be." in str(events[0].attributes["text"])


def test_our_addresses_decide_the_direction() -> None:
    events, rows, rejected = read(DATA / "sent.mbox", "*@example.org")
    assert [told(event) for event in events] == [
        ("s1@example.org", "ann@example.net", "lab@example.org", "email", "outbound", None),
        ("s1@example.org+1", "bob@example.net", "lab@example.org", "email", "outbound", None),
        ("a1@example.net", "ann@example.net", "lab@example.org", "reply", "inbound", "-05:00"),
        ("s3@example.org", "ann@example.net", "lab@example.org", "email", "outbound", None),
    ]
    assert (rows, rejected) == (6, 2)
    assert events[0].attributes["date-zone"] == "+01:00"
    assert events[3].at == events[0].at + 3 * 3_600_000_000 + 1_000_000  # by the Received header
    without, _, _ = read(DATA / "sent.mbox")
    assert [event.direction for event in without] == [*["outbound"] * 4, "inbound", "outbound"]
    assert [event.person for event in without[:3]] == [
        "ann@example.net",
        "bob@example.net",
        "desk@example.org",
    ]


def test_both_back_ends_find_the_same() -> None:
    for name in ("archive.mbox", "sent.mbox", "calendar.ics", "sendgrid.json"):
        options = {} if name == "sendgrid.json" else {"me": ["lab@example.org"]}
        log = ENGINE.log(DATA / name, timezone="UTC", options=options)
        assert list(ENGINE.audit(log, engine="online").findings) == list(
            ENGINE.audit(log, engine="columnar").findings
        )


def maildir(folder: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    message = "From: ann@example.net\nTo: lab@example.org\nDate: Tue, 3 Mar 2026 0{0}:00:00 +0000\n"
    message += "Message-ID: <{0}@x>\n\nx\n"
    (folder / "cur" / "2.host:2,S").write_text(message.format(2))
    (folder / "new" / "1.host").write_text(message.format(1))
    (folder / "cur" / "3.host:2,").write_text("nothing")
    (folder / "tmp" / "4.host").write_text(message.format(4))
    return folder


def test_a_maildir_is_a_folder_that_is_one_log(tmp_path: Path) -> None:
    folder = maildir(tmp_path / "Maildir")
    events, rows, rejected = read(folder, "lab@example.org")
    assert [told(event)[:2] for event in events] == [("1@x", "ann@example.net"), ("2@x", "ann@example.net")]
    assert (rows, rejected) == (3, 1)
    assert len(check_reader(READERS["maildir"], folder, 3, rejected=1).events) == 2
    with pytest.raises(InputError, match="a Maildir is a folder"):
        list(ENGINE.log(DATA / "archive.mbox", input_format="maildir").batches())


def test_one_message_is_a_log(tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_bytes(
        b"\xef\xbb\xbfFrom: =?utf-8?q?B=C3=B6b?= <bob@example.net>\r\n"
        b"To: ann@example.net,\r\n cid@example.net\r\n"
        b"Date: Tue, 3 Mar 2026 09:00:00 EST\r\nSubject: a\r\n\r\nhello\r\n"
    )
    events, _, _ = read(path)
    assert [(event.person, event.actor) for event in events] == [
        ("ann@example.net", "bob@example.net"),
        ("cid@example.net", "bob@example.net"),
    ]
    assert events[0].attributes["date-zone"] == "-05:00"
    check_reader(READERS["eml"], path.read_bytes(), 2, spoil=150)
    path.write_bytes(b"")
    assert read(path)[1:] == (0, 0)


def test_interviews_come_from_calendars() -> None:
    events, rows, rejected = read(DATA / "calendar.ics", "lab@example.org")
    assert [told(event) for event in events] == [
        ("i1@example.org", "ann@example.net", "lab@example.org", "interview", "none", None),
        ("i2@example.org", "ann@example.net", None, "cancelled-meeting", "none", None),
    ]
    assert (rows, rejected) == (4, 2)
    assert events[0].at == 1_772_550_000_000_000
    assert events[1].attributes["recurs"] == "true"


def test_sendgrid_s_words_have_their_meaning() -> None:
    events, rows, rejected = read(DATA / "sendgrid.json")
    assert [(event.id, event.kind, event.direction, event.outcome) for event in events] == [
        ("e1", "email", "outbound", "sent"),
        ("e2", "delivery", "none", "delivered"),
        ("e3", "open", "inbound", None),
        ("e4", "opt-out", "inbound", None),
        ("e6", "delivery", "none", "bounced"),
        ("e7", "something_new", "none", None),
    ]
    assert (rows, rejected) == (8, 2)
    assert {event.person for event in events} == {"ann@example.net", "bob@example.net"}
    assert events[1].attributes["category"] == "interview;lab"
    lines = b'{"email": "a@b.c", "timestamp": 1, "event": "open", "sg_event_id": "1"}\nnot json\n'
    check_reader(READERS["sendgrid"], lines, 2, rejected=1)


BODIES = st.lists(
    st.sampled_from(
        [
            "",
            "hello",
            "From here",
            "From me to you",
            ">From him",
            "From: not a header of this message",
            "From ann@example.org who wrote on Tue Feb 3",
        ]
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(BODIES, min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_the_number_of_messages_is_right(bodies: list[list[str]], end: str, final: bool) -> None:
    lines = []
    for number, body in enumerate(bodies):
        lines += [
            f"From p{number} at example.org  Tue Feb  3 16:02:29 2009",
            f"From: p{number} at example.org (P)",
            "Date: Tue, 03 Feb 2009 15:02:29 +0000",
            f"Message-Id: <{number}@x>",
            "",
            *body,
            "",
        ]
    octets = (end.join(lines) + (end if final else "")).encode()
    reading = check_reader(READERS["mbox"], octets, len(bodies), spoil=0)
    assert [event.id for event in reading.events] == [f"{number}@x" for number in range(len(bodies))]


@pytest.mark.skipif("COMITY_DATA" not in os.environ, reason="COMITY_DATA names no folder of logs")
@pytest.mark.parametrize(
    ("name", "count"),
    [("r-announce_2009-2011.scrubbed.mbox", 56), ("r-sig-mac_2007-March.scrubbed.mbox", 40)],
)
def test_the_real_archives_give_an_event_for_each_message(name: str, count: int, tmp_path: Path) -> None:
    path = Path(os.environ["COMITY_DATA"]) / name
    if not path.is_file():
        pytest.skip("the log is not there")
    shutil.copy(path, tmp_path / "without-a-suffix")
    for each in (path, tmp_path / "without-a-suffix"):
        events, rows, rejected = read(each)
        assert (len(events), rows, rejected) == (count, count, 0)
        assert len({event.timezone for event in events}) > 5
