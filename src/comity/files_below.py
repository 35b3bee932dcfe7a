"""Finding the files below a folder safely: only regular files, and no endless walks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from comity.errors import UsageError, printable, system_reason

MOST_ENTRIES: Final = 1_000_000
"""The most files and folders to visit."""


def files_below(
    folder: Path,
    ending: str | tuple[str, ...],
    own: Callable[[str], bool] = lambda _: True,
    most: int = MOST_ENTRIES,
) -> list[Path]:
    """Return the regular files below a folder whose names end so, folder by folder in the order of names.

    Folders whose names are not `own` are left out. A link to a folder counts as one without folders in it.
    Raises UsageError for a folder that cannot be read, for the whole file system, and for a folder with more
    entries than anybody has.
    """
    if folder.resolve() == folder.resolve().parent:
        raise UsageError(f"`{folder}` is the whole file system: name the folder that is meant")
    found: list[Path] = []
    entries = 0
    for path, folders, names in _walk(folder):
        entries += len(folders) + len(names)
        if entries > most:
            raise UsageError(
                f"there are more than {most:,} files and folders below `{printable(str(folder))}`: name a "
                "folder nearer to those that are meant"
            )
        folders[:] = [name for name in folders if own(name)]
        there = [Path(path, name) for name in names if name.endswith(ending)]
        for name in folders:
            if os.path.islink(os.path.join(path, name)):  # noqa: PTH114, PTH118
                inside = names_in(Path(path, name))
                entries += len(inside)
                there += [Path(path, name, each) for each in inside if each.endswith(ending)]
        found += [file for file in there if file.is_file()]
    return sorted(found, key=lambda file: (file.parent, file.name))


def _walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    return os.walk(folder, onerror=_refuse)


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder; raises UsageError if it cannot be read."""
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError as error:
        _refuse(error)
        return []


def _refuse(error: OSError) -> None:
    """Raise UsageError, unless the folder is gone by now."""
    if not isinstance(error, FileNotFoundError | ProcessLookupError):
        reason = system_reason(error)
        raise UsageError(f"the folder `{printable(str(error.filename))}` cannot be read: {reason}") from None
