"""Binary streams as lines of text; a line that is too long is an error."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import Any, Final

from comity.budgets import log_over_budget
from comity.errors import InputError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT: Final = 1 << 12
"""Bytes at the beginning and at the end of a block, in which a line nearly always ends."""
_BUFFER: Final = 1 << 16


class BoundedLines(RawIOBase):
    """A stream that raises InputError where a line is longer than the budget `line`.

    It looks only for the first and the last end of a line in each block, so that it costs very little.
    """

    def __init__(self, stream: BufferedReader, most: int) -> None:
        self._stream, self._most = stream, most
        self._read = self._begin = 0

    def readable(self) -> bool:
        """Return true: it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read further bytes; raises InputError for a line that is too long."""
        count = self._stream.readinto(buffer)
        view = memoryview(buffer)[:count]
        # In a block no longer than a line may be, only the line that began before the block can be too long.
        ends = _all_ends(view) if count > self._most else _outer_ends(view)
        for end in ends:
            self._check(self._read + end)
            self._begin = self._read + end
        self._read += count
        self._check(self._read)
        return count

    def _check(self, end: int) -> None:
        if end - self._begin > self._most:
            found = f"the line that begins at byte {self._begin:,} is too long"
            raise InputError(log_over_budget("line", found, self._most))


def _all_ends(view: memoryview) -> Iterator[int]:
    end = 0
    for line in bytes(view).splitlines(keepends=True):
        end += len(line)
        if line.endswith((b"\n", b"\r")):
            yield end


def _outer_ends(view: memoryview) -> list[int]:
    """Return the places after the first and the last end of a line; no place where no line ends."""
    # To copy the whole block in order to search it would take a twentieth of an audit by columns.
    first = _first_end(bytes(view[:_LOOKED_AT])) or _first_end(bytes(view))
    if not first:
        return []
    low = max(len(view) - _LOOKED_AT, 0)
    last = _last_end(bytes(view[low:]))
    return [first, low + last if last else max(first, _last_end(bytes(view[:low])))]


def _first_end(data: bytes) -> int:
    """Return the place after the first end of a line, 0 for none."""
    found = [place for place in (data.find(b"\n"), data.find(b"\r")) if place >= 0]
    return min(found, default=-1) + 1


def _last_end(data: bytes) -> int:
    """Return the place after the last end of a line, 0 for none."""
    return max(data.rfind(b"\n"), data.rfind(b"\r")) + 1


def bounded(stream: BufferedReader, most: int) -> BufferedReader:
    """Return a stream whose lines are not longer than so many bytes."""
    return BufferedReader(BoundedLines(stream, most), _BUFFER)


def open_text(stream: BufferedReader, encoding: str | None, newline: str) -> TextIOWrapper:
    """Return a stream as text: in the given encoding, in that of a byte order mark, or in UTF-8.

    Bytes that are not of the encoding become lone surrogates, so that only the cells with them are rejected.
    """
    if encoding is None:
        head = stream.peek(4)[:4]
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    name = codecs.lookup(encoding).name
    wide = name.startswith(("utf-16", "utf-32"))
    return TextIOWrapper(
        stream,
        encoding="utf-8-sig" if name == "utf-8" else name,
        # The wide encodings do not support surrogateescape.
        errors="strict" if wide else "surrogateescape",
        newline=newline,
    )
