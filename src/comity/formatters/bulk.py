"""Many findings at once as JSON and CSV: texts put together column by column, for whole Arrow batches."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from comity.columns.arrow_arrays import bytes_of, filled, flags, joined, numbers, text, texts, values_of
from comity.formatters.cells import FORMULA_STARTS, safe_cell
from comity.results.arrow_table import CONSTANT, instant_texts
from comity.results.findings import FINDING_KEYS

_FIRST_OCTETS = np.array([ord(" "), 0xEF, *(ord(c) for c in FORMULA_STARTS if c.isascii())], np.uint8)
"""With which a text may begin that a spreadsheet runs; the last is that of the full-width signs."""
_FORMULA = "^ *[" + "".join(FORMULA_STARTS).replace("-", r"\-") + "]"
_QUOTE, _SIGNS = '"', (",", '"', "\r", "\n")
"""What a cell cannot hold outside of quotes, the quote among them."""
_INSTANTS = ("at", "allowed_from", "due")


def json_octets(batch: Any, end: str) -> bytes:
    """Write each finding as JSON, as `json.dumps` of its `to_dict` would, with `end` after each."""
    constants = _constants(batch, CONSTANT, lambda name, text: f'"{name}": {_quoted(text)}')
    required = _coded(batch.column("required"), _quoted)
    person = _inside(batch.column("person"))
    rows = joined(
        "{",
        constants,
        ', "person": "',
        person,
        '", "scope": ',
        scope_texts(batch),
        ', "event": "',
        _inside(batch.column("event")),
        '", "at": ',
        _instant(batch, "at"),
        ', "evidence": ',
        evidence_texts(batch),
        ', "measured": "',
        _inside(batch.column("measured")),
        '", "required": ',
        required,
        ', "allowed_from": ',
        _instant(batch, "allowed_from"),
        ', "due": ',
        _instant(batch, "due"),
        ', "message": "',
        _inside(batch.column("message")),
        '"}' + end,
    )
    return _octets(rows)


def csv_octets(batch: Any) -> bytes:
    """Write each finding as a line of CSV, with the line's end before it."""
    cells: list[Any] = [_constants(batch, CONSTANT, lambda _, text: _cell(text), ",", "\r\n")]
    for name in FINDING_KEYS[len(CONSTANT) :]:
        if name == "scope":
            cells.append(_nested(scope_texts(batch, 2 * _QUOTE, _QUOTE), "{}"))
        elif name == "evidence":
            cells.append(_nested(evidence_texts(batch, 2 * _QUOTE, _QUOTE), "[]"))
        elif name == "required":
            cells.append(_coded(batch.column(name), _cell))
        elif name in _INSTANTS:
            cells.append(filled(instant_texts(batch.column(name)), ""))
        else:
            cells.append(_cells(batch.column(name)))
    return _octets(pc.binary_join_element_wise(*cells, text(",")))


def _nested(column: Any, empty: str) -> Any:
    """Take away the quotes around JSON that is empty and needs none."""
    sizes = np.diff(bytes_of(column)[0])
    bare = sizes == len(empty) + 2
    return pc.if_else(flags(bare), text(empty), column) if bare.any() else column


def _octets(column: Any) -> bytes:
    """Return the texts of an Arrow array one after another."""
    offsets, octets = bytes_of(column)
    found: bytes = octets[int(offsets[0]) : int(offsets[-1])].tobytes()
    return found


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _cell(text: str) -> str:
    """Write one cell of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow((safe_cell(text), ""))
    return buffer.getvalue().removesuffix(",\r\n")


def _coded(column: Any, write: Callable[[str], str]) -> Any:
    """Write a column of few values."""
    return texts([write(text) for text in column.dictionary.to_pylist()]).take(column.indices)


def _constants(
    batch: Any,
    names: tuple[str, ...],
    write: Callable[[str, str], str],
    separator: str = ", ",
    before: str = "",
) -> Any:
    """Write the columns of few values together, each combination once."""
    codes = np.zeros(batch.num_rows, np.int64)
    for name in names:
        column = batch.column(name)
        codes = codes * max(len(column.dictionary), 1) + values_of(column.indices)
    distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    said = [
        before + separator.join(write(name, batch.column(name)[row].as_py()) for name in names)
        for row in first.tolist()
    ]
    assert len(said) == len(distinct)
    return texts(said).take(numbers(inverse))


def _inside(column: Any, quote: str = _QUOTE) -> Any:
    """Write texts as JSON has them between the quotes; `quote` is how a quote is written where this goes."""
    octets = _octets(column)
    plain = b'"' not in octets and b"\\" not in octets
    if plain and (not octets or np.frombuffer(octets, np.uint8).min() >= ord(" ")):
        return column
    written = [None if said is None else _quoted(said)[1:-1] for said in column.to_pylist()]
    return texts([None if said is None else said.replace(_QUOTE, quote) for said in written])


def _instant(batch: Any, name: str) -> Any:
    return filled(joined('"', instant_texts(batch.column(name)), '"'), "null")


def evidence_texts(batch: Any, quote: str = _QUOTE, around: str = "") -> Any:
    """Write the evidence as JSON, with something around it."""
    lists = batch.column("evidence")
    sizes = values_of(lists.value_lengths())
    offsets = np.zeros(len(lists) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    parts = pa.ListArray.from_arrays(numbers(offsets), _inside(lists.flatten(), quote))
    ids = pc.binary_join(parts, text(f"{quote}, {quote}"))
    full = joined(f"{around}[{quote}", ids, f"{quote}]{around}")
    none = sizes == 0
    return pc.if_else(flags(none), text(f"{around}[]{around}"), full) if none.any() else full


def scope_texts(batch: Any, quote: str = _QUOTE, around: str = "") -> Any:
    """Write the scopes as JSON, with something around it."""
    maps = batch.column("scope")
    begin, end = maps.offsets[0].as_py(), maps.offsets[-1].as_py()
    keys, items = maps.keys.slice(begin, end - begin), maps.items.slice(begin, end - begin)
    coded = keys.dictionary_encode()
    names = texts([(_quoted(key) + ": ").replace(_QUOTE, quote) for key in coded.dictionary.to_pylist()])
    values = filled(joined(quote, _inside(items, quote), quote), "null")
    pairs = joined(names.take(coded.indices), values)
    offsets = values_of(maps.offsets) - np.int32(begin)
    parts = pa.ListArray.from_arrays(numbers(offsets), pairs)
    return joined(around + "{", pc.binary_join(parts, text(", ")), "}" + around)


def _wrapped(column: Any, octets: bytes) -> Any:
    """Put the texts into quotes that a cell cannot hold without."""
    needed = [sign for sign in _SIGNS if sign.encode() in octets]
    if not needed:
        return column
    wrapped = pc.match_substring(column, needed[0])
    for sign in needed[1:]:
        wrapped = pc.or_(wrapped, pc.match_substring(column, sign))
    doubled = pc.replace_substring(column, _QUOTE, 2 * _QUOTE) if _QUOTE in needed else column
    return pc.if_else(wrapped, joined(_QUOTE, doubled, _QUOTE), column)


def _cells(column: Any) -> Any:
    """Write texts as cells: quoted where they must be, and none that a spreadsheet runs."""
    octets = _octets(column)
    if octets:
        offsets = bytes_of(column)[0]
        starts = offsets[:-1][offsets[1:] > offsets[:-1]] - offsets[0]
        if np.isin(np.frombuffer(octets, np.uint8)[starts], _FIRST_OCTETS).any():
            runs = pc.match_substring_regex(column, _FORMULA)
            column = pc.if_else(runs, joined("'", column), column)
    return _wrapped(column, octets)
