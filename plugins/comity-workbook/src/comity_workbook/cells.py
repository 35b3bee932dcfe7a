"""Cells as a workbook has them, and as a log has them."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from openpyxl.utils.escape import unescape

_EXACT: Final = 2.0**53
"""Below it, a number without a fraction is exactly the digits that were typed."""
_SECOND: Final = dt.timedelta(seconds=1)


def to_value(cell: Any) -> Any:
    """Return what a cell holds: whole numbers as int, times and durations as text, what is empty as `""`."""
    value = cell.value
    match value:
        case None:
            return ""
        case str():
            return unescape(value) if "_x" in value else value
        case float():
            return int(value) if -_EXACT < value < _EXACT and value.is_integer() else value
        case dt.datetime():
            only_date = value.time() == dt.time.min and "h" not in _format(cell)
            return value.date() if only_date else value
        case dt.time():
            return value.isoformat()
        case dt.timedelta():
            return _duration(value)
    return value


def _format(cell: Any) -> str:
    """Return how a cell is shown, in small letters; nothing where the workbook has no such format."""
    try:
        return str(cell.number_format).casefold()
    except LookupError:
        return ""


def is_blank(value: Any) -> bool:
    """Return whether a value is a text of white space, or less."""
    return isinstance(value, str) and not value.strip()


def _duration(value: dt.timedelta) -> str:
    sign, value = ("-", -value) if value < dt.timedelta() else ("", value)
    seconds, rest = divmod(value, _SECOND)
    fraction = f".{rest.microseconds:06}".rstrip("0") if rest else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"
