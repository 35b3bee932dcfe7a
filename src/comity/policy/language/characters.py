"""Invisible characters in the values of a policy: such a value would match nothing in any log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from comity.documents import Fault, Path
from comity.texts.identity import escaped, invisible_in, is_variation, name_of

_FOR_PEOPLE: Final = frozenset({"title", "because", "references", "description"})
"""Keys of texts that are only shown."""


def character_faults(data: object, path: Path = ()) -> Iterator[Fault]:
    """Yield a fault for each key and value with an invisible character.

    Allowed are characters that only change how the one before them is drawn, and joiners in scripts that use
    them.
    """
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _faults_of(key, (*path, key), of_key=True)
            if key not in _FOR_PEOPLE:
                yield from character_faults(value, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from character_faults(item, (*path, index))
    elif isinstance(data, str):
        yield from _faults_of(data, path)


def _faults_of(text: str, path: Path, *, of_key: bool = False) -> Iterator[Fault]:
    if text.isascii():
        return
    found = [character for _, character in invisible_in(text) if not is_variation(character)]
    if found:
        names = " and ".join(dict.fromkeys(map(name_of, found)))
        shows = "which shows nothing" if len(set(found)) == 1 else "which show nothing"
        message = f"`{escaped(text)}` holds {names}, {shows}"
        yield Fault("invisible-character", message, *path, help="delete it", of_key=of_key)
