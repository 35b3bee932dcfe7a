"""Logs of JSON: one object a line, or one array of objects."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from io import BufferedReader
from itertools import chain
from typing import Any, Final

from comity.errors import InputError
from comity.readers.constant import Constant
from comity.readers.mapping import LogFormat
from comity.readers.reader import CHUNK, ROWS, BadRow, Batch, Reader
from comity.readers.text import open_text


def _number(text: str) -> float | str:
    """Read a number with a fraction or an exponent; one that no float holds stays as it is written."""
    value = float(text)
    return text if value in _BEYOND else value


_BEYOND: Final = (math.inf, -math.inf)
_decode: Final = json.JSONDecoder(parse_float=_number, parse_constant=Constant).decode
_TOO_DEEP: Final = "not read: the JSON is nested too deeply"


def _batch(rows: list[Any], first: int, wanted: frozenset[str] | None) -> Batch:
    """Turn objects into columns; a BadRow among them stays one, and any other value becomes one."""
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
    keys = list(dict.fromkeys(chain.from_iterable(rows)))
    columns = {}
    for key in keys:
        if wanted is None or key in wanted:
            try:
                columns[key] = [row[key] for row in rows]
            except KeyError:
                columns[key] = [row.get(key) for row in rows]
    return Batch(numbers, columns, bad, keys)


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


def read_jsonl(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read one object from each line that is not blank; a bad line is one rejected row."""
    with open_text(stream, log.encoding, newline="\n") as text:
        first = 1
        while lines := text.readlines(CHUNK):
            try:
                rows = list(map(_decode, lines))
            except (ValueError, RecursionError):
                rows = []
                for line in lines:
                    if line.strip():
                        rows.append(_line(line, first + len(rows)))
            yield _batch(rows, first, wanted)
            first += len(rows)


def _line(line: str, number: int) -> Any:
    try:
        return _decode(line)
    except json.JSONDecodeError as error:
        return BadRow(number, f"not valid JSON: {_lower(error.msg)} at column {error.colno}")
    except ValueError as error:
        return BadRow(number, f"not valid JSON: {_lower(str(error))}")
    except RecursionError:
        return BadRow(number, _TOO_DEEP)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def read_json(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read an array of objects, the whole of it at once."""
    with open_text(stream, log.encoding, newline="") as lines:
        text = lines.read()
    try:
        rows = _decode(text)
    except json.JSONDecodeError as error:
        hint = "; for one object a line, the format is jsonl" if error.msg == "Extra data" else ""
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"not valid JSON: {_lower(error.msg)} at {where}{hint}") from None
    except ValueError as error:
        raise InputError(f"not valid JSON: {_lower(str(error))}") from None
    except RecursionError:
        raise InputError(_TOO_DEEP) from None
    if not isinstance(rows, list):
        raise InputError(f"the JSON is {_called(rows)}, not an array of objects: give the array alone")
    for start in range(0, len(rows), ROWS):
        yield _batch(rows[start : start + ROWS], start + 1, wanted)


JSONL: Final = Reader("jsonl", (".jsonl", ".ndjson"), read_jsonl)
JSON: Final = Reader("json", (".json",), read_json)
