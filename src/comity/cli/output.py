"""Reports: to a file that appears whole or not at all, or to standard output whose reader may go away."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from comity.cli.main import silence_output
from comity.cli.whole_file import reason, whole_file
from comity.errors import UsageError

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
