"""Output that appears whole or not at all, and standard output whose reader may go away."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from comity.cli.main import silence_output
from comity.errors import UsageError


def reason(error: OSError) -> str:
    """Give the system's reason in lower case."""
    return (error.strerror or str(error)).lower()


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Open a file beside the wanted one, which takes its place when all is written.

    Raises UsageError where the file cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder, not a file to write")
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {reason(error)}") from None
    try:
        with open(number, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:  # noqa: PTH123
            yield file
        _take_place(name, path)
    except BaseException as error:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        if isinstance(error, OSError):
            raise UsageError(f"`{path}` cannot be written: {reason(error)}") from None
        raise


def _take_place(name: str, path: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask
    try:
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {reason(error)}") from None


Pieces = Iterable[str] | Iterable[bytes] | Iterable[str | bytes]


def write_out(pieces: Pieces) -> None:
    """Write to standard output; where its reader has gone or it is closed, stop quietly.

    Raises UsageError where it cannot be written otherwise.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding if sys.stdout.isatty() else "utf-8"
    stream = sys.stdout.buffer
    try:
        for piece in pieces:
            octets = piece if isinstance(piece, bytes) else piece.encode(encoding, errors="backslashreplace")
            stream.write(octets)
        stream.flush()
    except BrokenPipeError:
        silence_output()
    except OSError as error:
        silence_output()
        raise UsageError(f"standard output cannot be written: {reason(error)}") from None


@contextmanager
def report_output(path: str | None) -> Iterator[Callable[[Pieces], None]]:
    """Give the function that writes the report, to a whole file or to standard output.

    Raises UsageError at once where the file cannot be written.
    """
    if path is None:
        yield write_out
    else:
        with whole_file(Path(path)) as file:
            yield lambda pieces: _write_to(file, pieces)


def _write_to(file: TextIO, pieces: Pieces) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            file.flush()
            file.buffer.write(piece)
        else:
            file.write(piece)
