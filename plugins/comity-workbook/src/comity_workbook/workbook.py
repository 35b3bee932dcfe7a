"""Workbooks as openpyxl reads them, with its faults as InputError."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from io import BufferedReader
from itertools import count, islice, repeat, starmap
from typing import Any, Final

from comity import InputError
from comity_workbook.archive import Archive
from comity_workbook.budgets import MOST_ROWS, WorkbookBudgets
from comity_workbook.cells import is_blank, to_value

BROKEN: Final = "not a readable workbook"
PIECE: Final = 1024
"""How many rows are read at once."""
NO_RESULT: Final = "a formula without a stored result: open the workbook in Excel and save it again"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How encrypted workbooks begin, and those of Excel 97."""
_BAD: Final = "bad"
"""The type of a cell whose contents are not what its type says."""
_UNREADABLE: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)
_MOST_SHOWN: Final = 30


class SheetRow:
    """A row of a sheet: what its cells hold, from column A on, and what is wrong with them."""

    def __init__(self, number: int, cells: Sequence[Any], formulas: Sequence[Any]) -> None:
        """Take the cells with their results and, where the workbook has any, with their formulas."""
        self._number, self._cells, self._formulas = number, cells, formulas
        self.values = [to_value(cell) for cell in cells]

    @property
    def width(self) -> int:
        """Tell how many cells there are up to the last that is not blank."""
        return max((index for index, value in enumerate(self.values, 1) if not is_blank(value)), default=0)

    @property
    def is_blank(self) -> bool:
        """Return whether a row has nothing, a fault included."""
        return all(map(is_blank, self.values)) and not any(map(self.fault, range(len(self._cells))))

    def value(self, column: int) -> Any:
        """Return what a cell holds; nothing beyond the last."""
        return self.values[column] if column < len(self.values) else ""

    def name_of(self, column: int) -> str:
        """Name a cell as a spreadsheet does, such as `C7`."""
        from openpyxl.utils import get_column_letter

        return f"{get_column_letter(column + 1)}{self._number}"

    def fault(self, column: int) -> str | None:
        """Say what is wrong with a cell, if anything is."""
        if column >= len(self._cells):
            return None
        cell = self._cells[column]
        if cell.data_type == "e":
            return f"the error `{cell.value}`"
        if cell.data_type == _BAD:
            return f"`{str(cell.value)[:60]}`, which is not what the cell is said to hold"
        # A formula whose result is an empty text is stored as a text.
        never = cell.value is None and cell.data_type == "n" and column < len(self._formulas)
        return NO_RESULT if never and self._formulas[column].data_type == "f" else None


@contextmanager
def open_sheet(
    stream: BufferedReader, name: str | None, budgets: WorkbookBudgets
) -> Iterator[Iterator[SheetRow]]:
    """Open the sheet of a name, by default the first that is not hidden and not empty, as its rows.

    Where all of them are empty, it is the first. Raises InputError where there is none, and where the
    workbook cannot be read or passes a budget, which may show while the rows are read.
    """
    if stream.read(len(_COMPOUND)) == _COMPOUND:
        raise InputError("the workbook is encrypted, or of Excel 97: save it as .xlsx without a password")
    with ExitStack() as stack:
        with _faults():
            archive = stack.enter_context(closing(Archive(stream, budgets)))
            values = _load(archive, data_only=True)
            sheet = _choose(values, name)
            rows = _rows(sheet)
            # Reading formulas takes as long as reading the values.
            if archive.has_formulas:
                others = _rows(_load(archive, data_only=False)[sheet.title])
                paired = zip(count(1), rows, others, strict=False)
            else:
                paired = zip(count(1), rows, repeat(()), strict=False)
        yield _guarded(starmap(SheetRow, paired))


def _load(archive: Archive, *, data_only: bool) -> Any:
    from openpyxl.reader.excel import ExcelReader

    stream: Any = archive.fp
    stream.seek(0)
    reader: Any = ExcelReader(stream, read_only=True, data_only=data_only, keep_links=False)
    reader.archive = archive
    reader.read()
    return reader.wb


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    """Return the rows of a sheet from the first on; a cell that cannot be read is one of type `bad`."""
    # What a workbook says of a sheet's size is not always true.
    sheet.reset_dimensions()
    book = sheet.parent
    with sheet._get_source() as source:
        parser = _parser()(
            source,
            sheet._shared_strings,
            data_only=book.data_only,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        before = 0
        for number, cells in parser.parse():
            yield from repeat((), number - before - 1)
            yield sheet._get_row(cells)
            before = number


@cache
def _parser() -> Any:
    from openpyxl.utils.cell import coordinate_to_tuple
    from openpyxl.worksheet._reader import VALUE_TAG, WorkSheetParser

    class Parser(WorkSheetParser):
        """The library's parser, for which one bad cell is one bad cell."""

        def parse_cell(self, element: Any) -> Any:
            before = self.col_counter
            try:
                return super().parse_cell(element)
            except _UNREADABLE:
                place = element.get("r")
                self.col_counter = coordinate_to_tuple(place)[1] if place else before + 1
                return {
                    "row": self.row_counter,
                    "column": self.col_counter,
                    "value": element.findtext(VALUE_TAG) or "",
                    "data_type": _BAD,
                    "style_id": 0,
                }

    return Parser


def _choose(workbook: Any, name: str | None) -> Any:
    names = [sheet.title for sheet in workbook.worksheets]
    if name is not None:
        alike = [each for each in names if each.strip().casefold() == name.strip().casefold()]
        if not alike:
            raise InputError(f"there is no sheet `{name}`: {_listed(names)}")
        return workbook[name if name in alike else alike[0]]
    seen = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if not seen:
        raise InputError(f"the workbook shows no sheet: name one with `sheet`; {_listed(names)}")
    return next((sheet for sheet in seen if _has_cells(sheet)), seen[0])


def _has_cells(sheet: Any) -> bool:
    return any(cell.value is not None for row in islice(_rows(sheet), MOST_ROWS) for cell in row)


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "there are none"
    more = ", …" if len(names) > _MOST_SHOWN else ""
    return "the sheets are " + ", ".join(f"`{name}`" for name in names[:_MOST_SHOWN]) + more


def _guarded(rows: Iterator[SheetRow]) -> Iterator[SheetRow]:
    seen = 0
    while True:
        with _faults():
            some = list(islice(rows, PIECE))
        if not some:
            return
        seen += len(some)
        if seen > MOST_ROWS:
            raise InputError(f"{BROKEN}: it has a row beyond {MOST_ROWS:,}, which no sheet has")
        yield from some


@contextmanager
def _faults() -> Iterator[None]:
    """Raise InputError for whatever a damaged workbook makes the library raise; its warnings say nothing."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{BROKEN}: {reason[:200]}") from None
