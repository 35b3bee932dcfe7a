"""The directions of a contact, and the words that logs use for them."""

from __future__ import annotations

from typing import Final

from comity.errors import EventError, one_of, suggest
from comity.events.fields import fold

DIRECTIONS: Final = ("outbound", "inbound", "none")
DIRECTION_WORDS: Final = {
    **{word: word for word in DIRECTIONS},
    **dict.fromkeys(("out", "outgoing", "sent"), "outbound"),
    **dict.fromkeys(("in", "incoming", "received"), "inbound"),
}
"""The direction that each known word stands for."""


def parse_direction(text: str) -> str:
    """Read a direction as logs write it; raises EventError for an unknown word."""
    folded = fold(text)
    if folded in DIRECTION_WORDS:
        return DIRECTION_WORDS[folded]
    hint = suggest(folded, DIRECTION_WORDS) or f"allowed are {one_of(DIRECTION_WORDS)}"
    raise EventError(f"`{text}` is not a direction: {hint}")
