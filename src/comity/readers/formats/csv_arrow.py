"""Rows of delimited text as Arrow columns, where Arrow reads the same as Python's csv module."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as pcsv

from comity.columns.arrow_arrays import numbers
from comity.readers.formats.csv_cut import lines_are_plain, longest_row
from comity.readers.formats.csv_rows import CsvHead
from comity.readers.row_batch import RowBatch
from comity.readers.split import ArrowBatch


def arrow_batch(
    raw: bytearray,
    head: CsvHead,
    wanted: frozenset[str] | None,
    rows: Callable[[Sequence[int]], RowBatch],
) -> ArrowBatch | None:
    """Read whole rows, whose quotes are plain, as columns of texts; `wanted` are the columns (None: all).

    `rows` reads some of them one by one. Returns None where Arrow cannot read the rows, or would not read the
    same as the csv module does.
    """
    return _parse(raw, head, wanted, rows) if _reads_the_same(raw, head) else None


def _reads_the_same(raw: bytearray, head: CsvHead) -> bool:
    return (
        lines_are_plain(raw)
        and b"\0" not in raw
        and _is_utf8(raw)
        # Arrow would remove a byte order mark at the beginning.
        and not raw.startswith(codecs.BOM_UTF8)
        and (len(raw) <= head.cell or longest_row(raw) <= head.cell)
    )


def _is_utf8(raw: bytearray) -> bool:
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Misfits:
    """Rows that have another number of cells than the header, as Arrow meets them."""

    def __init__(self, delimiter: str, *, quoted: bool) -> None:
        """Prepare for rows; where some cells are `quoted`, Arrow may count their cells otherwise."""
        self._delimiter, self._quoted = delimiter, quoted
        self._blank = 0
        self.rows: list[int] = []
        """Their indices among all rows."""

    def __call__(self, row: pcsv.InvalidRow) -> str:
        """Take the next one; Arrow numbers all lines that are not empty from 1 on."""
        if self._quoted:
            return "error"
        if row.text.strip() or self._delimiter in row.text:
            self.rows.append(row.number - 1 - self._blank)
        else:
            self._blank += 1  # A line of white space is no row.
        return "skip"


def _parse(
    raw: bytearray,
    head: CsvHead,
    wanted: frozenset[str] | None,
    rows: Callable[[Sequence[int]], RowBatch],
) -> ArrowBatch | None:
    """Parse rows, None where Arrow cannot tell whether one of them has as many cells as the header."""
    names, repeated = head.names, head.repeated
    used = [name for name in dict.fromkeys(names) if name and name not in repeated]
    if wanted is not None:
        used = [name for name in used if name in wanted]
    # Arrow gets the columns' numbers as their names, since several columns may have no name or the same.
    first = {name: place for place, name in reversed(list(enumerate(names)))}
    places = {name: str(first[name]) for name in used}
    options = pcsv.ConvertOptions(
        column_types={place: pa.string() for place in places.values()},
        include_columns=list(places.values()) or ["0"],
        null_values=[""],
        strings_can_be_null=False,
        check_utf8=False,
    )
    quoted = b'"' in raw
    misfits = _Misfits(head.delimiter, quoted=quoted)
    try:
        table = pcsv.read_csv(
            pa.BufferReader(raw),
            pcsv.ReadOptions(
                use_threads=False,
                block_size=max(len(raw), 1),
                column_names=[str(place) for place in range(len(names))],
            ),
            pcsv.ParseOptions(
                delimiter=head.delimiter, newlines_in_values=quoted, invalid_row_handler=misfits
            ),
            options,
        )
    except pa.ArrowInvalid:
        return None
    columns = {
        name: column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        for name, column in ((name, table.column(place)) for name, place in places.items())
    }
    if not misfits.rows:
        return ArrowBatch(table.num_rows, columns, rows)
    count = table.num_rows + len(misfits.rows)
    marks = np.zeros(count, np.bool_)
    marks[misfits.rows] = True
    where = numbers(np.cumsum(~marks) - 1, marks)
    return ArrowBatch(count, {name: column.take(where) for name, column in columns.items()}, rows, marks)
