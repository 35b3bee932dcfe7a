"""Delimited text row by row: the header, the cells, and rows that cannot be split."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, TextIO

import attrs

from comity.budgets import log_over_budget
from comity.errors import InputError
from comity.readers.mapping.mapping import LogFormat
from comity.readers.row_batch import CHUNK, BadRow, RowBatch

_DELIMITERS: Final = ",;\t|"

_OPEN_QUOTE: Final = "unexpected end of data"

_TOO_LONG: Final = "field larger than field limit"

Row = list[str]


@attrs.frozen
class _Dialect:
    delimiter: str
    cell: int
    """How many characters a cell may have."""

    def rows(self, lines: Iterator[str] | Sequence[str]) -> Any:
        """Return the csv module's reader."""
        spaces = self.delimiter == " "
        return csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=spaces)

    def is_blank(self, row: Row) -> bool:
        """Return whether a row is what an empty line, or one of white space, gives."""
        if len(row) != 1 or row[0].strip():
            return not row
        return bool(row[0]) or self.delimiter == " "

    def split(self, lines: list[str], last: bool) -> tuple[list[Row | str], list[str]]:
        """Split lines into rows, with the reason in place of a bad one, and the lines of an unfinished row.

        Only the first line of a bad row is given up: a stray quote does not swallow the rows after it.
        """
        found: list[Row | str] = []
        start = 0
        while start < len(lines):
            rows, done = self.rows(map(lines.__getitem__, range(start, len(lines)))), 0
            try:
                for row in rows:
                    found.append(row)
                    done = rows.line_num
                break
            except csv.Error as error:
                start += done
                unfinished = str(error) == _OPEN_QUOTE
                # Python's own limit is one for all: where it is higher, an open quote would go on and on.
                long = unfinished and sum(map(len, lines[start + 1 :])) > self.cell
                if unfinished and not last and not long:
                    return found, lines[start:]
                if long or _TOO_LONG in str(error):
                    found.append(_too_long(self.cell))
                else:
                    found.append("a quote is never closed" if unfinished else f"not valid csv: {error}")
                start += 1
        return found, []

    def without_long(self, rows: list[Row | str]) -> list[Row | str]:
        """Put the reason in place of rows with a cell that is too long."""
        return [
            _too_long(self.cell)
            if not isinstance(row, str) and max(map(len, row), default=0) > self.cell
            else row
            for row in rows
        ]


def _too_long(most: int) -> str:
    return log_over_budget("cell", "a cell goes on and on", most)


def _header(lines: list[str], dialect: _Dialect) -> tuple[Row, list[str]]:
    rows = dialect.rows(lines)
    try:
        header = next(rows)
    except csv.Error as error:
        raise InputError(f"the header is not valid csv: {error}") from None
    if dialect.delimiter == " " and header[-1] == "":
        header.pop()
    return [name.strip() for name in header], lines[rows.line_num :]


def _sniff(lines: list[str], cell: int) -> str:
    for delimiter in _DELIMITERS:
        try:
            if len(next(_Dialect(delimiter, cell).rows(lines), ())) > 1:
                return delimiter
        except csv.Error:
            continue
    return ","


@attrs.frozen
class CsvHead:
    """What the first lines of a log of delimited text say."""

    delimiter: str
    names: tuple[str, ...]
    """The columns in their order; a column without a name is left out."""
    begin: int
    """How many lines there are before the rows."""
    cell: int
    """How many characters a cell may have."""

    @property
    def repeated(self) -> frozenset[str]:
        """Names that more than one column has."""
        return frozenset(name for name, count in Counter(self.names).items() if name and count > 1)


def find_head(lines: list[str], log: LogFormat, delimiter: str | None) -> CsvHead:
    """Find the header in the first lines, of which the first is not blank."""
    cell = log.budgets.cell
    _allow(cell)
    dialect = _Dialect(log.delimiter or delimiter or _sniff(lines, cell), cell)
    if log.header is not None:
        return CsvHead(dialect.delimiter, tuple(name.strip() for name in log.header), 0, cell)
    names, rest = _header(lines, dialect)
    if len(names) > log.budgets.columns:
        found = f"there are {len(names):,} columns"
        raise InputError(log_over_budget("columns", found, log.budgets.columns))
    return CsvHead(dialect.delimiter, tuple(names), len(lines) - len(rest), cell)


def _allow(cell: int) -> None:
    """Have Python's csv module, whose limit is one for all, read cells of so many characters."""
    if csv.field_size_limit() < cell:
        csv.field_size_limit(cell)


def first_lines(text: TextIO, log: LogFormat) -> list[str]:
    """Read some lines from the first that is not blank on."""
    lines: list[str] = []
    while not lines and (lines := text.readlines(CHUNK)):
        first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
        lines = lines[first:]
    if not lines and log.header is None:
        raise InputError(
            "the log is empty: it has no header, which an export that found nothing has, so that it is taken "
            "for one that broke off (also with --allow-nothing)"
        )
    return lines


def read_rows(text: TextIO, head: CsvHead, lines: list[str]) -> Iterator[RowBatch]:
    """Read rows from lines and then from the text that follows, numbered from 1."""
    _allow(head.cell)
    sheet, dialect = CsvSheet(head), _Dialect(head.delimiter, head.cell)
    carried = 0
    while lines or (lines := text.readlines(CHUNK)):
        if not head.delimiter.isspace() and not any(map(str.strip, lines)):
            lines = []
            continue
        rows: list[Row | str] = []
        try:
            rows.extend(dialect.rows(lines))
            rest: list[str] = []
        except csv.Error:
            # At least as much is read as was carried over, so that a long row is not split over and over.
            more = text.readlines(max(CHUNK, carried))
            rows, rest = dialect.split(lines, last=False)
            if rest and not more:
                ended, rest = dialect.split(rest, last=True)
                rows += ended
            carried = sum(map(len, rest))
            rest = rest + more
        lines = rest
        if rows:
            if csv.field_size_limit() > head.cell:
                rows = dialect.without_long(rows)
            batch = sheet.batch(rows)
            # The rows are let go before the garbage collector gets to see them.
            rows = []
            yield batch


def split_lines(head: CsvHead, lines: list[str], *, last: bool) -> tuple[list[Row | str], list[str]]:
    """Split lines into rows, with the reason in place of a bad one, and the lines of an unfinished row."""
    _allow(head.cell)
    dialect = _Dialect(head.delimiter, head.cell)
    rows, rest = dialect.split(lines, last)
    return (dialect.without_long(rows) if csv.field_size_limit() > head.cell else rows), rest


class CsvSheet:
    """The named columns of a log, and how many of its rows have been seen."""

    def __init__(self, head: CsvHead) -> None:
        self._dialect, self._names, self._seen = _Dialect(head.delimiter, head.cell), head.names, 0
        self._repeated = head.repeated
        self._used = [(i, name) for i, name in enumerate(head.names) if name and name not in self._repeated]

    def batch(self, rows: list[Row | str]) -> RowBatch:
        """Turn rows into columns; those of another length than the header's are rejected."""
        bad: list[BadRow] = []
        numbers: Sequence[int] = range(self._seen + 1, self._seen + 1 + len(rows))
        try:
            columns = list(zip(*rows, strict=True))
            regular = len(columns) == len(self._names) and not any(isinstance(row, str) for row in rows[:1])
        except ValueError:
            regular = False
        if not regular:
            numbers, good = self._sort_out(rows, bad)
            columns = list(zip(*good, strict=True))
        self._seen += len(numbers) + len(bad)
        cells = {name: columns[i] if columns else () for i, name in self._used}
        names = [name for name in self._names if name]
        return RowBatch(numbers, cells, bad, names, fixed=True, repeated=self._repeated, plain=True)

    def _sort_out(self, rows: list[Row | str], bad: list[BadRow]) -> tuple[list[int], list[Row]]:
        numbers, good, number, width = [], [], self._seen, len(self._names)
        for row in rows:
            if not row:
                # Empty lines are let go at once: a file can have millions of them.
                continue
            if isinstance(row, str):
                number += 1
                bad.append(BadRow(number, row))
                continue
            if self._dialect.is_blank(row):
                continue
            number += 1
            if len(row) == width + 1 and row[-1] == "" and self._dialect.delimiter == " ":
                row.pop()
            if len(row) == width:
                numbers.append(number)
                good.append(row)
                continue
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            shown = {name: cell for name, cell in zip(self._names, row, strict=False) if name}
            bad.append(BadRow(number, f"has {cells}, the header has {width}", shown))
        return numbers, good
