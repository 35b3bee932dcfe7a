"""Where messages of an mbox begin: as archives, servers and programs write it."""

from __future__ import annotations

from pathlib import Path

import comity_mail.plugin as plugin
import pytest
from comity_mail.separators import MOST_AHEAD
from test_mail import ENGINE, READERS, read

from comity.testing import check_reader

DATED = "From ann@example.org Sat Mar  1 09:30:00 2025"
ARCHIVED = "From nn @end|ng |rom ex@mp|e@org  Sat Mar  1 09:30:00 2025"


def message(number: int, body: str = "Good morning.") -> str:
    return (
        f"From: ann@example.org\nTo: bob@example.net\nMessage-ID: <m{number}@example.org>\n"
        f"Date: Sat, 1 Mar 2025 0{number}:30:00 +0000\nSubject: Greetings\n\n{body}\n"
    )


def box(folder: Path, text: str) -> Path:
    path = folder / "box.mbox"
    path.write_text(text)
    return path


def ids(path: Path) -> list[str]:
    return [event.id or "" for event in read(path)[0]]


@pytest.mark.parametrize("between", ["\n", ""], ids=["blank", "no blank"])
@pytest.mark.parametrize(
    "separator",
    [
        DATED,
        ARCHIVED,
        'From "ann marie"@example.org Sat Mar  1 09:30:00 2025',
        "From ann at example.org Sat Mar  1 09:30:00 2025",
        "From MAILER-DAEMON Sat Mar  1 09:30:00 2025 +0100",
    ],
)
def test_dated_lines(separator: str, between: str, tmp_path: Path) -> None:
    path = box(tmp_path, between.join(f"{separator}\n{message(number)}" for number in range(3)))
    assert ids(path) == ["m0@example.org", "m1@example.org", "m2@example.org"]


@pytest.mark.parametrize("separator", ["From - ", "From -", "From m7@example.org", "From 1802-xx@store"])
def test_lines_without_a_date_before_a_header(separator: str, tmp_path: Path) -> None:
    path = box(tmp_path, "\n".join(f"{separator}\n{message(number)}" for number in range(3)))
    assert ids(path) == ["m0@example.org", "m1@example.org", "m2@example.org"]
    check_reader(READERS["mbox"], path.read_bytes(), 3, spoil=60)


@pytest.mark.parametrize(
    "body",
    [
        "From tomorrow on we are closed.\n",
        "\nFrom tomorrow on\nSubject: to change, we are closed.\n",
        "\nFrom here:\nTo: there\n\nDate: later\n",
        f"{DATED}\nis what stood there.\n",
        f"{DATED}\nNote: it is a quotation.\n",
        "\nFrom: cid@example.org\nTo: ann@example.org\nDate: yesterday\n",
    ],
)
def test_lines_of_bodies(body: str, tmp_path: Path) -> None:
    path = box(tmp_path, f"{DATED}\n{message(0, body)}\n{DATED}\n{message(1)}")
    assert ids(path) == ["m0@example.org", "m1@example.org"]


def test_what_follows_is_looked_at_for_a_while_only(tmp_path: Path) -> None:
    filler = "X-Filler: 12345678901234567890\n" * (MOST_AHEAD // 20)
    path = box(tmp_path, f"{DATED}\n{message(0)}\nFrom -\n{filler}{message(1)}")
    assert ids(path) == ["m0@example.org"]


def test_a_box_is_recognised_by_its_beginning() -> None:
    recognises = READERS["mbox"].recognises
    assert recognises is not None
    assert recognises(f"{ARCHIVED}\n{message(0)}".encode())
    assert recognises(f"From - \n{message(0)}".encode())
    assert not recognises(b"From all of us\nTo: all of you\n\nmerry Christmas\n")
    assert not recognises(f"{DATED}\nwe went away\n".encode())


def test_a_copy_that_can_be_read_counts_after_one_that_cannot(tmp_path: Path) -> None:
    spoilt = message(0).replace("Sat, 1 Mar 2025 00:30:00 +0000", "on Saturday")
    events, rows, rejected = read(
        box(tmp_path, f"{DATED}\n{spoilt}\n{DATED}\n{message(0)}\n{DATED}\n{message(0)}")
    )
    assert [event.id for event in events] == ["m0@example.org"]
    assert (rows, rejected) == (3, 2)


def test_drafts_are_no_contacts_and_labels_are_an_attribute(tmp_path: Path) -> None:
    labelled = message(0).replace("Subject:", 'X-Gmail-Labels: Drafts,"Old, things",Sent\nSubject:')
    events, _, _ = read(box(tmp_path, f"{DATED}\n{labelled}\n{DATED}\n{message(1)}"), "ann@example.org")
    assert [(event.kind, event.direction) for event in events] == [("draft", "none"), ("email", "outbound")]
    assert (
        ENGINE.audit(ENGINE.log(tmp_path / "box.mbox", options={"me": ["ann@example.org"]})).summary.events
        == 2
    )


def test_a_clock_that_is_wrong_does_not_move_the_log_into_another_century(tmp_path: Path) -> None:
    wrong = (
        message(0)
        .replace("1 Mar 2025 00:30", "1 Mar 2125 00:30")
        .replace("Subject:", "Received: from a by b; Sat, 1 Mar 2025 00:31:00 +0000\nSubject:")
    )
    path = box(tmp_path, f"{DATED}\n{wrong}\n{DATED}\nsays a letter.\n")
    events, _, rejected = read(path)
    assert (events[0].at, rejected) == (1740789060 * 10**6, 0)
    for back_end in ("online", "columnar"):
        notices = {each.code: each for each in ENGINE.audit(path, engine=back_end).notices}
        assert ": 1; the time of their `Received` header" in notices["date-of-receipt"].message
        assert notices["lines-like-separators"].count == 1


def test_the_plugin_offers_the_reader() -> None:
    assert "mbox" in [reader.name for reader in plugin.comity_readers()]


def test_hidden_addresses_are_whole_and_not_one_person(tmp_path: Path) -> None:
    froms = ["nn @end|ng |rom ex@mp|e@org (Nn)", "mm @end|ng |rom ex@mp|e@org", "nn @end|ng |rom p|@ce@org"]
    texts = [
        message(number).replace("From: ann@example.org\nTo: bob@example.net", f"From: {each}")
        for number, each in enumerate(froms)
    ]
    events, _, _ = read(box(tmp_path, "\n".join(f"{ARCHIVED}\n{text}" for text in texts)))
    assert [event.person for event in events] == [each.removesuffix(" (Nn)") for each in froms]
