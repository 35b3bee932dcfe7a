"""Values as selectors test them: what a raw attribute reads as, and one test of a field's values."""

from __future__ import annotations

import fnmatch
import math
import operator
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, assert_never

from comity.event_values import Scalar
from comity.events import attribute_text
from comity.plan.field_spans import own_deadline
from comity.plan.selectors import Compare, Exists, Field, FieldType, Like, OneOf

Value = str | float | bool
FieldTest = OneOf | Exists | Compare | Like
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at-least": operator.ge,
    "at-most": operator.le,
    "more-than": operator.gt,
    "less-than": operator.lt,
}


@lru_cache(maxsize=65536)
def parse_number(text: str) -> float | None:
    """Read a decimal number (sign, digits, fraction, exponent), None for any other text."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None


def parse_boolean(text: str) -> bool | None:
    """Read `true` or `false` in any case, None for any other text."""
    return {"true": True, "false": False}.get(text.strip().casefold())


def read_attribute(raw: Scalar | None, kind: FieldType) -> Value | None:
    """Give an attribute's value in its declared type, None where it is absent or does not read as such."""
    if raw is None:
        return None
    if kind == "text":
        return attribute_text(raw)
    if kind == "number":
        if isinstance(raw, str):
            return parse_number(raw)
        return None if isinstance(raw, bool) or not math.isfinite(raw) else float(raw)
    if kind == "instant":
        return own_deadline(raw, None)
    if isinstance(raw, str):
        return parse_boolean(raw)
    return raw if isinstance(raw, bool) else None


def is_unreadable(raw: Scalar | None, field: Field) -> bool:
    """Tell whether a declared attribute is there and does not read as its type."""
    return raw is not None and attribute_text(raw) is not None and read_attribute(raw, field.type) is None


def field_test(test: FieldTest) -> Callable[[Iterable[Any]], bool]:
    """Turn a test of one field into a function of its values: none where the field is absent."""
    match test:
        case OneOf(values=values):
            return lambda found: any(value in values for value in found)
        case Exists():
            return any_at_all
        case Compare(operator=name, bound=bound):
            compare = _COMPARE[name]
            return lambda found: any(compare(value, bound) for value in found)
        case Like(pattern=pattern):
            matches = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
            return lambda found: any(matches(value) is not None for value in found)
        case _:
            assert_never(test)


def any_at_all(found: Iterable[Any]) -> bool:
    """Tell whether there is a value."""
    return any(True for _ in found)
