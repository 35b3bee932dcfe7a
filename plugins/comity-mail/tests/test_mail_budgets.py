"""Messages that are made to stop a reader, or to keep it busy: each is one rejected row, the others go on.

What must take no longer than its length is tried at a length at which the square of it would never end.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import comity_mail.plugin as plugin
import pytest
from comity_mail.addresses import addresses_in
from comity_mail.budgets import MOST_HEADER_BYTES, MOST_NESTED, MOST_PARTS, MailBudgets
from comity_mail.mailboxes import messages_in
from comity_mail.raw import pieces as lines_in
from comity_mail.separators import Lines
from comity_mail.words import decoded
from hypothesis import given
from hypothesis import strategies as st

from comity import Engine, Event, InputError, Plugins, UsageError
from comity.readers import Log, Rejection, with_options
from comity.testing import check_reader

POLICY = """
comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "UTC"
[rules.style]
kind = "message-style"
contact = {}
forbid-phrases = ["sure win"]
"""
ENGINE = Engine.of(POLICY, plugins=Plugins([plugin]))
READERS = {reader.name: reader for reader in plugin.comity_readers()}
ENGINES: tuple[Literal["online", "columnar"], ...] = ("online", "columnar")
LONG = 1 << 20


def message(number: int, to: str = "ann@example.net", *further: str, body: str = "hello") -> str:
    head = [
        "From: desk@example.org",
        f"Date: Mon, 03 Mar 2025 09:00:{number:02} +0000",
        f"Message-ID: <m{number}@x>",
    ]
    return "\n".join([*head, *further, f"To: {to}", "", body, ""])


def mbox(*messages: str) -> str:
    return "".join(f"From desk@example.org Mon Mar  3 09:00:00 2025\n{each}\n" for each in messages)


def read(path: Path, text: str, **options: Sequence[str]) -> tuple[list[Event], list[str]]:
    path = path / "log.mbox"
    path.write_text(text, "utf-8", newline="")
    return read_path(path, options)


def read_path(path: Path, options: Mapping[str, Sequence[str]]) -> tuple[list[Event], list[str]]:
    one, other = (ENGINE.audit(ENGINE.log(path, options=options), engine=name) for name in ENGINES)
    assert (one.summary, list(one.findings)) == (other.summary, list(other.findings))
    rejected: list[Rejection] = []
    mapping = with_options(None, options)
    log = Log([path], readers=tuple(READERS.values()), mapping=mapping, on_reject=rejected.append)
    events = [event for batch in log.batches() for event in batch]
    assert log.tally.rows_read == len(events) + len(rejected)
    return events, [rejection.reason for rejection in rejected]


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("(" * 700 + "ann@example.net", "`To` cannot be read: parentheses nest more than 32 deep"),
        ("(" * 700 + ")" * 700 + "ann@example.net", "parentheses nest more than 32 deep"),
        ("team:" * 700 + "ann@example.net", "groups of addresses nest more than 32 deep"),
        ("a: b@example.net, " * 700 + "ann@example.net", "groups of addresses nest more than 32 deep"),
    ],
)
def test_what_nests_too_deeply_in_a_header_rejects_its_message(tmp_path: Path, to: str, reason: str) -> None:
    events, reasons = read(tmp_path, mbox(message(1), message(2, to), message(3, "bob@example.net")))
    assert [event.id for event in events] == ["m1@x", "m3@x"]
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_comments_and_groups_that_people_write_are_read() -> None:
    assert addresses_in(["ann@example.net " + "(" * MOST_NESTED + "home" + ")" * MOST_NESTED]) == (
        "ann@example.net",
    )
    assert addresses_in(["friends: Ann <ann@example.net>, bob@example.net;, cid@example.net"]) == (
        "ann@example.net",
        "bob@example.net",
        "cid@example.net",
    )
    links = ", ".join(f"mailto:p{number}@example.net" for number in range(100))
    assert len(addresses_in([links])) == 100
    assert addresses_in(['"Example, Ann (at home)" <ann@example.net>, [x] bob@example.net']) == (
        "ann@example.net",
        "bob@example.net",
    )


def test_an_address_behind_what_is_never_closed_is_found() -> None:
    for text in ("ann@example.net, Bob :( <bob@example.net>", 'ann@example.net, "Bob <bob@example.net>'):
        assert addresses_in([text]) == ("ann@example.net", "bob@example.net")


def test_a_header_line_that_is_none_does_not_hide_the_recipients(tmp_path: Path) -> None:
    broken = message(2).replace("To: ann", "this is no header\nTo: ann")
    events, reasons = read(tmp_path, mbox(message(1), broken))
    assert [event.id for event in events] == ["m1@x"]
    assert reasons == ["its header breaks off at `this is no header`, with recipients after it"]


def nested(depth: int) -> str:
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}\n" for number in range(depth)
    )
    return parts + "Content-Type: text/plain\n\na sure win\n"


def test_parts_that_nest_too_deeply_or_are_too_many_reject_their_message(tmp_path: Path) -> None:
    deep = message(2).rsplit("\n\n", 1)[0] + "\n" + nested(700)
    many = message(3, "ann@example.net", "Content-Type: multipart/mixed; boundary=b").replace(
        "hello", "--b\nContent-Type: image/png\n\nx\n" * (MOST_PARTS + 1)
    )
    forwards = message(4, "ann@example.net", "Content-Type: message/rfc822").replace(
        "hello", "Content-Type: message/rfc822\n\n" * 700
    )
    typed = message(5, "ann@example.net", "Content-Type: text/plain" + ";" * LONG)
    fine = message(6).rsplit("\n\n", 1)[0] + "\n" + nested(MOST_NESTED - 1)
    events, reasons = read(
        tmp_path, mbox(message(1), deep, many, forwards, typed, fine), **{"max-header-bytes": ["2,000,000"]}
    )
    assert [event.id for event in events] == ["m1@x", "m6@x"]
    assert events[1].attributes["text"] == "a sure win"
    assert reasons == [
        "its parts nest more than 32 deep",
        "it has more than 1,000 parts",
        "its parts nest more than 32 deep",
        "`Content-Type` has more than 8,192 characters",
    ]


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("a at " + "b." * LONG + " c", 0),
        ("a at b.c " + "(" * 30 + "(x) " * LONG, 0),
        ("a" * LONG, 0),
        ("a@" * LONG, 1),
        ("@" * LONG, 0),
        ("g: " + ",".join(f"p{number}@example.net" for number in range(50_000)) + ";", 50_000),
        ("=?a?q?" * (LONG // 6), 0),
        ("=?" * (LONG // 2), 0),
        ("=?utf-8?q?a?= " * (LONG // 14), 0),
        ("<" * LONG, 0),
        ('"\\' * LONG, 0),
    ],
)
def test_the_look_for_addresses_takes_no_longer_than_the_header_is(to: str, found: int) -> None:
    if "(x)" in to or to.startswith("<"):
        to = to[:LONG]
    assert len(addresses_in([decoded(to)])) == found


@given(st.text(st.sampled_from("ab@.<>()[],;:\"'\\ \t"), max_size=40))
def test_no_header_is_worse_than_unreadable(text: str) -> None:
    for address in addresses_in([text]):
        assert address.count("@") == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "Ann", '"Example, Ann"', "Ann (home)"]), st.sampled_from("abc")),
        min_size=1,
    )
)
def test_addresses_are_found_behind_their_names(listed: list[tuple[str, str]]) -> None:
    text = ", ".join(
        f"{name} <{local}@example.net>" if name else f"{local}@example.net" for name, local in listed
    )
    assert addresses_in([text]) == tuple(dict.fromkeys(f"{local}@example.net" for _, local in listed))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?q?K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?b?R3I=?=\n =?utf-8?b?w7w=?=", "Grü"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC?=", "Grü"),
        ("=?utf-8?q?all right? yes?=", "all right? yes"),
        ("=?no-such?q?a?= b", "=?no-such?q?a?= b"),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("1 =? 2", "1 =? 2"),
    ],
)
def test_encoded_words(text: str, plain: str) -> None:
    assert decoded(text) == plain


def test_a_header_longer_than_is_read_rejects_its_message(tmp_path: Path) -> None:
    many = ", ".join(f"person{number}@example.net" for number in range(50_000))
    late = message(3).replace("To:", "X-Filler: " + "x" * MOST_HEADER_BYTES + "\nTo:")
    text = mbox(message(1), message(2, many), late, message(4))
    events, reasons = read(tmp_path, text, me=["desk@example.org"])
    assert [(event.id, event.direction) for event in events] == [("m1@x", "outbound"), ("m4@x", "outbound")]
    assert (
        reasons
        == ["its header is longer than the 1,048,576 bytes that are read: raise `max-header-bytes`"] * 2
    )
    events, reasons = read(tmp_path, text, me=["desk@example.org"], **{"max-header-bytes": ["4000000"]})
    assert (len(events), reasons) == (50_003, [])


@pytest.mark.parametrize("said", ["much", "0.5", "-1", "²", "9" * 5000])
def test_a_budget_that_is_no_number_is_refused(tmp_path: Path, said: str) -> None:
    with pytest.raises(UsageError, match=r"`max-message-bytes` is `.*`: a whole number of bytes"):
        read(tmp_path, mbox(message(1)), **{"max-message-bytes": [said]})


def test_words_that_are_cut_reject_their_message(tmp_path: Path) -> None:
    filler = "x" * 70 + "\n"
    plain = message(2, body=filler * 100 + "a sure win")
    kind = "Content-Type: multipart/mixed; boundary=b"
    whole = message(
        3, "ann@example.net", kind, body="--b\n\nshort\n--b\nContent-Type: image/png\n\n" + filler * 100
    )
    behind = message(
        4, "ann@example.net", kind, body="--b\nContent-Type: image/png\n\n" + filler * 100 + "--b\n\nx"
    )
    alone = message(5, "ann@example.net", "Content-Type: text/html", body=filler * 100)
    text = mbox(message(1), plain, whole, behind, alone)
    events, reasons = read(tmp_path, text, **{"max-message-bytes": ["3000"]})
    assert [event.id for event in events] == ["m1@x", "m3@x", "m5@x"]
    assert [event.attributes.get("text") for event in events] == ["hello", "short", None]
    assert reasons == ["its words are longer than what is read of a message: raise `max-message-bytes`"] * 2
    assert len(read(tmp_path, text)[0]) == 5


def test_words_are_not_repeated_without_end(tmp_path: Path) -> None:
    many = ", ".join(f"p{number}@example.net" for number in range(300))
    text = mbox(message(1), message(2, many, body="word " * 1000))
    events, reasons = read(tmp_path, text, **{"max-message-bytes": ["100000"]})
    assert [event.id for event in events] == ["m1@x"]
    assert reasons == ["its words for each of 300 persons are more than 200,000 characters"]
    assert len(read(tmp_path, text)[0]) == 301


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    class Endless(io.BytesIO):
        """A message whose second line is of 100 MiB."""

        left = 100

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= LONG
            self.left -= 1
            return b"Subject: x\n" if self.left == 99 else b"x" * LONG if self.left >= 0 else b""

    (raw,) = messages_in(Lines(lines_in(Endless())), MailBudgets(), bodies=True)
    assert raw.head_cut
    assert len(raw.head) + len(raw.body) <= LONG


def test_lines_that_are_almost_separators_take_no_longer_than_they_are() -> None:
    lines = [
        b"From " + b"a@" * LONG,
        b"From a Mon Mar 3 09:00:00" + b" GMT" * 240 + b" x",
        b"From a" + b" " * 900 + b"x",
    ]
    octets = b"From a Mon Mar  3 09:00:00 2025\nFrom: a@example.org\n\n" + b"\n\n".join(lines * 20) + b"\n"
    assert len(list(messages_in(Lines(lines_in(io.BytesIO(octets))), MailBudgets(), bodies=False))) == 1


@pytest.mark.parametrize("separator", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "line",
    [
        "From a@example.org Mon Mar  3 09:00:00 2025",
        "From a at example.org  Mon Mar  3 09:00 2025",
        "From a Mon, 3 Mar 2025 09:00:00 +0100",
        "From MAILER-DAEMON Mon Mar 3 09:00:00 CET 2025 +0100",
        "From a@example.org\tMon Mar  3 09:00:00 2025   ",
    ],
)
def test_separators_of_many_programs(line: str, separator: str) -> None:
    text = separator.join([line, "From: a@example.org", "", "x", "", line, "From: b@example.org", "", "y"])
    assert len(list(messages_in(Lines(lines_in(io.BytesIO(text.encode()))), MailBudgets(), bodies=True))) == 2


def test_a_date_at_the_end_of_time_is_a_bad_row(tmp_path: Path) -> None:
    late = message(2).replace("03 Mar 2025 09:00:02 +0000", "31 Dec 9999 23:00:00 -2300")
    events, reasons = read(tmp_path, mbox(message(1), late))
    assert len(events) == 1
    assert "out of range" in reasons[0]


def maildir(folder: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "cur" / "1.a").write_text(message(1))
    return folder


def test_a_link_that_leaves_a_maildir_is_not_followed(tmp_path: Path) -> None:
    folder = maildir(tmp_path / "Maildir")
    (tmp_path / "outside").write_text(message(2))
    (folder / "cur" / "2.a").symlink_to(tmp_path / "outside")
    (folder / "new" / "3.a").symlink_to("../cur/1.a")
    (folder / "new" / "4.a").symlink_to("/dev/zero")
    (folder / "new" / "5.a").symlink_to("5.a")
    (folder / "new" / "6.a").symlink_to("../../outside")
    (folder / "new" / "7.a").mkdir()
    os.mkfifo(folder / "new" / "8.a")
    events, reasons = read_path(folder, {})
    assert [event.id for event in events] == ["m1@x"]
    assert reasons[0] == "`cur/2.a` cannot be read: it is a link that leaves the folder"
    assert reasons[1].startswith("it repeats the message")
    assert reasons[2] == "`new/4.a` cannot be read: it is a link that leaves the folder"
    assert reasons[3].startswith("`new/5.a` cannot be read: ")
    assert reasons[4] == "`new/6.a` cannot be read: it is a link that leaves the folder"
    assert reasons[5].startswith("`new/7.a` cannot be read: ")
    assert reasons[6] == "`new/8.a` cannot be read: it is not a regular file"
    assert len(reasons) == 7


def test_a_maildir_that_is_itself_a_link_is_read_and_one_whose_folders_leave_it_is_not(
    tmp_path: Path,
) -> None:
    folder = maildir(tmp_path / "Maildir")
    (tmp_path / "link").symlink_to(folder)
    assert len(read_path(tmp_path / "link", {})[0]) == 1
    (tmp_path / "other").mkdir()
    (folder / "new").rmdir()
    (folder / "new").symlink_to(tmp_path / "other")
    with pytest.raises(InputError, match="`new` is a link that leaves the folder"):
        read_path(folder, {})


def test_spoilt_messages_are_accounted_for() -> None:
    chance = random.Random(7)
    pieces = [
        "(",
        ")",
        '"',
        "<",
        ">",
        ":",
        ";",
        ",",
        "=?utf-8?q?",
        "?=",
        "\n\n",
        "\n ",
        "\r",
        "\0",
        "é",
        "@",
        " at ",
    ]
    for _ in range(300):
        text = mbox(message(1), message(2, "Ann <ann@example.net>, bob@example.net"), message(3))
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(text))
            text = text[:place] + chance.choice(pieces) * chance.choice((1, 2, 900)) + text[place:]
        log = text.encode()
        count = len(list(messages_in(Lines(lines_in(io.BytesIO(log))), MailBudgets(), bodies=True)))
        assert count >= 1
    check_reader(READERS["mbox"], mbox(message(1), message(2, "(" * 900)).encode(), 2, rejected=1, spoil=200)
