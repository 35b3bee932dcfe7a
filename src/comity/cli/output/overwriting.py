"""Outputs that would replace an input of a command, or each other, are refused."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from comity.errors import UsageError
from comity.storage.urls import is_url, shown_url

Identity = tuple[int, int] | str


def refuse_overwriting(outputs: Mapping[str, str | None], read: Iterable[tuple[str, str | Path]]) -> None:
    """Raise UsageError where an output, by its option, is one of the files that are read, or another output.

    Each file in `read` comes with what it is; `-` is standard input. Files are compared by their identity: a
    link of either kind is the file that it leads to.
    """
    given = {
        option: path if is_url(path) else Path(path) for option, path in outputs.items() if path is not None
    }
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
                raise UsageError(f"{other} and {option} are the same file, `{path}`: name two files")
        if isinstance(path, Path):
            _refuse_inside(option, path, known)


def _refuse_inside(option: str, path: Path, known: Mapping[Identity, str]) -> None:
    """Raise UsageError for a file in a folder that is read as one log."""
    for folder in Path(os.path.realpath(path)).parents:
        for each in _identities(folder):
            if each in known:
                raise UsageError(f"{option} `{path}` would be in {known[each]}: name a file elsewhere")


def _identities(path: str | Path) -> list[Identity]:
    """Return the device and number of an existing file, else its future path; nothing for `/dev/null`.

    A URL is what names a file that is elsewhere.
    """
    if isinstance(path, str) and is_url(path):
        return [shown_url(path)]
    try:
        found = os.fstat(0) if str(path) == "-" else os.stat(path)  # noqa: PTH116
        if os.path.samestat(found, os.stat(os.devnull)):  # noqa: PTH116
            return []
    except OSError:
        return [] if str(path) == "-" else [os.path.realpath(path)]
    return [(found.st_dev, found.st_ino)]
