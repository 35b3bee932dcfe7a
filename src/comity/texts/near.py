"""Texts that may well mean one: they differ in nothing but case, spaces, punctuation or the invisible."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import attrs

from comity.texts.identity import escaped, is_invisible

_END = "\0"
"""Parts the texts where many are looked at in one go; no text of a log has it."""
_ASCII_DROPPED = {code: None for code in range(1, 128) if not chr(code).isalnum()}
"""For `str.translate`, which goes over ASCII at a nanosecond or two a character."""
_NO_WORD = re.compile(r"[^\w\0]")
_DRAWN_BLANK = "_\u115f\u1160\u3164\uffa0"
"""What is dropped although regular expressions take it for part of a word."""


@attrs.frozen
class Near:
    """Texts of which others differ in nothing that matters to people."""

    count: int
    """How many there are."""
    example: tuple[str, str]
    """The two of them that come first in the order of texts."""

    def shown(self) -> str:
        """Write the example."""
        return " and ".join(f"`{escaped(text)}`" for text in self.example)


def near_forms(texts: Sequence[str]) -> list[str]:
    """Return each text without case, spaces, punctuation, symbols and invisible characters."""
    joined = _END.join(texts).casefold()
    if joined.isascii():
        joined = joined.translate(_ASCII_DROPPED)
    else:
        joined = unicodedata.normalize("NFC", joined)
        # However many texts, few different characters are dropped: each is replaced in one go.
        for character in {*_NO_WORD.findall(joined), *_DRAWN_BLANK}:
            if _is_dropped(character):
                joined = joined.replace(character, "")
    return joined.split(_END)


def _is_dropped(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "PSZ" or category == "Cc" or is_invisible(character)


def find_near(texts: Iterable[str]) -> Near | None:
    """Find the distinct texts that have a near one, None where there are none.

    It costs a fraction of a microsecond a text, less than making an event of one row.
    """
    distinct = list(texts)
    if len(distinct) < 2:
        return None
    forms = near_forms(distinct)
    if len({*forms}) == len(distinct):
        return None
    first: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for form, text in zip(forms, distinct, strict=True):
        if form and (other := first.setdefault(form, text)) is not text:
            groups.setdefault(form, [other]).append(text)
    return near_of(groups.values())


def near_of(groups: Iterable[Sequence[str]]) -> Near | None:
    """Put groups of near texts together."""
    pairs = [(sorted(group)[:2], len(group)) for group in groups]
    if not pairs:
        return None
    one, other = min(pair for pair, _ in pairs)
    return Near(sum(count for _, count in pairs), (one, other))


def near_texts(found: Mapping[str, Near | None]) -> dict[str, Near]:
    """Leave out the fields of which nothing was found."""
    return {field: near for field, near in found.items() if near is not None}
