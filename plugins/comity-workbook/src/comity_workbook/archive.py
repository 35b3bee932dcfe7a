"""The archive that a workbook is: what it inflates to is counted before it is understood, and bounded."""

from __future__ import annotations

from io import BufferedReader
from typing import Any, Final
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.utils import get_column_letter

from comity import InputError
from comity_workbook.budgets import (
    BYTES_OPTION,
    ELEMENTS_OPTION,
    EMPTY_CELLS,
    LEAST_BYTES,
    LEAST_ELEMENTS,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_ELEMENTS,
    MOST_ELEMENTS_PER_BYTE,
    MOST_INFLATED,
    MOST_MARKUP,
    MOST_OTHERS,
    MOST_ROWS,
    WorkbookBudgets,
)

_PIECE: Final = 1 << 16
_COLUMNS: Final = {get_column_letter(number): number for number in range(1, MOST_COLUMNS + 1)}


class Archive(ZipFile):
    """A zip archive of which each part is counted and looked through when it is opened first.

    Opening raises InputError where a budget is passed, and for what no sheet can have. That no part is
    longer than the archive says of it, the library sees to.
    """

    def __init__(self, stream: BufferedReader, budgets: WorkbookBudgets) -> None:
        """Take a workbook; raises BadZipFile for another file."""
        size = stream.seek(0, 2)
        stream.seek(0)
        super().__init__(stream)
        allowed = min(MOST_BYTES, max(LEAST_BYTES, MOST_INFLATED * size))
        self._most_bytes = allowed if budgets.most_bytes is None else budgets.most_bytes
        allowed = min(MOST_ELEMENTS, max(LEAST_ELEMENTS, MOST_ELEMENTS_PER_BYTE * size))
        self._most_elements = allowed if budgets.most_elements is None else budgets.most_elements
        self._inflated = self._seen = 0
        self._known: set[str] = set()
        self.has_formulas = False
        """Whether any of the parts that were opened has formulas."""

    def open(self, name: Any, *given: Any, **named: Any) -> Any:
        """Open a part; raises InputError where it passes a budget."""
        info = self.getinfo(name) if isinstance(name, str) else name
        if info.filename not in self._known:
            self._known.add(info.filename)
            self._inflated += info.file_size
            if self._inflated > self._most_bytes:
                raise InputError(
                    f"the workbook inflates to more than {self._most_bytes:,} bytes:"
                    f" raise `{BYTES_OPTION.name}` where it is to be trusted"
                )
            with super().open(info) as part:
                self._look_through(part, info.filename)
        return super().open(info, *given, **named)

    def _look_through(self, part: Any, name: str) -> None:
        look = _Look(self._most_elements - self._seen, self._most_elements, name)
        fed = 0
        while piece := part.read(_PIECE):
            look.parser.Parse(piece, False)
            fed += len(piece)
            # What is not at its end yet is looked at anew with each piece.
            if fed - look.parser.CurrentByteIndex > MOST_MARKUP:
                what = f"a tag or a comment of over {MOST_MARKUP:,} bytes"
                raise InputError(f"not a readable workbook: `{name[:60]}` has {what}")
        look.parser.Parse(b"", True)
        self._seen += look.count
        self.has_formulas = self.has_formulas or look.has_formulas


class _Look:
    """Looks through the XML of a part without keeping any of it."""

    def __init__(self, left: int, elements: int, name: str) -> None:
        self.count = 0
        self.has_formulas = False
        self._left, self._most_elements, self._name = left, elements, name
        self._row = self._column = 0
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.buffer_text = False
        self.parser.StartElementHandler = self._root
        self.parser.StartDoctypeDeclHandler = self._refuse_type

    def _root(self, tag: str, given: list[str]) -> None:
        kind = tag.rpartition(":")[2]
        self.parser.StartElementHandler = self._in_sheet if kind == "worksheet" else self._elsewhere
        if kind not in ("worksheet", "sst"):
            self._left = min(self._left, MOST_OTHERS)
        self._elsewhere(tag, given)

    def _refuse_type(self, *_: Any) -> None:
        raise InputError(f"not a readable workbook: `{self._name[:60]}` has a document type, which none has")

    def _elsewhere(self, tag: str, given: list[str]) -> None:
        self.count += 1
        if self.count > self._left:
            self._refuse_count()

    def _refuse_count(self) -> None:
        if self._left == MOST_OTHERS < self._most_elements:
            raise InputError(
                f"not a readable workbook: `{self._name[:60]}` has over {MOST_OTHERS:,} elements"
            )
        raise InputError(
            f"the workbook has more than {self._most_elements:,} elements:"
            f" raise `{ELEMENTS_OPTION.name}` where it is to be trusted"
        )

    def _in_sheet(self, tag: str, given: list[str]) -> None:
        self.count += 1
        if self.count > self._left:
            self._refuse_count()
        kind = tag if ":" not in tag else tag.rpartition(":")[2]
        if kind == "c":
            if given and given[0] == "r":
                self._cell(given[1])
            else:
                self._cell(_attribute(given))
        elif kind == "row":
            self.count += self._column // EMPTY_CELLS
            self._begin_row(_attribute(given))
        elif kind == "f":
            self.has_formulas = True

    def _cell(self, place: str | None) -> None:
        if place is None:
            column = self._column + 1
        else:
            found = _COLUMNS.get(place.rstrip("0123456789").upper())
            if found is None:
                raise InputError(
                    f"not a readable workbook: the cell `{place[:20]}` is beyond column XFD, the last that a"
                    " sheet has, or no cell"
                )
            column = found
            if column <= self._column:
                raise InputError(
                    f"not a readable workbook: the cell `{place[:20]}` is not in the order of cells"
                )
        if column > MOST_COLUMNS:
            raise InputError(f"not a readable workbook: row {self._row} has more than {MOST_COLUMNS:,} cells")
        self._column = column

    def _begin_row(self, said: str | None) -> None:
        row = self._row + 1
        if said is not None:
            try:
                row = int(said[:20]) if said.isascii() else -1
            except ValueError:
                row = -1
        if row > MOST_ROWS:
            raise InputError(
                f"not a readable workbook: it has a row beyond {MOST_ROWS:,}, which no sheet has"
            )
        if row <= self._row:
            shown = self._row + 1 if said is None else said[:20]
            raise InputError(f"not a readable workbook: the row `{shown}` comes after row {self._row}")
        self._row, self._column = row, 0


def _attribute(given: list[str]) -> str | None:
    """Return the attribute `r`, None without it."""
    return next((given[place + 1] for place in range(0, len(given), 2) if given[place] == "r"), None)
