"""Reports: to a file that appears whole or not at all, or to standard output, whose reader may stop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TextIO

from comity.cli.output.output_file import output_file
from comity.cli.output.streams import silence_output, standard_output
from comity.errors import UsageError, printable, system_reason

_PLAIN: Final = re.compile(r"(\n|\r\n|\t)")
_COLOURED: Final = re.compile(r"(\n|\r\n|\t|\x1b\[[0-9;]{0,20}m)")
"""What may be sent to a terminal: ends of lines, tabs and the colours of reports."""
Pieces = Iterable[str] | Iterable[bytes] | Iterable[str | bytes]


def write_out(pieces: Pieces, *, coloured: bool = False) -> None:
    """Write to standard output; stop without an error where it is closed or its reader has stopped.

    A terminal gets no control characters except ends of lines, tabs and, of a `coloured` report, colours. A
    file or a pipe gets everything as it is. Raises UsageError where writing fails for another reason.
    """
    output = standard_output()
    if output is None:
        return
    on_terminal = output.isatty()
    encoding = output.encoding if on_terminal else "utf-8"
    stream: Any = output.buffer
    try:
        for piece in pieces:
            if on_terminal:
                text = piece if isinstance(piece, str) else piece.decode("utf-8", "backslashreplace")
                data = harmless(text, coloured=coloured).encode(encoding, errors="backslashreplace")
            elif isinstance(piece, str):
                data = piece.encode(encoding, errors="backslashreplace")
            else:
                data = piece
            stream.write(data)
        stream.flush()
    except BrokenPipeError:
        silence_output()
    except OSError as error:
        silence_output()
        raise UsageError(f"standard output cannot be written: {system_reason(error)}") from None


def harmless(text: str, *, coloured: bool) -> str:
    """Return a text with escapes for control characters; ends of lines, tabs and wanted colours stay."""
    if text.isprintable():
        return text
    plain = (_COLOURED if coloured else _PLAIN).split(text)
    plain[::2] = [printable(part) for part in plain[::2]]
    return "".join(plain)


@contextmanager
def report_output(path: str | None, *, coloured: bool = False) -> Iterator[Callable[[Pieces], None]]:
    """Provide the function that writes the report, to a file that appears whole or to standard output.

    Raises UsageError at once where the file cannot be written.
    """
    if path is None:
        yield partial(write_out, coloured=coloured)
    else:
        with output_file(path) as file:
            yield lambda pieces: _write_to(file, pieces)


def _write_to(file: TextIO, pieces: Pieces) -> None:
    for piece in pieces:
        if isinstance(piece, bytes):
            file.flush()
            file.buffer.write(piece)
        else:
            file.write(piece)
