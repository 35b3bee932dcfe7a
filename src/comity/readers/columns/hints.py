"""Which columns could be the person or the time, by a look at their first cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from comity.errors import EventError
from comity.readers.events.cells import is_absent, plain_text
from comity.texts.spelling import near

_ENOUGH: Final = 0.8
"""The share of the cells that must look alike: a log has exceptions."""
_LONGEST: Final = 120
_ADDRESS = re.compile(r"(?:.*[\s<(\"])?[^\s@<>(),;:\"]+@[^\s@<>(),;:\"]+\.[^\s@<>(),;:\"]+[>)\"]?")
_NUMBER = re.compile(r"\+?[\d(][\d\s().\-/]{5,20}\d(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?:,? [^\W\d_][\w.'\u2019-]*){1,3}")
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|mär|okt|dez|fév|avr|juin|juil|août|déc|ene|ago|dic"
)
_DATE = re.compile(
    r"(?:\w{2,4}\.?,?\s+)?(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}(?=T|$)"
    rf"|\d{{1,2}}\.?[\s-]*(?:{_MONTHS})\w*\.?,?[\s-]*\d{{2,4}}|(?:{_MONTHS})\w*\.? \d{{1,2}},? \d{{4}})"
    r"(?:[T,\s].*)?",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"1\d{9}(?:\.\d+|\d{3}|\d{6})?")
_SERIAL = re.compile(r"[345]\d{4}\.\d+")


def hint(field: str, names: Sequence[str], columns: Mapping[str, Sequence[object]]) -> str:
    """Return which columns could be `person` or `at` by their first cells; an empty text where none could.

    A name with a slip of the pen is offered only if the cells do not contradict it.
    """
    texts = {name: _texts(cells) for name, cells in columns.items()}
    sorts = _TIMES if field == "at" else _PERSONS
    said = []
    offered: list[str] = []
    for what, looks_so in sorts:
        found = [name for name, cells in texts.items() if name not in offered and _are(cells, looks_so)]
        offered += found
        if found:
            holds = "holds" if len(found) == 1 else "hold"
            said.append(f"{', '.join(f'`{name}`' for name in found)} {holds} {what}")
    if not said:
        slip = near(field, names)
        plain = slip is not None and not _are(
            texts.get(slip, ()), _is_date if field == "person" else _is_no_date
        )
        return f"did you mean `{slip}`?" if plain else ""
    return f"{'; '.join(said)}: name the right one with --map {field}=COLUMN"


def _texts(cells: Iterable[object]) -> list[str]:
    found = []
    for cell in cells:
        try:
            text = "" if is_absent(cell) else plain_text(cell)[:_LONGEST]
        except (EventError, ValueError):
            continue
        if text:
            found.append(text)
    return found


def _are(cells: Sequence[str], looks_so: Any) -> bool:
    return bool(cells) and sum(map(bool, map(looks_so, cells))) >= _ENOUGH * len(cells)


def _is_number(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    formatted = not text.isdigit() or len(text) >= 10
    return 7 <= digits <= 15 and formatted and bool(_NUMBER.fullmatch(text)) and not _is_date(text)


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text))


def _is_no_date(text: str) -> bool:
    return not _is_date(text)


def _is_name(text: str) -> bool:
    return (
        bool(_NAME.fullmatch(text))
        and all(word[:1].isupper() for word in text.split()[:1])
        and (sum(word[:1].isupper() for word in text.split()) > 1)
    )


_PERSONS: Final = (
    ("addresses", _ADDRESS.fullmatch),
    ("phone numbers", _is_number),
    ("names", _is_name),
)
_TIMES: Final = (
    ("dates", _is_date),
    ("seconds since 1970, it seems", _SECONDS.fullmatch),
    ("dates as numbers of a spreadsheet, it seems", _SERIAL.fullmatch),
)
