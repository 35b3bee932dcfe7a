"""What a command writes: to a file, or to a place at a URL; both appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from comity.cli.output.whole_file import whole_file
from comity.errors import InputError, UsageError
from comity.storage.urls import is_url, shown_url


@contextmanager
def output_file(path: str) -> Iterator[TextIO]:
    """Provide the file that becomes the file of a path, or the one at a URL, when everything is written.

    Raises UsageError where it cannot be written, at once where that can be known.
    """
    if is_url(path):
        with _sent(path) as file:
            yield file
    else:
        with whole_file(Path(path)) as file:
            yield file


@contextmanager
def _sent(url: str) -> Iterator[TextIO]:
    try:
        from comity.storage.location import locate
    except ImportError:
        raise UsageError(
            f"`{shown_url(url)}` cannot be written: files at URLs need pyarrow: pip install 'comity[cli]'"
        ) from None
    try:
        place = locate(url)
        place.refuse_missing_root()
    except InputError as error:
        raise _not_written(error) from None
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace", newline="") as file:
        yield file
        file.flush()
        written: Any = file.buffer
        written.seek(0)
        try:
            with place.faults(), place.files.open_output_stream(place.path) as target:
                shutil.copyfileobj(written, target, 8 << 20)
        except InputError as error:
            raise _not_written(error) from None


def _not_written(error: InputError) -> UsageError:
    return UsageError(str(error).replace("cannot be read", "cannot be written", 1))
