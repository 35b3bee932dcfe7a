"""Where the rows of delimited text end, found in its bytes without parsing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")
_SPACE, _ASCII = ord(" "), 128
_BYTES: Final = np.uint8
_MOST_ODD: Final = 1 << 12
"""Lines that begin with white space or outside ASCII: each is looked at, to see whether it is blank."""


def end_of_rows(raw: bytearray) -> int:
    """Return where the last whole row ends, -1 where none does; a line break inside quotes ends no row."""
    end = raw.rfind(b"\n") + 1
    if not end or b'"' not in raw:
        return end or -1
    data = np.frombuffer(raw, _BYTES)
    quotes, breaks = np.flatnonzero(data == _QUOTE), np.flatnonzero(data == _NEWLINE)
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else -1


def longest_row(raw: bytearray) -> int:
    """Return the length of the longest row in bytes, with the end of its line; quotes must be plain."""
    data = np.frombuffer(raw, _BYTES)
    breaks = np.flatnonzero(data == _NEWLINE)
    if b'"' in raw:
        breaks = breaks[np.searchsorted(np.flatnonzero(data == _QUOTE), breaks) % 2 == 0]
    return int(np.diff(breaks, prepend=-1, append=len(data)).max())


def lines_of_rows(raw: bytearray, indices: Sequence[int], delimiter: str) -> bytes | None:
    """Return the lines of some rows, one after another; lines of white space are no rows.

    Returns None where a row may have several lines, and where many lines may be blank.
    """
    if b'"' in raw:
        return None
    data = np.frombuffer(raw, _BYTES)
    ends = np.append(np.flatnonzero(data[:-1] == _NEWLINE), len(data) - 1) + 1
    starts = np.append(0, ends[:-1])
    first = data[starts]
    odd = np.flatnonzero((first <= _SPACE) | (first >= _ASCII))
    if len(odd) > _MOST_ODD:
        return None
    blank = [line for line in odd.tolist() if _is_blank(raw[starts[line] : ends[line]], delimiter)]
    rows = np.delete(np.arange(len(starts)), blank)[np.asarray(indices, np.int64)]
    spans = zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
    return b"\n".join([bytes(raw[begin:end]).rstrip(b"\r\n") for begin, end in spans])


def _is_blank(line: bytearray, delimiter: str) -> bool:
    text = line.decode("utf-8", "surrogateescape")
    return not text.strip() and delimiter not in text


def quotes_are_plain(raw: bytearray, end: int, delimiter: str) -> bool:
    """Return whether each quote before `end` opens or closes a whole cell, or is doubled inside one."""
    if raw.find(b'"', 0, end) < 0:
        return True
    data = np.frombuffer(raw, _BYTES)[:end]
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes) % 2:
        return False
    around = np.array([ord(delimiter), _NEWLINE, _RETURN], _BYTES)
    opens, closes = quotes[::2], quotes[1::2]
    before = data[np.maximum(opens - 1, 0)]
    after = data[np.minimum(closes + 1, len(data) - 1)]
    doubled = closes[:-1] + 1 == opens[1:]
    opened = np.isin(before, around) | (opens == 0)
    closed = np.isin(after, around) | (closes == len(data) - 1)
    opened[1:] |= doubled
    closed[:-1] |= doubled
    return bool(opened.all() and closed.all())


def lines_are_plain(raw: bytearray) -> bool:
    """Return whether a carriage return stands only before a line feed."""
    return b"\r" not in raw or raw.count(b"\r") == raw.count(b"\r\n")
