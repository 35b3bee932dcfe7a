"""Many findings at once as JSON and CSV: whole Arrow batches become texts, column by column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from comity.columns.arrow_arrays import bytes_of, filled, flags, joined, numbers, text, texts, values_of
from comity.columns.instant_texts import instant_texts
from comity.formatters.cells import FORMULA_STARTS, safe_cell
from comity.results.finding_keys import CODED, INSTANTS

_MAY_RUN = np.zeros(256, np.bool_)
"""For each byte, whether a text that begins with it may be run by a spreadsheet as a formula."""
_MAY_RUN[[ord(" "), 0xEF, *(ord(c) for c in FORMULA_STARTS if c.isascii())]] = True  # 0xEF: full-width signs.
_FORMULA = "^ *[" + "".join(FORMULA_STARTS).replace("-", r"\-") + "]"
_QUOTE, _SIGNS = '"', (",", '"', "\r", "\n")
"""What a cell may have only inside quotes; the quote is one of them."""
_MOST_CODES = 1 << 16
_LINE = "\r\n"
"""What begins each line of CSV: the header ends without."""


def json_bytes(batch: pa.RecordBatch, end: str, last: str = "") -> bytes:
    """Return each finding as `json.dumps` writes its `to_dict` of these columns, with `end` after each.

    `last` is written as the last key of each with its value, after a comma.
    """
    pieces: list[pa.Array | str] = []
    before = "{"
    for names in _runs(batch):
        if names[0] in CODED:
            pieces += [before, _constants(batch, names, lambda name, text: f'"{name}": {_quoted(text)}')]
        else:
            pieces += [f'{before}"{names[0]}": ', *_json_value(batch, names[0])]
        before = ", "
    return _bytes(joined(*pieces, last + "}" + end))


def csv_bytes(batch: pa.RecordBatch, last: tuple[str, ...] = ()) -> bytes:
    """Return each finding as a line of CSV, with the end of the line before it; `last` are further cells."""
    runs, alone = _runs(batch), batch.num_columns == 1 and not last
    # The end of the line before costs nothing in cells of which few are distinct.
    begun = runs[0][0] in CODED and not alone
    cells = [
        _constants(batch, names, lambda _, text: _cell(text), ",", _LINE if begun and not place else "")
        if names[0] in CODED
        else _csv_cells(batch, names[0])
        for place, names in enumerate(runs)
    ]
    if alone:  # An empty cell that is alone in its line is in quotes: no line is empty.
        cells = [pc.if_else(pc.equal(cells[0], text("")), text(2 * _QUOTE), cells[0])]
    if not begun:
        cells[0] = joined(_LINE, cells[0])
    return _bytes(pc.binary_join_element_wise(*cells, *map(text, last), text(",")))


def _runs(batch: pa.RecordBatch) -> list[tuple[str, ...]]:
    """Return the names of the columns: those of few distinct values that follow one another together."""
    runs: list[tuple[str, ...]] = []
    for name in batch.schema.names:
        if name in CODED and runs and runs[-1][0] in CODED:
            runs[-1] = (*runs[-1], name)
        else:
            runs.append((name,))
    return runs


def _json_value(batch: pa.RecordBatch, name: str) -> tuple[pa.Array | str, ...]:
    """Return the pieces of a value in JSON."""
    if name == "scope":
        return (scope_texts(batch),)
    if name == "evidence":
        return (evidence_texts(batch),)
    if name in INSTANTS:
        return (_instant(batch, name),)
    return ('"', _inside(batch.column(name)), '"')


def _csv_cells(batch: pa.RecordBatch, name: str) -> pa.Array:
    """Return the cells of a column."""
    if name == "scope":
        return _nested(scope_texts(batch, 2 * _QUOTE, _QUOTE), "{}")
    if name == "evidence":
        return _nested(evidence_texts(batch, 2 * _QUOTE, _QUOTE), "[]")
    if name in INSTANTS:
        return filled(instant_texts(batch.column(name)), "")
    return _cells(batch.column(name))


def _nested(column: pa.Array, empty: str) -> pa.Array:
    """Remove the quotes around empty JSON, which needs none."""
    sizes = np.diff(bytes_of(column)[0])
    bare = sizes == len(empty) + 2
    return pc.if_else(flags(bare), text(empty), column) if bare.any() else column


def _bytes(column: pa.Array) -> bytes:
    """Return the bytes of all texts of an Arrow array, one after another."""
    offsets, data = bytes_of(column)
    found: bytes = data[int(offsets[0]) : int(offsets[-1])].tobytes()
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _cell(text: str) -> str:
    """Return one cell of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow((safe_cell(text), ""))
    return buffer.getvalue().removesuffix(",\r\n")


def _constants(
    batch: pa.RecordBatch,
    names: tuple[str, ...],
    write: Callable[[str, str], str],
    separator: str = ", ",
    before: str = "",
) -> pa.Array:
    """Return the columns of few distinct values as one text in each row, each combination written once.

    `before` begins each text.
    """
    codes = np.zeros(batch.num_rows, np.int64)
    for name in names:
        column = batch.column(name)
        codes = codes * max(len(column.dictionary), 1) + values_of(column.indices)
    first, inverse = _distinct(codes)
    said = [
        before + separator.join(write(name, batch.column(name)[row].as_py()) for name in names)
        for row in first.tolist()
    ]
    return texts(said).take(numbers(inverse))


def _distinct(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return a row of each distinct code, and for each row the number of its code among these."""
    if not len(codes) or codes.max() >= _MOST_CODES:
        _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        return first, inverse
    # A table of the codes takes a tenth of the time of sorting them.
    rows = np.full(int(codes.max()) + 1, -1)
    rows[codes] = np.arange(len(codes))
    present = rows >= 0
    return rows[present], (np.cumsum(present) - 1)[codes]


def _inside(column: pa.Array, quote: str = _QUOTE) -> pa.Array:
    """Return texts as JSON writes them between quotes; `quote` replaces each quote of the JSON."""
    data = _bytes(column)
    plain = b'"' not in data and b"\\" not in data
    if plain and (not data or np.frombuffer(data, np.uint8).min() >= ord(" ")):
        return column
    written = [None if said is None else _quoted(said)[1:-1] for said in column.to_pylist()]
    return texts([None if said is None else said.replace(_QUOTE, quote) for said in written])


def _instant(batch: pa.RecordBatch, name: str) -> pa.Array:
    return filled(joined('"', instant_texts(batch.column(name)), '"'), "null")


def evidence_texts(batch: pa.RecordBatch, quote: str = _QUOTE, around: str = "") -> pa.Array:
    """Return the evidence as JSON, with the text `around` before and after it."""
    lists = batch.column("evidence")
    sizes = values_of(lists.value_lengths())
    offsets = np.zeros(len(lists) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    parts = pa.ListArray.from_arrays(numbers(offsets), _inside(lists.flatten(), quote))
    ids = pc.binary_join(parts, text(f"{quote}, {quote}"))
    full = joined(f"{around}[{quote}", ids, f"{quote}]{around}")
    none = sizes == 0
    return pc.if_else(flags(none), text(f"{around}[]{around}"), full) if none.any() else full


def scope_texts(batch: pa.RecordBatch, quote: str = _QUOTE, around: str = "") -> pa.Array:
    """Return the scopes as JSON, with the text `around` before and after each."""
    maps = batch.column("scope")
    begin, end = maps.offsets[0].as_py(), maps.offsets[-1].as_py()
    keys, items = maps.keys.slice(begin, end - begin), maps.items.slice(begin, end - begin)
    coded = keys.dictionary_encode()
    said = [(_quoted(key) + ": ").replace(_QUOTE, quote) for key in coded.dictionary.to_pylist()]
    alone = len(said) == 1 and len(items) == len(maps) and not items.null_count
    if alone and bool((np.diff(values_of(maps.offsets)) == 1).all()):
        return joined(f"{around}{{{said[0]}{quote}", _inside(items, quote), f"{quote}}}{around}")
    names = texts(said)
    values = filled(joined(quote, _inside(items, quote), quote), "null")
    pairs = joined(names.take(coded.indices), values)
    offsets = values_of(maps.offsets) - np.int32(begin)
    parts = pa.ListArray.from_arrays(numbers(offsets), pairs)
    return joined(around + "{", pc.binary_join(parts, text(", ")), "}" + around)


def _wrapped(column: pa.Array, data: bytes) -> pa.Array:
    """Return texts in quotes where a cell needs them; `data` are the bytes of all texts."""
    needed = [sign for sign in _SIGNS if sign.encode() in data]
    if not needed:
        return column
    wrapped = pc.match_substring(column, needed[0])
    for sign in needed[1:]:
        wrapped = pc.or_(wrapped, pc.match_substring(column, sign))
    doubled = pc.replace_substring(column, _QUOTE, 2 * _QUOTE) if _QUOTE in needed else column
    # Where only some cells have quotes, joining short texts takes less time than choosing between long ones.
    around = pc.if_else(wrapped, text(_QUOTE), text(""))
    return joined(around, doubled, around)


def _cells(column: pa.Array) -> pa.Array:
    """Return texts as cells: in quotes where they must be, and safe from being run by a spreadsheet."""
    data = _bytes(column)
    if data:
        offsets = bytes_of(column)[0]
        starts = offsets[:-1][offsets[1:] > offsets[:-1]] - offsets[0]
        if _MAY_RUN[np.frombuffer(data, np.uint8)[starts]].any():
            runs = pc.match_substring_regex(column, _FORMULA)
            column = pc.if_else(runs, joined("'", column), column)
    return _wrapped(column, data)
