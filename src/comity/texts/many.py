"""Numbers with a noun."""

from __future__ import annotations


def many(number: int, noun: str) -> str:
    """Return a number of things for people, such as `1 file` or `1,200 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
