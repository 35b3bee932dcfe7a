"""The workbook that is written: its formats and the cells of its sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from importlib import import_module
from typing import IO, Any, Final

import attrs

from comity_workbook.texts import cell_text, runs

CREATED: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The date in the properties, always the same, so that the same report gives the same bytes."""
MOST_OPEN: Final = 200
"""How many sheets are written side by side; each has a temporary file open."""
_MILLISECOND, _DAY = 1_000, 86_400_000
_EPOCH: Final = 25_569 * _DAY
"""1970-01-01 in milliseconds of Excel's calendar."""
_FIRST: Final = -25_508 * _DAY * _MILLISECOND
"""1900-03-01, before which Excel's calendar has a day that never was."""


@attrs.frozen
class InstantCell:
    """An instant as microseconds, and as the text that replaces it where Excel has no date."""

    micros: int
    text: str


Cell = str | int | InstantCell | None


class Book:
    """A workbook that is being written, row by row."""

    def __init__(self, file: IO[bytes], title: str, sheets: int) -> None:
        # Looked up by name: the library has no types.
        library = import_module("xlsxwriter")
        self._book: Any = library.Workbook(
            file,
            {
                "constant_memory": sheets <= MOST_OPEN,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        self._book.use_zip64()
        self._book.set_properties({"title": title, "created": CREATED})
        kept = {"num_format": "@"}
        self._text = self._book.add_format(kept)
        self._quoted = self._book.add_format({**kept, "quote_prefix": True})
        self._number = self._book.add_format({"num_format": "#,##0"})
        self._second = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._fraction = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._head = self._book.add_format({**kept, "bold": True, "bottom": 1})

    def add_sheet(self, name: str, widths: Sequence[float]) -> Any:
        """Add a sheet with columns of these widths."""
        sheet = self._book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def write_head(self, sheet: Any, row: int, names: Sequence[str]) -> None:
        """Write the names of columns."""
        for column, name in enumerate(names):
            sheet.write_string(row, column, name, self._head)

    def write_row(self, sheet: Any, row: int, cells: Sequence[Cell]) -> None:
        """Write a row: texts as texts, instants as dates; what is absent or empty stays empty."""
        for column, cell in enumerate(cells):
            if not cell and cell != 0:
                continue
            if isinstance(cell, str):
                self._write_text(sheet, row, column, cell)
            elif isinstance(cell, int):
                sheet.write_number(row, column, cell, self._number)
            elif isinstance(cell, InstantCell):
                self._write_instant(sheet, row, column, cell)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _write_text(self, sheet: Any, row: int, column: int, text: str) -> None:
        text = cell_text(text)
        style = self._quoted if runs(text) else self._text
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes such a text for XML of its own making; in three pieces it is only text.
            sheet.write_rich_string(row, column, text[0], text[1], text[2:], style)
        else:
            sheet.write_string(row, column, text, style)

    def _write_instant(self, sheet: Any, row: int, column: int, instant: InstantCell) -> None:
        if instant.micros < _FIRST:
            sheet.write_string(row, column, instant.text, self._text)
            return
        # Cut off, not rounded: a deadline at the end of a day is not shown as the next day.
        millis = instant.micros // _MILLISECOND
        style = self._fraction if millis % 1000 else self._second
        sheet.write_number(row, column, (millis + _EPOCH) / _DAY, style)
