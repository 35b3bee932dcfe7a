"""Slips of the pen: which known word was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT, _LONG = 4, 9
"""A word of this many letters or more may differ in one letter, and in two."""


def squeeze(text: str) -> str:
    """Return a name without case, spaces, `-` and `_`."""
    return "".join(c for c in text.casefold() if not (c.isspace() or c in "-_"))


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, None where the word is another one.

    A slip keeps the first letter, or swaps it with the second. One letter differs, is missing or is added, or
    two neighbours are swapped; in long words this may happen twice. Short words have no slips.
    """
    mine = squeeze(word)
    best: tuple[int, str] | None = None
    for each in known:
        theirs = squeeze(each)
        if mine == theirs:
            return each
        longest = max(len(mine), len(theirs))
        allowed = 0 if min(len(mine), len(theirs)) < _SHORT else 1 if longest < _LONG else 2
        if not allowed or abs(len(mine) - len(theirs)) > allowed:
            continue
        if mine[0] != theirs[0] and mine[:2] != theirs[1::-1]:
            continue
        steps = distance(mine, theirs)
        if steps <= allowed and (best is None or steps < best[0]):
            best = steps, each
    return None if best is None else best[1]


def distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added, removed, or swapped with the next one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        last, row, earlier = row, [i], before
        for j, right in enumerate(other, 1):
            steps = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                steps = min(steps, earlier[j - 2] + 1)
            row.append(steps)
        before = last
    return row[-1]
