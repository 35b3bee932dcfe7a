"""Arrow columns of times in the form of a strptime pattern, read by the shapes of their texts.

The shape of a text is the text with 0 for each digit. Few shapes stand for millions of texts, and in a shape
each part of a time has its place. So a column is read with one call of `strptime` for each shape. Texts in
which a number is out of its range are left to be read one by one.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from comity.clock.instants import DAY, HOUR, MINUTE, SECOND, Precision
from comity.columns.arrow_arrays import bytes_of, valid_of, values_of
from comity.errors import EventError
from comity.readers.mapping.patterns import Pattern
from comity.records import frozen

_KINDS: Final = ((2, np.uint8), (4, np.uint16), (9, np.uint32))
"""Types of numbers, each with the most digits that it can hold."""
_MOST_SHAPES: Final = 2048
_LONGEST: Final = 100
"""Characters; longer texts are no times."""
_RUN: Final = re.compile(r"[0-9]+")
_DIRECTIVE: Final = re.compile(r"%(.)", re.DOTALL)
_WORDS: Final = frozenset("aAbBp%")
"""Directives that have no digits: they are the same in all texts of a shape."""
_WIDTHS: Final = {"Y": (4, 4), "y": (2, 2), "f": (1, 6), "z": (4, 4), **dict.fromkeys("mdHIMS", (1, 2))}
"""Of each directive with digits, the least and the largest number of them."""
_RANGES: Final = {"Y": (1, 9999), "m": (1, 12), "H": (0, 23), "I": (1, 12), "M": (0, 59), "S": (0, 59)}
_IN_EVERY_MONTH: Final = 28
_NOON: Final = 12
_OFFSET_MINUTES: Final = "minutes of z"
_LENGTHS_OF_OFFSETS: Final = (4, 5)
"""Of `+0100` and `+01:00`, without the sign."""
_HOURS_OF_OFFSETS: Final = 14
"""Hours; larger offsets are read one by one."""

Numbers = NDArray[np.int64]
RowMarks = NDArray[np.bool_]


@frozen(eq=False)
class PatternTimes:
    """Times of a column."""

    micros: Numbers
    """Microseconds, in UTC or as a wall clock shows them; 0 for what must be read one by one."""
    suspect: RowMarks
    impossible: RowMarks
    """Which texts write a day or a time of day that does not exist; they are suspect, too."""
    precision: Precision
    """Of all texts that are not suspect."""


@frozen(eq=False)
class _Texts:
    """Some texts: where each begins, and the bytes of all."""

    begins: Numbers
    data: NDArray[np.uint8]

    def number(self, begin: int, end: int) -> Numbers:
        """Return the number between two places in each text."""
        # The smallest type that holds the number: its arithmetic takes a fraction of the time.
        kind = next(kind for most, kind in _KINDS if end - begin <= most)
        found: NDArray[Any] = np.zeros(len(self.begins), kind)
        for place in range(begin, end):
            if place > begin:
                found *= kind(10)
            # A view from the place on takes the same indices for each digit.
            found += self.data[place:].take(self.begins) - np.uint8(ord("0"))
        return found.astype(np.int64)


def read_pattern_times(
    texts: pa.Array, text: str, coded: pa.DictionaryArray | None = None
) -> PatternTimes | None:
    """Return the times of trimmed texts; None for patterns and columns that must be read one by one.

    `coded` are the shapes of the texts, if they are known already; texts whose shape is null are suspect.
    """
    runs = _runs_of(text)
    if runs is None:
        return None
    if coded is None:
        coded = shapes_of(texts)
    if len(coded.dictionary) > _MOST_SHAPES:
        return None
    pattern, (begins, data) = Pattern(text, {}), bytes_of(texts)
    begins = begins[:-1].astype(np.int64)
    micros = np.zeros(len(texts), np.int64)
    suspect = np.ones(len(texts), np.bool_)
    impossible = np.zeros(len(texts), np.bool_)
    codes = values_of(coded.indices)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(coded.dictionary) + 1))
    valid = valid_of(texts) if texts.null_count else None
    for number, shape in enumerate(coded.dictionary.to_pylist()):
        if shape is None:
            continue
        rows = order[bounds[number] : bounds[number + 1]]
        if valid is not None:
            rows = rows[valid[rows]]
        if len(rows):
            found = _of_one_shape(_Texts(begins.take(rows), data), texts, rows, pattern, runs)
            if found is not None:
                micros[rows], suspect[rows], impossible[rows] = found
    return PatternTimes(micros, suspect, impossible, "instant" if "z" in chain(*runs) else pattern.precision)


def _runs_of(pattern: str) -> list[tuple[str, ...]] | None:
    """Return the directives with digits, those together between which there is nothing; None for others."""
    runs: list[tuple[str, ...]] = []
    end = -1
    for found in _DIRECTIVE.finditer(pattern):
        letter = found[1]
        if letter in _WIDTHS:
            if found.start() == end and letter != "z":
                runs[-1] = (*runs[-1], letter)
            else:
                runs.append((letter,))
            end = found.end()
        elif letter not in _WORDS:
            return None
    letters = list(chain(*runs))
    is_plain = len(set(letters)) == len(letters) and "d" in letters
    return runs if is_plain and not _RUN.search(_DIRECTIVE.sub("", pattern)) else None


def shapes_of(texts: pa.Array) -> pa.DictionaryArray:
    """Return the shapes of texts."""
    begins, data = bytes_of(texts)
    part = data[int(begins[0]) : int(begins[-1])] if len(texts) else data[:0]
    # Bytes before the digits wrap around to large numbers.
    is_digit = part - np.uint8(ord("0")) < 10
    shaped = np.where(is_digit, np.uint8(ord("0")), part)
    offsets = np.ascontiguousarray(begins - begins[0], np.int32)
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(offsets), pa.py_buffer(shaped)
    ).dictionary_encode()


def _of_one_shape(
    held: _Texts, texts: pa.Array, rows: Numbers, pattern: Pattern, runs: list[tuple[str, ...]]
) -> tuple[Numbers, RowMarks, RowMarks] | None:
    """Return the times of texts of one shape, which are suspect, and which impossible; None if all are."""
    places = _places(texts[int(rows[0])].as_py(), runs)
    if places is None:
        return None
    value = {letter: held.number(*place) for letter, place in places.items()}
    good = np.ones(len(rows), np.bool_)
    for letter, (low, high) in _RANGES.items():
        if letter in value:
            good &= (value[letter] >= low) & (value[letter] <= high)
    sure = np.flatnonzero(good & (value["d"] >= 1) & (value["d"] <= _IN_EVERY_MONTH))
    if not len(sure):
        return None
    sample = texts[int(rows[sure[0]])].as_py()
    try:
        shown, (wanted, _) = pattern.parts(sample), pattern.read(sample)
    except EventError:
        return None
    days, exists = _days(value, shown.month)
    good &= exists
    impossible = ~good
    found = days * DAY + _time_of_day(value, places, is_late=shown.hour >= _NOON)
    if "z" in value:
        hours, minutes = value["z"], value[_OFFSET_MINUTES]
        good &= (hours <= _HOURS_OF_OFFSETS) & (minutes <= _RANGES["M"][1])
        sign = -1 if sample[places["z"][0] - 1] == "-" else 1
        found -= sign * (hours * HOUR + minutes * MINUTE)
    # One text of the shape must come out as it does alone, or nothing here is to be trusted.
    return (np.where(good, found, 0), ~good, impossible) if found[sure[0]] == wanted else None


def _places(sample: str, runs: list[tuple[str, ...]]) -> dict[str, tuple[int, int]] | None:
    """Return where the digits of each directive are in a text; None if they cannot be told apart."""
    if not sample.isascii() or len(sample) > _LONGEST:
        return None
    spans = [run.span() for run in _RUN.finditer(sample)]
    if len(spans) == len(runs) - 1 and ("z",) in runs:
        runs = [run for run in runs if run != ("z",)]  # `Z` has no digits.
    elif runs[-1] == ("z",) and len(spans) == len(runs) + 1 and sample[-3] == ":":
        spans[-2:] = [(spans[-2][0], spans[-1][1])]  # `+01:00` has two runs of digits.
    if len(spans) != len(runs):
        return None
    places: dict[str, tuple[int, int]] = {}
    for letters, (begin, end) in zip(runs, spans, strict=True):
        if letters == ("z",):
            if end - begin not in _LENGTHS_OF_OFFSETS or sample[begin - 1 : begin] not in ("+", "-"):
                return None
            places |= {"z": (begin, begin + 2), _OFFSET_MINUTES: (end - 2, end)}
            continue
        least, most = (sum(widths) for widths in zip(*(_WIDTHS[letter] for letter in letters), strict=True))
        # Where digits follow digits, the parts are known if all of them have as many as they can.
        if not (least if len(letters) == 1 else most) <= end - begin <= most:
            return None
        for letter in letters:
            width = end - begin if len(letters) == 1 else _WIDTHS[letter][1]
            places[letter] = (begin, begin + width)
            begin += width
    return places


def _days(value: dict[str, Numbers], month: int) -> tuple[Numbers, RowMarks]:
    """Return days since 1970-01-01, and whether the months have them; `month` is that of all without `%m`."""
    year = value["Y"] if "Y" in value else np.where(value["y"] < 69, 2000, 1900) + value["y"]
    months = (np.clip(year, 1, 9999) - 1970) * 12 + np.clip(value.get("m", month), 1, 12) - 1
    low = int(months.min())
    every = np.arange(low, int(months.max()) + 2)
    firsts = every.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    months -= low
    return firsts.take(months) + value["d"] - 1, (value["d"] >= 1) & (
        value["d"] <= np.diff(firsts).take(months)
    )


def _time_of_day(
    value: dict[str, Numbers], places: dict[str, tuple[int, int]], *, is_late: bool
) -> Numbers | int:
    """Return microseconds since midnight; `is_late` if the texts say PM."""
    found: Numbers | int = 0
    if "I" in value:
        found = (value["I"] % 12 + 12 * is_late) * HOUR
    elif "H" in value:
        found = value["H"] * HOUR
    if "M" in value:
        found = found + value["M"] * MINUTE
    if "S" in value:
        found = found + value["S"] * SECOND
    if "f" in value:
        begin, end = places["f"]
        found = found + value["f"] * 10 ** (6 - (end - begin))
    return found
