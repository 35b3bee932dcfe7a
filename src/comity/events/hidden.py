"""Invisible characters in persons, actors and matters: they are removed, and a notice reports them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from threading import Lock
from typing import Any

from comity.notices import Notice
from comity.texts.identity import escaped, has_invisible


class Hidden:
    """Counts, by field, the values from which such characters were removed; threads share it."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, str] = {}
        self._lock = Lock()

    def look(self, field: str, cells: Sequence[Any], *, plain: bool) -> None:
        """Look at the cells of a column: texts or lists of texts; `plain` cells are all texts."""
        texts: Sequence[str] = cells if plain or set(map(type, cells)) == {str} else _texts_in(cells)
        # A column of ASCII costs this one pass alone; in other columns only few distinct texts are looked at.
        if "".join(texts).isascii():
            return
        found = {text for text in set(texts) if has_invisible(text)}
        if found:
            example = min(map(escaped, found))
            count = sum(text in found for text in texts)
            with self._lock:
                self._counts[field] = self._counts.get(field, 0) + count
                self._examples[field] = min(self._examples.get(field, example), example)

    def notices(self, fields: Collection[str] | None = None) -> list[Notice]:
        """Return a notice for each field with removed characters, or only for those of `fields`."""
        return [
            hidden_notice(field, count, self._examples[field])
            for field, count in sorted(self._counts.items())
            if fields is None or field in fields
        ]


def hidden_notice(field: str, count: int, example: str) -> Notice:
    """Return the notice that characters were removed from `count` values of a field."""
    return Notice(
        "invisible-characters",
        f"{count:,} {'value' if count == 1 else 'values'} of `{field}` had characters that show "
        "nothing; they were removed",
        count=count,
        example=example,
        help="check where they come from; often somebody copied the text from a web page or a message",
    )


def _texts_in(cells: Sequence[Any]) -> Sequence[str]:
    if set(map(type, cells)) <= {str, type(None)}:
        return list(filter(None, cells))
    return [text for cell in cells for text in _texts(cell)]


def _texts(cell: object) -> Iterable[str]:
    if isinstance(cell, str):
        return (cell,)
    return [part for part in cell if isinstance(part, str)] if isinstance(cell, list | tuple) else ()
