"""Delimited text in splits: the log is cut into whole rows, and the splits are read side by side.

`_cut` finds where rows end. `CsvSplitReader` decides for each split: Arrow reads it or, where Arrow would
read other rows than Python's csv module, that module does.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader, BytesIO, TextIOWrapper
from typing import Final, TextIO

import attrs

from comity.readers.formats.csv_arrow import arrow_batch
from comity.readers.formats.csv_cut import end_of_rows, lines_of_rows, quotes_are_plain
from comity.readers.formats.csv_rows import CsvHead, CsvSheet, find_head, first_lines, read_rows, split_lines
from comity.readers.formats.text import bounded
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Splits
from comity.readers.row_batch import BadRow, RowBatch
from comity.readers.split import Split, SplitPart
from comity.records import define

SPLIT: Final = 8 << 20
"""Bytes of a split; two or three splits are in memory for each processor."""
_SMALLEST: Final = 1 << 16
"""Bytes; a piece of no more than these that Arrow does not read is not halved again."""
_LONGEST: Final = 64 << 20
"""Bytes in which no row ends, after which the rows are read one after another."""


def csv_splits(stream: BufferedReader, log: LogFormat, delimiter: str | None, needs: Needs) -> Splits | None:
    """Return an empty batch with the columns of a log, and its splits, each a function that reads it.

    Returns None where the whole text must be read one row after another. Raises InputError for a log
    without a header, or with a header that cannot be read.
    """
    if (log.encoding or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
        return None
    if stream.peek(4)[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    stream = bounded(stream, log.budgets.line)
    raw = stream.read(SPLIT).removeprefix(codecs.BOM_UTF8)
    while not raw.strip() and (more := stream.read(SPLIT)):
        raw = more
    with _text(raw) as text:
        lines = first_lines(text, log)
    head = find_head(lines, log, delimiter)
    if head.delimiter == " " or not head.delimiter.isascii() or len(head.names) < 2:
        return None
    header = "".join(lines[: head.begin]).encode("utf-8", "surrogateescape")
    begin = raw.index(header) + len(header)
    reader = CsvSplitReader(head, needs.columns)
    return CsvSheet(head).batch([]), _cut(stream, raw[begin:], reader)


def _cut(stream: BufferedReader, raw: bytes, reader: CsvSplitReader) -> Iterator[Callable[[], Split]]:
    """Cut the text into splits; `raw` has the bytes after the header that are read already."""
    size, ended = SPLIT, False
    while not ended:
        held, ended = _fill(stream, raw, size)
        end = len(held) if ended else end_of_rows(held)
        if end < 0 and len(held) < _LONGEST:
            raw, size = bytes(held), 2 * size
            continue
        size = SPLIT
        if end >= 0 and quotes_are_plain(held, end, reader.head.delimiter):
            raw = bytes(held[end:])
            del held[end:]
            if end:
                yield partial(reader.read, held)
            continue
        # Where quotes are not plain, only reading shows where a row ends, so the rows are read here.
        split, raw = reader.read_odd(held, last=ended)
        if split is None:
            size = max(size, 2 * len(raw))
        else:
            yield partial(_known, split)


def _fill(stream: BufferedReader, raw: bytes, size: int) -> tuple[bytearray, bool]:
    """Read up to `size` further bytes after `raw`; return all of them, and whether the text ended."""
    held = bytearray(len(raw) + size)
    held[: len(raw)] = raw
    filled = len(raw)
    with memoryview(held) as view:
        while filled < len(view) and (more := stream.readinto(view[filled:])):
            filled += more
    ended = filled < len(held)
    del held[filled:]
    return held, ended


def _known(split: Split) -> Split:
    return split


@define(eq=False)
class CsvSplitReader:
    """Reads the splits of one log, each by Arrow or row by row."""

    head: CsvHead
    wanted: frozenset[str] | None
    """The columns that are needed; None is all."""

    def read(self, raw: bytearray) -> Split:
        """Read whole rows whose quotes are plain."""
        if raw.isspace() and self.head.delimiter.encode() not in raw:
            return Split((), 0)
        parts = list(self._parts(raw))
        return Split(parts, sum(part.count for part in parts))

    def _parts(self, raw: bytearray) -> Iterator[SplitPart]:
        """Let Arrow read the rows; where it does not read them, halve them, down to few that are read here.

        Halving pays: without it, a log of 400,000 rows with one bad row in 15,000 took 3.1 s instead of 1.3.
        """
        batch = arrow_batch(raw, self.head, self.wanted, partial(self._some, raw))
        if batch is not None:
            yield batch
        elif middle := _middle(raw):
            yield from self._parts(raw[:middle])
            yield from self._parts(raw[middle:])
        else:
            yield from self._by_row(raw)

    def _some(self, raw: bytearray, indices: Sequence[int]) -> RowBatch:
        """Read some rows one by one, if possible without reading the others."""
        lines = lines_of_rows(raw, indices, self.head.delimiter)
        if lines is None:
            return _pick(list(self._by_row(raw)), indices)
        picked = _pick(list(self._by_row(lines)), range(len(indices)))
        rejected = [row.at(indices[row.number - 1] + 1) for row in picked.rejected]
        numbers = [indices[number - 1] + 1 for number in picked.numbers]
        return attrs.evolve(picked, numbers=numbers, rejected=rejected)

    def _by_row(self, raw: bytes | bytearray) -> Iterator[RowBatch]:
        with _text(raw) as text:
            yield from read_rows(text, self.head, [])

    def read_odd(self, raw: bytearray, *, last: bool) -> tuple[Split | None, bytes]:
        """Read rows whose quotes are not plain; return also the bytes at the end that are no whole row yet.

        Returns no split where there is no whole row; `last` says that the text ends here.
        """
        whole = len(raw) if last else raw.rfind(b"\n") + 1
        with _text(raw[:whole]) as text:
            rows, rest = split_lines(self.head, text.readlines(), last=last)
        left = "".join(rest).encode("utf-8", "surrogateescape") + bytes(raw[whole:])
        if not rows:
            return None, left
        batch = CsvSheet(self.head).batch(rows)
        return Split([batch], batch.count), left


def _middle(raw: bytearray) -> int:
    """Return where the line before the middle ends, 0 where rows must not be halved."""
    if len(raw) <= _SMALLEST or b'"' in raw:
        return 0
    return raw.rfind(b"\n", 0, len(raw) // 2) + 1


def _pick(batches: Sequence[RowBatch], indices: Sequence[int]) -> RowBatch:
    """Return some rows of batches."""
    wanted = {index + 1 for index in indices}
    numbers: list[int] = []
    rejected: list[BadRow] = []
    columns: dict[str, list[object]] = {name: [] for batch in batches for name in batch.columns}
    for batch in batches:
        places = [place for place, number in enumerate(batch.numbers) if number in wanted]
        numbers += [batch.numbers[place] for place in places]
        rejected += [row for row in batch.rejected if row.number in wanted]
        for name, cells in batch.columns.items():
            columns[name] += [cells[place] for place in places]
    return attrs.evolve(batches[0], numbers=numbers, columns=columns, rejected=rejected)


def _text(raw: bytes | bytearray) -> TextIO:
    """Return a part of the log as text; what looks like a byte order mark in it is kept as text."""
    return TextIOWrapper(BytesIO(raw), "utf-8", errors="surrogateescape", newline="")
