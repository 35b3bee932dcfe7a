"""The one grammar of dates and times in text: RFC 3339, and the further forms of ISO 8601 that are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from comity.texts.late_patterns import late_pattern

_DATE: Final = r"\d{4}-\d\d-\d\d"
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?"
_ZONE: Final = r" ?(?:[Zz]|(?i:UTC|GMT)|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
_ISO: Final = late_pattern(rf"{_DATE}(?:[Tt ]{_CLOCK}({_ZONE})?)?", re.ASCII)
_NUMBER: Final = late_pattern(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_ZEROS: Final = str.maketrans("123456789", "0" * 9)
_EXAMPLES: Final = "a date and time such as `2025-03-01T09:30:00Z` or `2025-03-01 09:30`"
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
"""Numbers of days since 1899-12-30 that mean the years 1954 to 2119."""


def tidied(text: str) -> str | None:
    """Return a text in the form that `datetime.fromisoformat` reads; None if it is not of the grammar."""
    written = _ISO.fullmatch(text)
    if written is None:
        return None
    zone = written[1]
    if zone is None or zone == "Z" or zone[0] in "+-":
        return text
    offset = zone.lstrip()
    return text[: -len(zone)] + (offset if offset[0] in "+-" else "+00:00")


def are_plain(texts: Sequence[str]) -> bool:
    """Return whether all texts are of the grammar and in the form that `datetime.fromisoformat` reads.

    It may return False for texts that are. It checks only how they are written, not whether such a day or
    hour exists.
    """
    joined = "\n".join(texts)
    if any(hour in joined for hour in ("T24", "t24", " 24")):
        return False
    written = joined.translate(_ZEROS)
    first = written.partition("\n")[0]
    uniform = written == "\n".join([first] * len(texts))
    ends = {_end(shape) for shape in ((first,) if uniform else set(written.split("\n")))}
    if None in ends:
        return False
    # An offset's minutes are all else that `fromisoformat` does not check.
    return "offset" not in ends or all(tail <= "59" or not tail.isdigit() for tail in {t[-2:] for t in texts})


def may_be_iso(shape: str) -> bool:
    """Return whether a text with 0 for each digit is of the grammar; if not, no text of that shape is."""
    return _ISO.fullmatch(shape) is not None


@lru_cache(maxsize=1024)
def _end(shape: str) -> str | None:
    """Return how a text ends whose digits are replaced by zeros; None if it is not in the plain form."""
    written = _ISO.fullmatch(shape)
    if written is None or tidied(shape) != shape:
        return None
    return "offset" if (written[1] or "Z")[0] in "+-" else "other"


def is_number(text: str) -> bool:
    """Return whether a text is a decimal number."""
    return _NUMBER.fullmatch(text) is not None


def is_serial(number: float) -> bool:
    """Return whether a number is a date as spreadsheets store it: in days since 1899-12-30."""
    return _FIRST_SERIAL <= number < _LAST_SERIAL


def refusal(text: str) -> str:
    """Say why a text is not of the grammar, and how it should be written."""
    if len(text) <= 20 and is_number(text):
        if is_serial(float(text)):
            return (
                f"`{text}` is a number as spreadsheets keep dates (days since 1899-12-30): export the column "
                "as text such as `2025-03-01 09:30`"
            )
        return f"`{text}` is a number: write {_EXAMPLES}"
    hint = _hint(text)
    return f"`{text}` is not {_EXAMPLES}" + (f": {hint}" if hint else "")


def _hint(text: str) -> str:
    """Say what is wrong with a day, or with what follows it."""
    if _ISO.fullmatch(text) is not None:
        return "this day does not exist"
    parts = re.fullmatch(rf"{_DATE}[Tt ](.*?)( ?(?:[A-Za-z]+|[+-][^A-Za-z]*))?", text, re.ASCII)
    if parts is None:
        return ""
    clock, zone = parts[1], (parts[2] or "").strip()
    numbers = re.findall(r"\d+", clock)
    if re.fullmatch(r"\d\d[.,]\d\d([.,]\d\d)?", clock):
        return f"write the time as `{':'.join(numbers)}`"
    if re.fullmatch(r"\d\d:\d\d[.,]\d+", clock):
        return f"a fraction is one of seconds, such as `{numbers[0]}:{numbers[1]}:00.{numbers[2]}`"
    if re.fullmatch(r"\d\d:\d\d:\d\d:\d+", clock):
        return (
            f"write the fraction of the seconds behind a point, as in `{':'.join(numbers[:3])}.{numbers[3]}`"
        )
    if re.fullmatch(r"\d\d:\d\d:\d\d[.,]", clock):
        return "no digits stand behind the point"
    if re.fullmatch(r"\d\d([.,]\d+)?", clock):
        return f"write hours and minutes, such as `{numbers[0]}:00`"
    if re.fullmatch(r"\d{3,}([.,]\d*)?", clock):
        return "write the time with colons, such as `12:30` or `12:30:00`"
    if re.fullmatch(r"24:00(:00)?", clock):
        return "the hours go from 00 to 23: midnight is `00:00` of the next day"
    if re.fullmatch(_CLOCK, clock) and zone:
        if zone[0] not in "+-":
            return f"`{zone}` is not an offset: write one such as `+01:00`, or `Z`"
        if re.fullmatch(r"[+-]\d\d[.,]\d\d", zone):
            return f"write the offset as `{zone[:3]}:{zone[4:]}`"
        return f"an offset has hours below 24 and minutes below 60, such as `{zone[0]}05:30`"
    return ""
