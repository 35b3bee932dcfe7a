"""Delimited text row by row: the header, the cells, and rows that cannot be split."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, TextIO

from comity.budgets import log_over_budget
from comity.errors import InputError
from comity.readers.mapping.mapping import LogFormat
from comity.readers.row_batch import CHUNK, BadRow, RowBatch
from comity.records import frozen

_DELIMITERS: Final = ",;\t|"
_OPEN_QUOTE: Final = "unexpected end of data"
"""What the csv module says of a quote that is not closed."""
_TOO_LONG: Final = "field larger than field limit"
"""What the csv module says of a cell that is too long."""

CsvRow = list[str]


@frozen
class _Dialect:
    delimiter: str
    cell: int
    """How many characters a cell may have."""

    def rows(self, lines: Iterator[str] | Sequence[str]) -> Any:
        """Return the csv module's reader of some lines."""
        spaces = self.delimiter == " "
        return csv.reader(lines, delimiter=self.delimiter, strict=True, skipinitialspace=spaces)

    def is_blank(self, row: CsvRow) -> bool:
        """Return whether a row stands for an empty line or a line of white space."""
        if len(row) != 1 or row[0].strip():
            return not row
        return bool(row[0]) or self.delimiter == " "

    def split(self, lines: list[str], last: bool) -> tuple[list[CsvRow | str], list[str]]:
        """Split lines into rows; return them, and the lines of a row that is not finished.

        A text in place of a row says why it is bad. Only the first line of a bad row is lost: a stray quote
        does not swallow the rows after it.
        """
        split: list[CsvRow | str] = []
        start = 0
        while start < len(lines):
            rows, done = self.rows(map(lines.__getitem__, range(start, len(lines)))), 0
            try:
                for row in rows:
                    split.append(row)
                    done = rows.line_num
                break
            except csv.Error as error:
                start += done
                unfinished = str(error) == _OPEN_QUOTE
                # Python's limit is one for all logs: where it is higher, an open quote would not end here.
                long = unfinished and sum(map(len, lines[start + 1 :])) > self.cell
                if unfinished and not last and not long:
                    return split, lines[start:]
                if long or _TOO_LONG in str(error):
                    split.append(_too_long(self.cell))
                else:
                    split.append("a quote is never closed" if unfinished else f"not valid csv: {error}")
                start += 1
        return split, []

    def without_long(self, rows: list[CsvRow | str]) -> list[CsvRow | str]:
        """Return the rows with the reason in place of each row that has too long a cell."""
        return [
            _too_long(self.cell)
            if not isinstance(row, str) and max(map(len, row), default=0) > self.cell
            else row
            for row in rows
        ]


def _too_long(most: int) -> str:
    return log_over_budget("cell", "a cell goes on and on", most)


def _header(lines: list[str], dialect: _Dialect) -> tuple[CsvRow, list[str]]:
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


@frozen
class CsvHead:
    """What the first lines of delimited text say about all of it."""

    delimiter: str
    names: tuple[str, ...]
    """The names of the columns in their order; a column with an empty name is left out."""
    begin: int
    """How many lines stand before the rows."""
    cell: int
    """How many characters a cell may have."""

    @property
    def repeated(self) -> frozenset[str]:
        """Names that more than one column has."""
        return frozenset(name for name, count in Counter(self.names).items() if name and count > 1)


def find_head(lines: list[str], log: LogFormat, delimiter: str | None) -> CsvHead:
    """Read the header in the first lines; raises InputError where it is not valid or has too many columns."""
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
    """Let Python's csv module read cells of so many characters; it has one limit for all logs."""
    if csv.field_size_limit() < cell:
        csv.field_size_limit(cell)


def first_lines(text: TextIO, log: LogFormat) -> list[str]:
    """Read the first lines that are not blank; raises InputError where a log without `header` has none."""
    lines: list[str] = []
    while not lines and (lines := text.readlines(CHUNK)):
        first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
        lines = lines[first:]
    if not lines and log.header is None:
        raise InputError(
            "the log is empty and has no header: an export that found nothing has a header, so this one "
            "probably broke off (--allow-nothing does not accept that)"
        )
    return lines


def read_rows(text: TextIO, head: CsvHead, lines: list[str]) -> Iterator[RowBatch]:
    """Read rows, numbered from 1, from the lines and then from the rest of the text."""
    _allow(head.cell)
    sheet, dialect = CsvSheet(head), _Dialect(head.delimiter, head.cell)
    carried = 0
    while lines or (lines := text.readlines(CHUNK)):
        if not head.delimiter.isspace() and not any(map(str.strip, lines)):
            lines = []
            continue
        rows: list[CsvRow | str] = []
        try:
            rows.extend(dialect.rows(lines))
            rest: list[str] = []
        except csv.Error:
            # Read at least as much as was carried over, so that a long row is not split again and again.
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
            # Without this reference the rows are freed before the garbage collector visits them.
            rows = []
            yield batch


def split_lines(head: CsvHead, lines: list[str], *, last: bool) -> tuple[list[CsvRow | str], list[str]]:
    """Split lines into rows; return them, and the lines of a row that is not finished.

    A text in place of a row says why it is bad; `last` says that no further lines follow.
    """
    _allow(head.cell)
    dialect = _Dialect(head.delimiter, head.cell)
    rows, rest = dialect.split(lines, last)
    return (dialect.without_long(rows) if csv.field_size_limit() > head.cell else rows), rest


class CsvSheet:
    """The named columns of a log, and how many of its rows were read."""

    def __init__(self, head: CsvHead) -> None:
        self._dialect, self._names, self._seen = _Dialect(head.delimiter, head.cell), head.names, 0
        self._repeated = head.repeated
        self._used = [(i, name) for i, name in enumerate(head.names) if name and name not in self._repeated]

    def batch(self, rows: list[CsvRow | str]) -> RowBatch:
        """Turn rows into columns; rows of another length than the header are rejected."""
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

    def _sort_out(self, rows: list[CsvRow | str], bad: list[BadRow]) -> tuple[list[int], list[CsvRow]]:
        numbers, good, number, width = [], [], self._seen, len(self._names)
        for row in rows:
            if not row:
                # Empty lines are skipped at once: a file can have millions of them.
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
