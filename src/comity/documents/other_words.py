"""Keys that mean the same in different tables, so that one is written where another one is the word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ALIKE: Final = tuple(
    frozenset(words.split())
    for words in (
        "from since after event start begin starts begins opens",
        "until to through end ends stop closes",
        "within gap window in-last for honour-within span period duration deadline",
        "else otherwise default fallback rest",
        "limit max maximum most at-most",
        "at-least min minimum least",
        "share limit percent percentage ratio max maximum most at-most",
        "of whole total all",
        "weight weights points",
        "field column attribute name",
        "expect answer response",
        "around at anchor instant",
        "distinct different unique",
        "split separator delimiter sep",
    )
)
"""Words for one idea. Where a table has one of them as a key, it is what another one of them meant."""


def other_word(key: str, allowed: Iterable[str]) -> str | None:
    """Return the key of a table that another word for the same was probably meant to be."""
    known, word = set(allowed), key.casefold().replace("_", "-")
    if word in known:
        return None
    meant = [alike & known for alike in _ALIKE if word in alike]
    return next((next(iter(one)) for one in meant if len(one) == 1), None)
