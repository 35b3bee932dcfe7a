"""Texts as the cells and the tabs of a workbook can hold them."""

from __future__ import annotations

import json
import re
from typing import Any, Final

LONGEST: Final = 32_767
"""How many UTF-16 units a cell may have."""
LONGEST_NAME: Final = 31
"""How many a sheet's name may have."""
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""How a text begins that might be run as a formula once it is edited."""
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold, and the carriage return, which it turns into another character."""
_NO_NAME: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RESERVED: Final = "history"
"""A name that Excel keeps for itself."""


def cell_text(text: str) -> str:
    """Write characters that a cell cannot hold as escapes, and cut what is too long."""
    text = _FORBIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    if len(text) > LONGEST // 2 and _units(text) > LONGEST:
        return _cut(text, LONGEST - 1) + "…"
    return text


def runs(text: str) -> bool:
    """Return whether a spreadsheet may run a text as a formula if somebody typed it."""
    return text.lstrip(" ").startswith(FORMULA_STARTS)


def json_text(value: Any) -> str:
    """Write a nested value as JSON, as the format `csv` does."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


class SheetNames:
    """The names of a workbook's sheets, each of them once."""

    def __init__(self) -> None:
        self._taken = {_RESERVED}

    def take(self, wanted: str) -> str:
        """Return the name that is nearest to the one wanted, and not to be given again."""
        clean = _NO_NAME.sub("-", wanted).strip("' ") or "sheet"
        name, number = _cut(clean, LONGEST_NAME).strip("' "), 1
        while name.casefold() in self._taken:
            number += 1
            end = f" {number}"
            name = _cut(clean, LONGEST_NAME - len(end)) + end
        self._taken.add(name.casefold())
        return name


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _cut(text: str, most: int) -> str:
    """Keep as many characters as fit into so many UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
