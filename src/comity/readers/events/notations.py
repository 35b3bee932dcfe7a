"""Attributes as a log writes them: numbers with other signs, and instants as units since 1970."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from comity.clock.instants import check_range, format_instant
from comity.errors import EventError
from comity.events.several import read_several, write_several
from comity.events.values import Scalar, attribute_text
from comity.readers.mapping.mapping import UNITS, FieldRule

_SPACES: Final = " \u00a0\u2009\u202f"
"""Spaces between thousands; a mapping that states one of them allows all."""
_QUOTES: Final = "'\u2019"
_LONGEST: Final = 100
_BEYOND: Final = 10**18


def reading_of(rule: FieldRule) -> Callable[[Scalar], Scalar] | None:
    """Return the function that reads a cell of an attribute; None where the cell is its value already."""
    if rule.split is not None:
        return _several(rule.split, rule)
    if rule.decimal is not None or rule.thousands is not None:
        return _numbers(rule.decimal or ".", rule.thousands)
    if rule.format in UNITS:
        return _instants(UNITS[rule.format])
    return None


def _numbers(decimal: str, thousands: str | None) -> Callable[[Scalar], Scalar]:
    signs = next((kind for kind in (_SPACES, _QUOTES) if thousands and thousands in kind), thousands or "")
    groups = rf"\d{{1,3}}(?:[{re.escape(signs)}]\d{{2,3}})*[{re.escape(signs)}]\d{{3}}|" if signs else ""
    fraction = re.escape(decimal)
    shape = re.compile(
        rf"[+-]?(?:(?:{groups}\d+)(?:{fraction}\d*)?|{fraction}\d+)(?:[eE][+-]?\d+)?", re.ASCII
    )
    table = str.maketrans(decimal, ".", signs)
    expected = f"decimal sign {decimal}" + (f", thousands {thousands!r}" if thousands else "")

    def read(cell: Scalar) -> Scalar:
        if not isinstance(cell, str):
            return cell
        text = cell.replace("\u2212", "-")
        # A text in another notation must not become another number, such as 1.234 for 1234.
        return text.translate(table) if shape.fullmatch(text) else f"{cell} (expected: {expected})"

    return read


def _instants(unit: int) -> Callable[[Scalar], Scalar]:
    def read(cell: Scalar) -> Scalar:
        if isinstance(cell, bool) or (isinstance(cell, str) and (len(cell) > _LONGEST or "_" in cell)):
            return cell
        try:
            micros = Decimal(cell) * unit
            # The integer of a number with a large exponent would have that many digits.
            return format_instant(check_range(int(micros))) if abs(micros) < _BEYOND else cell
        except (ArithmeticError, EventError, ValueError):
            return cell

    return read


def _several(separator: str, rule: FieldRule) -> Callable[[Scalar], Scalar]:
    """Return the function that parts a text; what a log has as a list is parted already."""
    words, unlisted = rule.values or {}, rule.default

    def read(cell: Scalar) -> Scalar:
        text = attribute_text(cell) or ""
        parts = read_several(text) if text.startswith("[") else None
        if parts is None or parts == (text,):
            parts = tuple(text.split(separator))
        trimmed = [part.strip() for part in parts]
        return write_several([str(words.get(part, unlisted or part)) if part else "" for part in trimmed])

    return read
