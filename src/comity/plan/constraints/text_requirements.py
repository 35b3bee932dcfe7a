"""Requirements on the text of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from comity.plan.constraints.limits import MovedLimit, moved_numbers
from comity.records import frozen

_WORD = re.compile(r"\w+")
Phrase = tuple[str, ...]
"""Case-folded words in a row."""


def phrase_words(text: str) -> Phrase:
    """Return the case-folded words of a text: runs of letters, digits and `_`."""
    return tuple(word.casefold() for word in _WORD.findall(text))


@frozen
class TextRequirements:
    """What a message may say and how long it may be."""

    field: str
    max_words: int | None = None
    """Runs without white space."""
    max_characters: int | None = None
    """Code points of the trimmed text."""
    forbidden: tuple[Phrase, ...] = ()
    required: tuple[tuple[Phrase, ...], ...] = ()
    """Of each of these, one phrase must be there."""

    def moved_limits(self) -> Iterator[MovedLimit[TextRequirements]]:
        """Yield the style with each length moved by one."""
        # At -1 no text passes, not even an empty one.
        for move, most in moved_numbers(self.max_words, least=-1):
            yield MovedLimit(f"max-words {self.max_words}", move, attrs.evolve(self, max_words=most))
        for move, most in moved_numbers(self.max_characters, least=-1):
            limit = f"max-characters {self.max_characters}"
            yield MovedLimit(limit, move, attrs.evolve(self, max_characters=most))

    def faults(self, text: str) -> list[str]:
        """Say how the text breaks the requirements; empty where it keeps them."""
        faults = []
        count = len(text.split())
        if self.max_words is not None and count > self.max_words:
            faults.append(f"{count} words")
        length = len(text.strip())
        if self.max_characters is not None and length > self.max_characters:
            faults.append(f"{length} characters")
        if self.forbidden or self.required:
            words = _joined(phrase_words(text))
            said = [f"`{' '.join(p)}`" for p in self.forbidden if _joined(p) in words]
            if said:
                faults.append(f"says {', '.join(said)}")
            faults += [
                "lacks " + " or ".join(f"`{' '.join(p)}`" for p in choice)
                for choice in self.required
                if not any(_joined(phrase) in words for phrase in choice)
            ]
        return faults


def _joined(words: Phrase) -> str:
    """Write words with a blank at each end, so that one text is in another where the words follow each other.

    No word has a blank, and Python looks for a text in linear time.
    """
    return f" {' '.join(words)} "
