"""Standard output: reports go there; what plugins print goes to standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_kept: list[TextIO | None] = []
"""The real standard output, while `sys.stdout` is replaced."""


def standard_output() -> TextIO | None:
    """Return the real standard output; None where it is closed."""
    return _kept[0] if _kept else sys.stdout


def is_terminal() -> bool:
    """Return whether reports are read on a terminal."""
    stream = standard_output()
    return stream is not None and stream.isatty()


def silence_output() -> None:
    """Discard what is still buffered, since the reader of standard output has stopped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    stream = standard_output()
    if stream is not None:
        os.dup2(nowhere, stream.fileno())


@contextmanager
def prints_aside() -> Iterator[None]:
    """Send all that is printed, except by `write_out`, to standard error."""
    _kept.append(sys.stdout)
    sys.stdout = sys.stderr if sys.stderr is not None else io.StringIO()
    try:
        yield
    finally:
        sys.stdout = _kept.pop()
