"""Logs that are a sheet of a workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from comity import InputError
from comity.readers import BadRow, LogFormat, Reader, ReaderOption, RowBatch
from comity_workbook.budgets import BYTES_OPTION, ELEMENTS_OPTION, WorkbookBudgets
from comity_workbook.recognise import is_workbook

if TYPE_CHECKING:
    from comity_workbook.workbook import SheetRow

ROWS: Final = 1024
"""How many rows of a sheet go into a batch."""


def read_xlsx(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read one sheet; its first row that is not blank is the header, unless the mapping has one."""
    from comity_workbook.workbook import open_sheet

    (name,) = log.options.get("sheet", (None,))[-1:]
    with open_sheet(stream, name, WorkbookBudgets.of(log)) as sheet:
        rows = (row for row in sheet if not row.is_blank)
        if log.header is not None:
            names: Sequence[str] = [name.strip() for name in log.header]
        elif (first := next(rows, None)) is None:
            raise InputError("the sheet is empty: it has no header")
        else:
            names = [str(value).strip() for value in first.values]
        table = SheetTable(names, wanted, strict=log.header is not None)
        yield table.batch([])
        while some := list(islice(rows, ROWS)):
            yield table.batch(some)


class SheetTable:
    """The named columns of a sheet, and how many of its rows have been seen."""

    def __init__(self, names: Sequence[str], wanted: frozenset[str] | None, *, strict: bool) -> None:
        """Take the names of the columns from A on; if strict, further columns must be empty."""
        self._names = [name for name in names if name]
        self._repeated = frozenset(name for name, count in Counter(self._names).items() if count > 1)
        self._used = {
            column: name
            for column, name in enumerate(names)
            if name and name not in self._repeated and (wanted is None or name in wanted)
        }
        self._strict, self._width = strict, len(names)
        self._seen = 0

    def batch(self, rows: Sequence[SheetRow]) -> RowBatch:
        """Turn rows into columns; those with a faulty cell in a needed column are rejected."""
        numbers: list[int] = []
        columns: dict[str, list[Any]] = {name: [] for name in self._used.values()}
        bad: list[BadRow] = []
        for number, row in enumerate(rows, self._seen + 1):
            cells = {name: row.value(column) for column, name in self._used.items()}
            if reason := self._reason(row):
                bad.append(BadRow(number, reason, cells))
                continue
            numbers.append(number)
            for name, value in cells.items():
                columns[name].append(value)
        self._seen += len(rows)
        return RowBatch(numbers, columns, bad, self._names, fixed=True, repeated=self._repeated)

    def _reason(self, row: SheetRow) -> str | None:
        """Say why a row is rejected; nothing where it is not."""
        for column, name in self._used.items():
            if fault := row.fault(column):
                return f"cell {row.name_of(column)} (`{name}`) is {fault}"
        if self._strict and row.width > self._width:
            return f"has {row.width} cells, the header has {self._width}"
        return None


XLSX_READER: Final = Reader(
    "xlsx",
    (".xlsx", ".xlsm"),
    read_xlsx,
    options=(
        ReaderOption(
            "sheet", metavar="NAME", help="the sheet to read; by default the first that is not empty"
        ),
        BYTES_OPTION,
        ELEMENTS_OPTION,
    ),
    recognises=is_workbook,
    seeks=True,
)
