"""Several texts in one attribute: they are kept as one text, a JSON array, as logs have lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from comity.events.values import Scalar, attribute_text

_BEGINS: Final = ("[", "{")
SIGNS: Final = (";", "|", ",", "\n")
"""Signs with which logs part texts in one cell."""


def write_several(values: Sequence[Any]) -> str:
    """Return one text for several: trimmed, each once, sorted; a list of anything else as it is."""
    if all(isinstance(value, str) for value in values):
        return _json(_sorted(values))
    try:
        return _json(list(values))
    except (ValueError, TypeError, RecursionError):
        return str(values)


@lru_cache(maxsize=65536)
def _read(text: str) -> tuple[str, ...] | None:
    if text.startswith(_BEGINS):
        try:
            found = json.loads(text)
        except RecursionError:
            return None
        except ValueError:
            return (text,)
        several = isinstance(found, list) and all(isinstance(value, str) for value in found)
        return _sorted(found) if several else None
    return (text,) if text else ()


def read_several(raw: Scalar | None) -> tuple[str, ...] | None:
    """Return the texts of an attribute, sorted: those of a list, else the one; None if they are not texts."""
    return () if raw is None else _read(attribute_text(raw) or "")


def sign_between(raw: Scalar) -> str | None:
    """Return the sign that probably parts texts in a value that is read as one text; None if none does."""
    text = attribute_text(raw) or ""
    sign = next((sign for sign in SIGNS if sign in text), None)
    return None if sign is None or _read(text) != (text,) else sign


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({text.strip() for text in texts} - {""}))


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)
