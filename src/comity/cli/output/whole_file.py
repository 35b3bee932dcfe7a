"""Files that appear whole or not at all; devices, pipes and open files are written directly."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from comity.cli.output.temporary import temporary_for
from comity.errors import UsageError, system_reason

_OPEN_FILE: Final = re.compile(r"(?:/dev/fd|/proc/(\d+)(?:/task/\d+)?/fd)/(\d+)")
_LINKS: Final = 40
"""How many links are followed from one to the next."""


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Provide a temporary file, which replaces the file of this path when everything is written.

    A link is followed: the file that it leads to is replaced. A device, a pipe, a terminal or an open file
    such as `/dev/stdout` is never replaced: everything is written to it at the end. Raises UsageError where
    the file cannot be written.
    """
    try:
        opened = _special(path)
        if opened is not None:
            with _written_through(opened) as file:
                yield file
        else:
            with _replaced(Path(os.path.realpath(path))) as file:
                yield file
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {system_reason(error)}") from None


@contextmanager
def _replaced(target: Path) -> Iterator[TextIO]:
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(None, "permission denied")
    with (
        temporary_for(target) as temporary,
        open(temporary.number, "w", encoding="utf-8", errors="backslashreplace", newline="") as file,  # noqa: PTH123
    ):
        yield file
        file.flush()
        temporary.take_place()


@contextmanager
def _written_through(number: int) -> Iterator[TextIO]:
    with (
        open(number, "wb") as target,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="") as file,
    ):
        yield file
        file.flush()
        written: Any = file.buffer
        written.seek(0)
        shutil.copyfileobj(written, target)


def _special(path: Path) -> int | None:
    """Open a path that is not a regular file, or is open already; return None for one that is replaced.

    Raises UsageError for a folder, and OSError for a path that cannot be opened.
    """
    known = open_file(path)
    if known is not None and known >= 0:
        return os.dup(known)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise UsageError(f"`{path}` is a folder, not a file to write")
    if known is None and stat.S_ISREG(mode):
        return None
    return os.open(path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOCTTY", 0))


def open_file(path: Path) -> int | None:
    """Return the descriptor of the open file that a path leads to, -1 for one of another process."""
    name = os.path.abspath(path)  # noqa: PTH100
    for _ in range(_LINKS):
        folder, last = os.path.split(name)
        name = os.path.join(os.path.realpath(folder), last)  # noqa: PTH118
        if found := _OPEN_FILE.fullmatch(name):
            return int(found[2]) if found[1] in (None, str(os.getpid())) else -1
        try:
            name = os.path.normpath(os.path.join(os.path.dirname(name), os.readlink(name)))  # noqa: PTH115, PTH118, PTH120
        except OSError:
            return None
    return None
