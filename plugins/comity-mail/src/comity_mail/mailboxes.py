"""Mailboxes: mbox files, Maildir folders and single messages."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Final

from comity import InputError
from comity.readers import FolderFormat, LogFormat, Reader, RowBatch
from comity_mail.addresses import ME, OwnAddresses
from comity_mail.budgets import HEADER_OPTION, MESSAGE_OPTION, MailBudgets
from comity_mail.messages import Messages
from comity_mail.raw import Gathering, Raw, message_in, pieces
from comity_mail.rows import Rows

LONGEST_SEPARATOR: Final = 1000
"""Bytes of a line that parts messages; longer lines are none, whatever they are made of."""
_MONTHS: Final = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ZONE: Final = rb"( ([A-Z]{1,5}|[+-]\d{4}))*"
_SEPARATOR: Final = re.compile(
    rb"From \S+( at \S+)? (Mon|Tue|Wed|Thu|Fri|Sat|Sun),? "
    rb"(" + _MONTHS + rb" \d{1,2}|\d{1,2} " + _MONTHS + rb")"
    rb"( \d{4})? \d\d:\d\d(:\d\d)?" + _ZONE + rb"( ?\d{4}" + _ZONE + rb")?"
)
"""`From address date`, as programs write it between messages, list archives with ` at ` for `@`."""
_HEADER: Final = re.compile(rb"(>?From |[!-9;-~]+[ \t]*:)")


def messages_in(stream: BufferedIOBase, budgets: MailBudgets, *, bodies: bool) -> Iterator[Raw]:
    """Yield the messages of an mbox one by one: their headers and, where these are asked for, their bodies.

    A line parts two messages where it is made like a separator, stands first or behind an empty line, and is
    followed by a header, so that bodies may have lines that begin with `From `.
    """
    message = Gathering(budgets, bodies=bodies)
    candidate: bytes | None = None
    blank = True
    for piece, begins in pieces(stream):
        if candidate is not None:
            if _HEADER.match(piece) or not message.begun:
                if message.begun:
                    yield message.take()
                message = Gathering(budgets, bodies=bodies, begun=True)
            else:
                message.add(candidate, blank=False)
            candidate = None
        if begins and blank and _parts_messages(piece):
            candidate, blank = piece, False
            continue
        blank = begins and not piece.strip(b"\r\n")
        message.add(piece, blank=blank)
    if candidate is not None and not message.begun:
        message = Gathering(budgets, bodies=bodies, begun=True)
    if message.begun:
        yield message.take()


def _parts_messages(line: bytes) -> bool:
    """Return whether a line is made like a separator; its runs of white space count as one space."""
    if not line.startswith(b"From ") or len(line) > LONGEST_SEPARATOR:
        return False
    return _SEPARATOR.fullmatch(b" ".join(line.split())) is not None


def read_mbox(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read an mbox, also those that list archives offer."""
    rows, budgets = Rows(), MailBudgets.of(log)
    messages = Messages(rows, OwnAddresses(log), budgets, wanted)
    for number, raw in enumerate(messages_in(stream, budgets, bodies=messages.text), 1):
        messages.add(raw, number)
        yield from rows.batches()
    yield from rows.batches(end=True)


def read_eml(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read one message."""
    rows, budgets = Rows(), MailBudgets.of(log)
    messages = Messages(rows, OwnAddresses(log), budgets, wanted)
    raw = message_in(stream, budgets, bodies=messages.text)
    if raw is not None:
        messages.add(raw, 1)
    yield from rows.batches(end=True)


def read_maildir(path: Path, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read the messages in `new` and `cur`, in the order of the names that they were delivered under.

    Links that leave the folder are not followed, and what is no regular file is not opened: such a message is
    a rejected row. Raises InputError where `new` or `cur` leave it.
    """
    rows, budgets = Rows(), MailBudgets.of(log)
    messages = Messages(rows, OwnAddresses(log), budgets, wanted)
    whole = path.resolve()
    for name in ("new", "cur"):
        if not (path / name).resolve().is_relative_to(whole):
            raise InputError(f"`{name}` is a link that leaves the folder: such links are not followed")
    found = [file for name in ("new", "cur") for file in (path / name).iterdir()]
    files = [file for file in found if not file.name.startswith(".")]
    files.sort(key=lambda file: (file.name.partition(":")[0], file.parent.name))
    for number, file in enumerate(files, 1):
        try:
            raw = _read_file(file, whole, budgets, bodies=messages.text)
        except (OSError, RuntimeError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            rows.reject(f"`{file.parent.name}/{file.name}` cannot be read: {reason}", {"message": number})
        else:
            messages.add(raw, number)
        yield from rows.batches()
    yield from rows.batches(end=True)


def _read_file(file: Path, whole: Path, budgets: MailBudgets, *, bodies: bool) -> Raw:
    """Read a message of a Maildir; raises OSError for what is not one of its regular files."""
    if file.is_symlink() and not file.resolve().is_relative_to(whole):
        raise OSError("it is a link that leaves the folder")
    # Not blocking, so that a pipe in the place of a message cannot stop the audit.
    opened = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(opened, "rb") as stream:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError("it is not a regular file")
        return message_in(stream, budgets, bodies=bodies) or Raw(b"")


def _is_mbox(head: bytes) -> bool:
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    return _parts_messages(first) and bool(_HEADER.match(rest))


def _is_maildir(path: Path) -> bool:
    return all((path / name).is_dir() for name in ("cur", "new", "tmp"))


def _read_no_file(
    stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    raise InputError("a Maildir is a folder with `cur`, `new` and `tmp`, and this is a file")


_OPTIONS: Final = (ME, HEADER_OPTION, MESSAGE_OPTION)
MBOX: Final = Reader("mbox", (".mbox", ".mbx"), read_mbox, options=_OPTIONS, recognises=_is_mbox)
MAILDIR: Final = Reader(
    "maildir", (), _read_no_file, options=_OPTIONS, folder=FolderFormat(_is_maildir, read_maildir)
)
EML: Final = Reader("eml", (".eml",), read_eml, options=_OPTIONS)
