"""Values as selectors test them: reading raw attributes, and the test of the values of one field."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, assert_never

from comity.events.several import read_several
from comity.events.values import Scalar, attribute_text
from comity.plan.points import MOST, read_points
from comity.plan.selectors import Compare, Exists, Field, Like, OneOf, ReadType
from comity.plan.time.field_spans import own_deadline

ReadValue = str | float | bool
TestOfOne = OneOf | Exists | Compare | Like
"""A test of one field, of whose values a function can decide it."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at-least": operator.ge,
    "at-most": operator.le,
    "more-than": operator.gt,
    "less-than": operator.lt,
}


READABLE: Final[Mapping[ReadType, str]] = {
    "text": "any text",
    "texts": "a text, or a list of texts",
    "number": "a decimal number such as `12.5` or `1e3`",
    "boolean": "true/false, yes/no, y/n, t/f, on/off or 1/0, in any case",
    "instant": "`2025-03-01T09:00:00Z`, `2025-03-01 09:00` or `2025-03-01`",
    "points": f"a number from 0 to {MOST:,}, such as `2` or `0.5`",
}
"""How values of each type look, for messages."""
_BOOLEANS: Final = {
    **dict.fromkeys(("true", "yes", "y", "t", "on", "1"), True),
    **dict.fromkeys(("false", "no", "n", "f", "off", "0"), False),
}


@lru_cache(maxsize=65536)
def parse_number(text: str) -> float | None:
    """Read a decimal number (sign, digits, fraction, exponent), None for any other text.

    A number that is too large for 64-bit floating point is not read either.
    """
    return _finite(text) if _NUMBER.fullmatch(text.strip()) else None


def parse_boolean(text: str) -> bool | None:
    """Read one of the usual words for true and false in any case, None for any other text."""
    return _BOOLEANS.get(text.strip().casefold())


def _finite(number: str | float) -> float | None:
    try:
        value = float(number)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def attribute_values(raw: Scalar | None, kind: ReadType) -> tuple[ReadValue, ...]:
    """Return the values of an attribute in its declared type; none if it is absent or unreadable."""
    if kind == "texts":
        return read_several(raw) or ()
    value = read_attribute(raw, kind)
    return () if value is None else (value,)


def read_attribute(raw: Scalar | None, kind: ReadType) -> ReadValue | None:
    """Return the value of an attribute in a type with one value, None if it is absent or unreadable."""
    if raw is None:
        return None
    if kind == "text":
        return attribute_text(raw)
    if kind == "number":
        if isinstance(raw, str):
            return parse_number(raw)
        return None if isinstance(raw, bool) else _finite(raw)
    if kind == "points":
        return read_points(raw)
    if kind == "instant":
        return own_deadline(raw, None)
    if isinstance(raw, str):
        return parse_boolean(raw)
    # Columns of 1 and 0 are how many databases and data frames write booleans.
    return bool(raw) if raw in (0, 1) else None


def is_unreadable(raw: Scalar | None, field: Field) -> bool:
    """Return whether a declared attribute is present, but cannot be read as its type.

    What is no number at all is not counted a second time where numbers are read as points.
    """
    if field.type == "points" and read_attribute(raw, "number") is None:
        return False
    if raw is None or attribute_text(raw) is None:
        return False
    if field.type == "texts":
        return read_several(raw) is None
    return read_attribute(raw, field.type) is None


def field_test(test: TestOfOne) -> Callable[[Iterable[Any]], bool]:
    """Return the function of a test of one field; it gets the values, none if the field is absent."""
    match test:
        case OneOf(values=values):
            return lambda found: any(value in values for value in found)
        case Exists():
            return any_at_all
        case Compare(operator=name, bound=bound):
            compare = COMPARE[name]
            return lambda found: any(compare(value, bound) for value in found)
        case Like(pattern=pattern):
            matches = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
            return lambda found: any(matches(value) is not None for value in found)
        case _:
            assert_never(test)


def any_at_all(found: Iterable[object]) -> bool:
    """Return whether there is a value."""
    return any(True for _ in found)
