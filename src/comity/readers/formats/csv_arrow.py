"""Delimited text by Arrow: a log is cut into stretches of whole lines, which are parsed side by side."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader, BytesIO, TextIOWrapper
from typing import Any, Final, TextIO

import attrs
import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from comity.readers.formats.csv_rows import CsvHead, CsvSheet, find_head, first_lines, read_rows, split_lines
from comity.readers.formats.text import bounded
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Splits
from comity.readers.row_batch import Batch
from comity.readers.split import ArrowBatch, Split, SplitPart

STRETCH: Final = 8 << 20
"""How many bytes are parsed at a time; two or three stretches are in memory for each processor."""
_SMALLEST: Final = 1 << 16
"""A stretch with a fault is halved down to this size, so that few lines are read one by one."""
_LONGEST: Final = 64 << 20
"""How many bytes without a line's end are looked at before rows are read one by one."""
_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")


@attrs.define(eq=False)
class CsvTable:
    """How the lines of one log are parsed."""

    head: CsvHead
    wanted: frozenset[str] | None

    def stretch(self, raw: bytearray) -> Split:
        """Parse a stretch of whole lines."""
        if raw.isspace() and self.head.delimiter.encode() not in raw:
            return Split((), 0)
        parts = list(self._parts(raw))
        counts = [
            part.count if isinstance(part, ArrowBatch) else len(part.numbers) + len(part.rejected)
            for part in parts
        ]
        return Split(parts, sum(counts))

    def _parts(self, raw: bytearray) -> Iterator[SplitPart]:
        plain = _ends_lines_plainly(raw) and b"\0" not in raw and _is_utf8(raw)
        # Arrow would take a mark away that stands at the beginning.
        plain = plain and not raw.startswith(codecs.BOM_UTF8)
        if plain and (len(raw) <= self.head.cell or longest_row(raw) <= self.head.cell):
            table = self._parse(raw)
            if table is not None:
                yield self._chunk(table, raw)
                return
        cut = raw.rfind(b"\n", 0, len(raw) // 2) + 1
        if len(raw) > _SMALLEST and cut and b'"' not in raw:
            yield from self._parts(raw[:cut])
            yield from self._parts(raw[cut:])
        else:
            yield from self._rows(raw)

    def _rows(self, raw: bytearray) -> Iterator[Batch]:
        """Read the rows one by one."""
        with _text(raw) as text:
            yield from read_rows(text, self.head, [])

    def _parse(self, raw: bytearray) -> Any:
        names = self.head.names
        repeated = self.head.repeated
        used = [name for name in dict.fromkeys(names) if name and name not in repeated]
        if self.wanted is not None:
            used = [name for name in used if name in self.wanted]
        first = {name: place for place, name in reversed(list(enumerate(names)))}
        places = {name: str(first[name]) for name in used}
        types = {place: pa.string() for place in places.values()}
        options = pcsv.ConvertOptions(
            column_types=types,
            include_columns=list(places.values()) or ["0"],
            null_values=[""],
            strings_can_be_null=False,
            check_utf8=False,
        )
        try:
            table = pcsv.read_csv(
                pa.BufferReader(raw),
                pcsv.ReadOptions(
                    use_threads=False,
                    block_size=max(len(raw), 1),
                    column_names=[str(place) for place in range(len(names))],
                ),
                pcsv.ParseOptions(delimiter=self.head.delimiter, newlines_in_values=b'"' in raw),
                options,
            )
        except pa.ArrowInvalid:
            return None
        return table.select(list(places.values())).rename_columns(list(places))

    def _chunk(self, table: Any, raw: bytearray) -> ArrowBatch:
        def rows(indices: Sequence[int]) -> Batch:
            batches = list(self._rows(raw))
            return _pick(batches, indices)

        columns = {
            name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
        return ArrowBatch(table.num_rows, columns, rows)


def _pick(batches: Sequence[Batch], indices: Sequence[int]) -> Batch:
    """Return some rows of batches that have no bad ones."""
    wanted = set(indices)
    numbers: list[int] = []
    columns: dict[str, list[Any]] = {name: [] for batch in batches for name in batch.columns}
    for batch in batches:
        places = [place for place, number in enumerate(batch.numbers) if number - 1 in wanted]
        numbers += [batch.numbers[place] for place in places]
        for name, cells in batch.columns.items():
            columns[name] += [cells[place] for place in places]
    first = batches[0]
    return Batch(
        numbers,
        columns,
        (),
        first.names,
        fixed=True,
        repeated=first.repeated,
        plain=first.plain,
        times=first.times,
    )


def _ends_lines_plainly(raw: bytearray) -> bool:
    """Return whether a carriage return stands only before a line feed."""
    return b"\r" not in raw or raw.count(b"\r") == raw.count(b"\r\n")


def _is_utf8(raw: bytearray) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def quotes_are_plain(raw: bytearray, end: int, delimiter: str) -> bool:
    """Return whether all quotes before `end` open and close whole cells, or are doubled inside of such."""
    if raw.find(b'"', 0, end) < 0:
        return True
    data = np.frombuffer(raw, np.uint8)[:end]
    quotes = np.flatnonzero(data == _QUOTE)
    if len(quotes) % 2:
        return False
    around = np.array([ord(delimiter), _NEWLINE, _RETURN], np.uint8)
    opens, closes = quotes[::2], quotes[1::2]
    before = data[np.maximum(opens - 1, 0)]
    after = data[np.minimum(closes + 1, len(data) - 1)]
    doubled = closes[:-1] + 1 == opens[1:]
    opened = np.isin(before, around) | (opens == 0)
    closed = np.isin(after, around) | (closes == len(data) - 1)
    opened[1:] |= doubled
    closed[:-1] |= doubled
    return bool(opened.all() and closed.all())


def cut(raw: bytearray) -> int:
    """Return the end of the last whole line, -1 for none; a line break inside quotes ends no line."""
    end = raw.rfind(b"\n") + 1
    if not end or b'"' not in raw:
        return end or -1
    data = np.frombuffer(raw, np.uint8)
    quotes, breaks = np.flatnonzero(data == _QUOTE), np.flatnonzero(data == _NEWLINE)
    outside = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
    return int(outside[-1]) + 1 if len(outside) else -1


def longest_row(raw: bytearray) -> int:
    """Return the bytes of the longest row, its line's end included; whole ones where quotes are plain."""
    data = np.frombuffer(raw, np.uint8)
    breaks = np.flatnonzero(data == _NEWLINE)
    if b'"' in raw:
        breaks = breaks[np.searchsorted(np.flatnonzero(data == _QUOTE), breaks) % 2 == 0]
    return int(np.diff(breaks, prepend=-1, append=len(data)).max())


def csv_stretches(
    stream: BufferedReader,
    log: LogFormat,
    delimiter: str | None,
    needs: Needs,
) -> Splits | None:
    """Return the stretches of a log, each to be parsed when it is called.

    None where the text is of a form that is read line by line.
    """
    if (log.encoding or "utf-8").lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
        return None
    if stream.peek(4)[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    stream = bounded(stream, log.budgets.line)
    raw = stream.read(STRETCH).removeprefix(codecs.BOM_UTF8)
    while not raw.strip() and (more := stream.read(STRETCH)):
        raw = more
    with _text(raw) as text:
        lines = first_lines(text, log)
    head = find_head(lines, log, delimiter)
    if head.delimiter == " " or not head.delimiter.isascii() or len(head.names) < 2:
        return None
    header = "".join(lines[: head.begin]).encode("utf-8", "surrogateescape")
    begin = raw.index(header) + len(header)
    table = CsvTable(head, needs.columns)
    return CsvSheet(head).batch([]), _stretches(stream, raw[begin:], table)


def _text(raw: bytes | bytearray) -> TextIO:
    """Return a part of the log as text; what looks like a byte order mark in it is none."""
    return TextIOWrapper(BytesIO(raw), "utf-8", errors="surrogateescape", newline="")


def _stretches(stream: BufferedReader, raw: bytes, table: CsvTable) -> Iterator[Callable[[], Split]]:
    size, ended = STRETCH, False
    while not ended:
        held, ended = _fill(stream, raw, size)
        end = len(held) if ended else cut(held)
        if end < 0 and len(held) < _LONGEST:
            raw, size = bytes(held), 2 * size
            continue
        size = STRETCH
        if end >= 0 and quotes_are_plain(held, end, table.head.delimiter):
            raw = bytes(held[end:])
            del held[end:]
            if end:
                yield partial(table.stretch, held)
            continue
        stretch, raw = _by_line(held, table.head, last=ended)
        if stretch is None:
            size = max(size, 2 * len(raw))
        else:
            yield partial(_known, stretch)


def _fill(stream: BufferedReader, raw: bytes, size: int) -> tuple[bytearray, bool]:
    """Read on after some bytes; also tell whether that was the end."""
    held = bytearray(len(raw) + size)
    held[: len(raw)] = raw
    filled = len(raw)
    with memoryview(held) as view:
        while filled < len(view) and (more := stream.readinto(view[filled:])):
            filled += more
    ended = filled < len(held)
    del held[filled:]
    return held, ended


def _by_line(raw: bytearray, head: CsvHead, *, last: bool) -> tuple[Split | None, bytes]:
    """Read rows one by one where quotes are out of the ordinary; also give what is not a whole row yet."""
    whole = len(raw) if last else raw.rfind(b"\n") + 1
    with _text(raw[:whole]) as text:
        rows, rest = split_lines(head, text.readlines(), last=last)
    left = "".join(rest).encode("utf-8", "surrogateescape") + bytes(raw[whole:])
    if not rows:
        return None, left
    batch = CsvSheet(head).batch(rows)
    return Split([batch], len(batch.numbers) + len(batch.rejected)), left


def _known(stretch: Split) -> Split:
    return stretch
