"""Identities, such as persons and matters: texts in one form, so that equal ones compare equal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_SHOWN: Final = frozenset(
    map(chr, (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD))
) | frozenset(map(chr, range(0x13430, 0x13440)))
"""Format characters that are visible: signs of Arabic and Syriac numbers, and controls of hieroglyphs."""
_BLANKS: Final = frozenset(
    map(
        chr,
        (
            0x34F,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            0x180B,
            0x180C,
            0x180D,
            0x180F,
            0x2065,
            0x2800,
            0x3164,
            0xFFA0,
        ),
    )
)
"""Invisible characters that are not format characters: joiners, fillers and blanks."""
_JOINERS: Final = ("\u200c", "\u200d")
_MOST_REMEMBERED: Final = 1 << 16


def identity(text: str) -> str:
    """Return the one form of a person, an actor or a matter: composed (NFC), visible and trimmed.

    White space of every kind is trimmed, and invisible characters are removed. The zero-width joiner and
    non-joiner stay between two letters of a script in which they belong to the spelling of a word.
    """
    return text.strip() if text.isascii() else _composed(text)


@lru_cache(_MOST_REMEMBERED)
def _composed(text: str) -> str:
    hidden = {place for place, _ in invisible_in(text)}
    if hidden:
        text = "".join(character for place, character in enumerate(text) if place not in hidden)
    return unicodedata.normalize("NFC", text).strip()


def has_invisible(text: str) -> bool:
    """Return whether a text has invisible characters that `identity` removes."""
    return not text.isascii() and next(invisible_in(text), None) is not None


def invisible_in(text: str) -> Iterator[tuple[int, str]]:
    """Yield the places of the invisible characters that `identity` removes, and the characters."""
    before = ""
    for place, character in enumerate(text):
        if character < "\u00ad" or not is_invisible(character):
            before = character
        elif character in _JOINERS and _is_written_with_joiners(before):
            after = next((c for c in text[place + 1 :] if not is_invisible(c)), "")
            if _is_written_with_joiners(after):
                before = character
            else:
                yield place, character
        else:
            yield place, character


@lru_cache(_MOST_REMEMBERED)
def is_invisible(character: str) -> bool:
    """Return whether a character is invisible and not a space, such as a soft hyphen or a bidi mark."""
    if unicodedata.category(character) == "Cf":
        return character not in _SHOWN
    return character in _BLANKS or is_variation(character) or "\ufff0" <= character <= "\ufff8"


def is_variation(character: str) -> bool:
    """Return whether a character only changes how the one before it looks."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _is_written_with_joiners(character: str) -> bool:
    """Return whether it is a letter or a mark of the scripts of Arabic, India or South-East Asia."""
    return "\u0600" <= character <= "\u1cff" and unicodedata.category(character)[0] in "LM"


def escaped(text: str) -> str:
    """Return a text with its invisible characters as escapes such as `\\u200b`."""
    return "".join(
        ascii(c)[1:-1] if not c.isprintable() or is_invisible(c) or (c != " " and c.isspace()) else c
        for c in text
    )


def name_of(character: str) -> str:
    """Return a character's code point and name in Unicode."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}" + (f" {name}" if name else "")


@lru_cache(_MOST_REMEMBERED)
def folded(text: str) -> str:
    """Return a text without case for comparing, with `-` for `_` and for every dash and space."""
    text = unicodedata.normalize("NFD", identity(text)).casefold()
    text = "".join("-" if c == "_" or c.isspace() or _is_dash(c) else c for c in text)
    return unicodedata.normalize("NFC", text)


def _is_dash(character: str) -> bool:
    return character in "\u2212\u2043\u02d7" or unicodedata.category(character) == "Pd"
