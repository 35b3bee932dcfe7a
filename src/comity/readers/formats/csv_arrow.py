"""Rows of delimited text as an Arrow table, where Arrow reads the same as Python's csv module."""

from __future__ import annotations

import codecs

import pyarrow as pa
import pyarrow.csv as pcsv

from comity.readers.formats.csv_cut import lines_are_plain, longest_row
from comity.readers.formats.csv_rows import CsvHead


def arrow_table(raw: bytearray, head: CsvHead, wanted: frozenset[str] | None) -> pa.Table | None:
    """Read whole rows, whose quotes are plain, as columns of texts; `wanted` are the columns (None: all).

    Returns None where Arrow cannot read the rows, or would not read the same as the csv module does.
    """
    return _parse(raw, head, wanted) if _reads_the_same(raw, head) else None


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


def _parse(raw: bytearray, head: CsvHead, wanted: frozenset[str] | None) -> pa.Table | None:
    """Parse rows, None where one of them has another number of cells than the header."""
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
    try:
        table = pcsv.read_csv(
            pa.BufferReader(raw),
            pcsv.ReadOptions(
                use_threads=False,
                block_size=max(len(raw), 1),
                column_names=[str(place) for place in range(len(names))],
            ),
            pcsv.ParseOptions(delimiter=head.delimiter, newlines_in_values=b'"' in raw),
            options,
        )
    except pa.ArrowInvalid:
        return None
    return table.select(list(places.values())).rename_columns(list(places))
