"""Refusing outputs that would replace what a command reads, or one another."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from comity.errors import UsageError

Identity = tuple[int, int] | str


def refuse_overwriting(outputs: Mapping[str, str | None], read: Iterable[tuple[str, str | Path]]) -> None:
    """Raise UsageError where an output, given by its option, is what is read or is another output.

    What is read is given with what it is, `-` for standard input. Files are told by their identity: links of
    both sorts are the file that they lead to.
    """
    given = {option: Path(path) for option, path in outputs.items() if path is not None}
    if not given:
        return
    known: dict[Identity, str] = {}
    for what, path in read:
        for each in _identities(path):
            known.setdefault(each, f"the {what} `{path}`")
    claimed: dict[Identity, str] = {}
    for option, path in given.items():
        for each in _identities(path):
            if each in known:
                raise UsageError(f"{option} `{path}` would replace {known[each]}: name another file")
            other = claimed.setdefault(each, option)
            if other != option:
                raise UsageError(f"{other} and {option} are one file, `{path}`: name two")
        _refuse_inside(option, path, known)


def _refuse_inside(option: str, path: Path, known: Mapping[Identity, str]) -> None:
    """Refuse a file in a folder that is read as one log."""
    for folder in Path(os.path.realpath(path)).parents:
        for each in _identities(folder):
            if each in known:
                raise UsageError(f"{option} `{path}` would be in {known[each]}: name a file elsewhere")


def _identities(path: str | Path) -> list[Identity]:
    """Return the device and the number of an existing file, else its future place; none of `/dev/null`."""
    try:
        found = os.fstat(0) if str(path) == "-" else os.stat(path)  # noqa: PTH116
        if os.path.samestat(found, os.stat(os.devnull)):  # noqa: PTH116
            return []
    except OSError:
        return [] if str(path) == "-" else [os.path.realpath(path)]
    return [(found.st_dev, found.st_ino)]
