"""Mailboxes: mbox files, Maildir folders and single messages."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Final

from comity import InputError
from comity.readers import FolderFormat, LogFormat, Reader, RowBatch
from comity_mail.addresses import ME, OwnAddresses
from comity_mail.budgets import HEADER_OPTION, MESSAGE_OPTION, MailBudgets
from comity_mail.messages import Messages
from comity_mail.raw import Gathering, Raw, message_in, pieces
from comity_mail.rows import Rows
from comity_mail.separators import Lines, parts_messages

_LIKE_SEPARATORS: Final = (
    "lines-like-separators",
    "lines that look like the beginning of a message, and are words of one, since no header follows: {count}",
    "see whether messages are missing in the file",
)


def messages_in(lines: Lines, budgets: MailBudgets, *, bodies: bool) -> Iterator[Raw]:
    """Yield the messages of an mbox: their headers and, where these are asked for, their bodies."""
    message = Gathering(budgets, bodies=bodies)
    blank = True
    for piece, begins in lines:
        if (
            begins
            and piece.startswith(b"From ")
            and parts_messages(piece, lines, blank=blank, begun=message.begun)
        ):
            if message.begun:
                yield message.take()
            message = Gathering(budgets, bodies=bodies, begun=True)
            blank = False
            continue
        blank = begins and not piece.strip(b"\r\n")
        message.add(piece, blank=blank)
    if message.begun:
        yield message.take()


def read_mbox(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read an mbox, also those that list archives offer."""
    rows, budgets = Rows(), MailBudgets.of(log)
    messages = Messages(rows, OwnAddresses(log), budgets, wanted)
    lines = Lines(pieces(stream))
    for number, raw in enumerate(messages_in(lines, budgets, bodies=messages.text), 1):
        messages.add(raw, number)
        yield from rows.batches()
    if lines.passed:
        rows.tell(*_LIKE_SEPARATORS, lines.passed)
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
    lines = Lines(pieces(BytesIO(head.removeprefix(b"\xef\xbb\xbf"))))
    first, _ = next(iter(lines), (b"", True))
    # A header must follow, so that a text that begins with `From ` is none.
    return first.startswith(b"From ") and parts_messages(first, lines, blank=True, begun=True)


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
