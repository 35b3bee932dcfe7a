"""Mailboxes: mbox files, Maildir folders and single messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Final

from comity import InputError
from comity.readers import Batch, FolderFormat, LogFormat, Reader
from comity_mail.addresses import ME, Us
from comity_mail.messages import add_message
from comity_mail.rows import Rows

LONGEST: Final = 1 << 20
"""How many octets of a message's words are read."""
_MONTHS: Final = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_SEPARATOR: Final = re.compile(
    rb"From (\S+@\S+|\S+ at \S+|\S+)\s+(Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s+"
    rb"(" + _MONTHS + rb"\s+\d{1,2}|\d{1,2}\s+" + _MONTHS + rb")"
    rb"\s+(\d{4}\s+)?\d\d:\d\d(:\d\d)?(\s+([A-Z]{1,5}|[+-]\d{4}))*\s*(\d{4})?(\s+([A-Z]{1,5}|[+-]\d{4}))*\s*$"
)
"""`From address date`, as programs write it between messages, list archives with ` at ` for `@`."""
_HEADER: Final = re.compile(rb"(>?From |[!-9;-~]+[ \t]*:)")


def messages_in(stream: BufferedReader, *, bodies: bool) -> Iterator[bytes]:
    """Yield the messages of an mbox one by one: their headers and, where these are asked for, their bodies.

    A line parts two messages where it is made like a separator, stands first or behind an empty line, and is
    followed by a header, so that bodies may have lines that begin with `From `.
    """
    kept: list[bytes] = []
    candidate: bytes | None = None
    blank, begun, in_head, size = True, False, True, 0
    for line in stream:
        if candidate is not None:
            if _HEADER.match(line) or not begun:
                if begun:
                    yield b"".join(kept)
                kept, begun, in_head, size = [], True, True, 0
            else:
                kept.append(candidate)
            candidate = None
        if blank and _SEPARATOR.match(line.rstrip(b"\r\n")):
            candidate = line
            blank = False
            continue
        blank = not line.strip(b"\r\n")
        begun = begun or not blank
        size += len(line)
        if begun and size <= LONGEST and (in_head or bodies):
            kept.append(line)
        in_head = in_head and not (blank and kept)
    if candidate is not None and not begun:
        kept, begun = [], True
    if begun:
        yield b"".join(kept)


def read_mbox(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read an mbox, also those that list archives offer."""
    rows, us, text = Rows(), Us(log), wanted is None or "text" in wanted
    for number, octets in enumerate(messages_in(stream, bodies=text), 1):
        add_message(rows, octets, number, us, text=text)
        yield from rows.batches()
    yield from rows.batches(end=True)


def read_eml(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read one message."""
    rows, text = Rows(), wanted is None or "text" in wanted
    octets = stream.read(8 * LONGEST).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if octets.strip():
        add_message(rows, octets, 1, Us(log), text=text)
    yield from rows.batches(end=True)


def read_maildir(path: Path, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read the messages in `new` and `cur`, in the order of the names that they were delivered under."""
    rows, us, text = Rows(), Us(log), wanted is None or "text" in wanted
    found = [file for name in ("new", "cur") for file in (path / name).iterdir()]
    files = [file for file in found if not file.name.startswith(".")]
    files.sort(key=lambda file: (file.name.partition(":")[0], file.parent.name))
    for number, file in enumerate(files, 1):
        try:
            with file.open("rb") as opened:
                octets = opened.read(8 * LONGEST)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            rows.reject(f"`{file.parent.name}/{file.name}` cannot be read: {reason}", {"message": number})
        else:
            add_message(rows, octets, number, us, text=text)
        yield from rows.batches()
    yield from rows.batches(end=True)


def _is_mbox(head: bytes) -> bool:
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    return bool(_SEPARATOR.match(first.rstrip(b"\r"))) and bool(_HEADER.match(rest))


def _is_maildir(path: Path) -> bool:
    return all((path / name).is_dir() for name in ("cur", "new", "tmp"))


def _read_no_file(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    raise InputError("a Maildir is a folder with `cur`, `new` and `tmp`, and this is a file")


MBOX: Final = Reader("mbox", (".mbox", ".mbx"), read_mbox, options=(ME,), recognises=_is_mbox)
MAILDIR: Final = Reader(
    "maildir", (), _read_no_file, options=(ME,), folder=FolderFormat(_is_maildir, read_maildir)
)
EML: Final = Reader("eml", (".eml",), read_eml, options=(ME,))
