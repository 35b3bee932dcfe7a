"""Lines of CSV without a header, split into the cells of records."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BufferedIOBase
from typing import Final

_MARK: Final = b"\xef\xbb\xbf"
_OPEN: Final = "a quote is never closed"
_MOST_LINES: Final = 8
"""How many lines a record may have, as the name of a caller may hold a line's end."""

MOST_LINE_BYTES: Final = 1 << 20
"""Bytes of a line; a record of a call has some hundreds."""
_LONG: Final = f"the line is longer than {MOST_LINE_BYTES:,} bytes"


def lines_of(stream: BufferedIOBase) -> Iterator[bytes]:
    """Yield the lines; of one that is too long, one byte more than a line may have."""
    while line := stream.readline(MOST_LINE_BYTES + 1):
        yield line
        rest = line
        while len(rest) > MOST_LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(MOST_LINE_BYTES + 1)


def records(
    lines: Iterable[bytes], encoding: str | None, is_row: Callable[[Sequence[str]], bool]
) -> Iterator[list[str] | tuple[bytes, str]]:
    """Yield the cells of each record, or a line and why it cannot be split.

    Lines are put together only where they make what `is_row`, so that a stray quote takes no row with it.
    """
    source, waiting = _marked_off(lines), deque[bytes]()
    while line := waiting.popleft() if waiting else next(source, b""):
        if not line.strip():
            continue
        cells = split(line, encoding)
        if cells == _OPEN:
            together = line
            for count in range(1, _MOST_LINES):
                if len(waiting) < count:
                    waiting.extend(filter(None, [next(source, b"")]))
                if len(waiting) < count:
                    break
                together += waiting[count - 1]
                joined = split(together, encoding)
                if joined != _OPEN:
                    if not isinstance(joined, str) and is_row(joined):
                        cells = joined
                        for _ in range(count):
                            waiting.popleft()
                    break
        yield (line, cells) if isinstance(cells, str) else cells


def _marked_off(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Take the byte order mark from the first line."""
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix(_MARK) or b"\n"


def split(line: bytes, encoding: str | None = None) -> list[str] | str:
    """Split a line; where that cannot be, say why. Without an encoding, what is not UTF-8 is Latin-1."""
    if len(line) > MOST_LINE_BYTES:
        return _LONG
    try:
        text = line.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            byte = f"byte 0x{line[error.start]:02x}"
            return f"{byte} is not {encoding}: state another encoding in the mapping's [log]"
        text = line.decode("latin-1")
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        return _OPEN if str(error) == "unexpected end of data" else f"it cannot be split into cells: {error}"
