"""The fields that every event has, and the form in which they are compared."""

from __future__ import annotations

from typing import Final

from comity.texts.identity import folded

FIELDS: Final = (
    "person",
    "at",
    "id",
    "kind",
    "channel",
    "medium",
    "direction",
    "outcome",
    "actor",
    "matter",
    "timezone",
)
"""The fields that every policy knows; `medium` follows from the channel."""
FOLDED: Final = frozenset({"kind", "channel", "medium", "direction", "outcome"})
"""Fields whose values are compared in the form that `fold` returns."""
IDENTITIES: Final = ("person", "actor", "matter")
"""Fields that say who or what an event is about. `comity.texts.identity.identity` writes them in one way."""
CLEANED: Final = (*IDENTITIES, "kind", "channel", "direction", "outcome")
"""Fields in which invisible characters do not count, wherever they are read or compared."""


def fold(text: str) -> str:
    """Return the form in which kinds, channels, directions, outcomes and media are compared.

    Case does not count, and a space, a dash and `_` are the same.
    """
    if text.isascii():  # Most texts are: this way avoids the Unicode tables.
        return text.strip().casefold().replace("_", "-").replace(" ", "-")
    return folded(text)
