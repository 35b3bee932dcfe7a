"""Logs in JSON: one object in each line, or one array of objects."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from io import BufferedReader
from itertools import chain, islice
from typing import Any, Final

from comity.budgets import LogBudgets, log_over_budget
from comity.errors import InputError
from comity.readers.constant import Constant
from comity.readers.formats.text import bounded, open_text
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Reader
from comity.readers.row_batch import CHUNK, ROWS, BadRow, RowBatch


def _number(text: str) -> float | str:
    """Return a number with a fraction or an exponent; one beyond all floats stays as it is written."""
    value = float(text)
    return text if value in _BEYOND else value


_BEYOND: Final = frozenset({math.inf, -math.inf})
_exact: Final = json.JSONDecoder(parse_float=_number, parse_constant=Constant)
_decode: Final = json.JSONDecoder(parse_constant=Constant).decode
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[][{},]', re.DOTALL)
_TOO_DEEP: Final = "not read: the JSON is nested too deeply"


def _has_infinite(rows: list[Any]) -> bool:
    """Return whether a number was beyond all floats: it became infinite, and must be read again.

    To read all numbers with a fraction in Python, so that these stay as they are written, would take a tenth
    of an audit's time.
    """
    values = [*chain.from_iterable(map(dict.values, filter(_is_object, rows)))]
    return not _BEYOND.isdisjoint(filter(_is_float, values))


def _batches(
    rows: list[Any], first: int, wanted: frozenset[str] | None, budgets: LogBudgets
) -> Iterator[RowBatch]:
    """Turn objects into columns; any other value becomes a BadRow."""
    most = budgets.columns
    if max(map(len, filter(_is_object, rows)), default=0) > most:
        rows = [_narrow(row, number, most) for number, row in enumerate(rows, first)]
    keys = dict.fromkeys(chain.from_iterable(filter(_is_object, rows)))
    if len(keys) > most:
        # Each row has few keys, but nearly every row has others: together they would be too many columns.
        half = len(rows) // 2
        yield from _batches(rows[:half], first, wanted, budgets)
        yield from _batches(rows[half:], first + half, wanted, budgets)
    else:
        yield _batch(rows, first, wanted, list(keys))


def _is_object(row: Any) -> bool:
    return type(row) is dict


def _is_float(value: Any) -> bool:
    return type(value) is float


def _narrow(row: Any, number: int, most: int) -> Any:
    """Return a row, or a BadRow where it has too many keys."""
    if not _is_object(row) or len(row) <= most:
        return row
    return BadRow(number, log_over_budget("columns", f"the object has {len(row):,} keys", most))


def _batch(rows: list[Any], first: int, wanted: frozenset[str] | None, keys: list[str]) -> RowBatch:
    numbers: list[int] | range = range(first, first + len(rows))
    bad: list[BadRow] = []
    if set(map(type, rows)) - {dict}:
        for number, row in zip(numbers, rows, strict=True):
            if isinstance(row, BadRow):
                bad.append(row)
            elif not isinstance(row, dict):
                bad.append(BadRow(number, f"is {_called(row)}, not an object"))
        numbers = [n for n, row in zip(numbers, rows, strict=True) if isinstance(row, dict)]
        rows = [row for row in rows if isinstance(row, dict)]
    columns = {}
    for key in keys:
        if wanted is None or key in wanted:
            try:
                columns[key] = [row[key] for row in rows]
            except KeyError:
                columns[key] = [row.get(key) for row in rows]
    return RowBatch(numbers, columns, bad, keys)


def _called(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
    return "a number"


def read_jsonl(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read one object from each line that is not blank; a bad line is one rejected row."""
    with open_text(bounded(stream, log.budgets.line), log.encoding, newline="\n") as text:
        first = 1
        while lines := text.readlines(CHUNK):
            try:
                rows = list(map(_decode, lines))
                if _has_infinite(rows):
                    rows = list(map(_exact.decode, lines))
            except (ValueError, RecursionError):
                rows = []
                for line in lines:
                    if line.strip():
                        rows.append(_line(line, first + len(rows)))
            yield from _batches(rows, first, wanted, log.budgets)
            first += len(rows)


def _line(line: str, number: int) -> Any:
    try:
        return _exact.decode(line)
    except json.JSONDecodeError as error:
        return BadRow(number, f"not valid JSON: {_lower(error.msg)} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return BadRow(number, _unreadable(error))


def _unreadable(error: Exception) -> str:
    """Return why Python does not read a text that is JSON."""
    if isinstance(error, RecursionError):
        return _TOO_DEEP
    most = sys.get_int_max_str_digits()
    return f"not read: a whole number has more than {most:,} digits"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def read_json(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read an array of objects at once or, where a part of it cannot be read, one object after another."""
    with open_text(stream, log.encoding, newline="") as lines:
        text = lines.read()
    try:
        found = _decode(text)
    except (ValueError, RecursionError):
        found = None
    whole = isinstance(found, list) and not _has_infinite(found)
    elements = iter(found) if whole else _elements(text)
    del found
    first = 1
    while rows := list(islice(elements, ROWS)):
        yield from _batches(rows, first, wanted, log.budgets)
        first += len(rows)


def _elements(text: str) -> Iterator[Any]:
    """Yield the elements of an array, a BadRow for each that Python cannot read; raises InputError."""
    place = _after_space(text, 0)
    if text[place : place + 1] != "[":
        raise _no_array(text)
    place, number = _after_space(text, place + 1), 0
    if text[place : place + 1] == "]":
        place += 1
    else:
        while True:
            number += 1
            try:
                value, place = _exact.raw_decode(text, place)
            except (ValueError, RecursionError) as error:
                if isinstance(error, json.JSONDecodeError):
                    raise _fault(error) from None
                value, place = BadRow(number, _unreadable(error)), _after_element(text, place)
            yield value
            place = _after_space(text, place)
            sign = text[place : place + 1]
            place += 1
            if sign == "]":
                break
            if sign != ",":
                raise _fault(json.JSONDecodeError("Expecting ',' delimiter", text, place - 1))
            place = _after_space(text, place)
    if _after_space(text, place) < len(text):
        raise _fault(json.JSONDecodeError("Extra data", text, _after_space(text, place)))


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found is not None, "INVARIANT: the pattern matches an empty text"
    return found.end()


def _after_element(text: str, place: int) -> int:
    """Return where an unread element ends; raises InputError where the array ends before."""
    depth = 0
    for found in _TOKEN.finditer(text, place):
        sign = found[0]
        if depth == 0 and sign in ",]}":
            return found.start()
        depth += (sign in ("[", "{")) - (sign in ("]", "}"))
    raise InputError("not valid JSON: the array is not closed (or is nested too deeply)")


def _no_array(text: str) -> InputError:
    """Return an error that says what the text is instead of an array."""
    try:
        return InputError(
            f"the JSON is {_called(_decode(text))}, not an array of objects: give the array alone"
        )
    except json.JSONDecodeError as error:
        return _fault(error)
    except (ValueError, RecursionError) as error:
        return InputError(_unreadable(error))


def _fault(error: json.JSONDecodeError) -> InputError:
    hint = "; for one object a line, the format is jsonl" if error.msg == "Extra data" else ""
    where = f"line {error.lineno}, column {error.colno}"
    return InputError(f"not valid JSON: {_lower(error.msg)} at {where}{hint}")


JSONL: Final = Reader("jsonl", (".jsonl", ".ndjson"), read_jsonl)
JSON: Final = Reader("json", (".json",), read_json)
