"""The files and folders that the paths of a log stand for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from comity.errors import InputError, shortened, system_reason
from comity.files_below import files_below
from comity.readers.events.cells import one_line
from comity.readers.reader import Reader
from comity.readers.sources.folder_source import folder_source
from comity.readers.sources.source import LogInput


def _is_log(path: str) -> bool:
    """Return whether a path of a glob is a file, or a link that leads nowhere and must be reported."""
    return Path(path).is_file() or not Path(path).exists()


def _is_folder(name: str) -> bool:
    """Return whether a path is a folder; raises InputError for a name that no file can have."""
    try:
        if "\0" not in name:
            return Path(name).is_dir()
        reason = "the name of a file cannot have a NUL character"
    except OSError as error:
        reason = system_reason(error)
    raise InputError(f"{shortened(name)}: cannot be read: {reason}")


def find_sources(
    paths: Sequence[str | PathLike[str] | LogInput],
    readers: Sequence[Reader] = (),
    input_format: str | None = None,
) -> list[LogInput]:
    """Return the files that paths, globs and folders stand for.

    A folder that a reader recognises is one log; in any other folder, each Parquet file below it is a log.
    Raises InputError where a glob or a folder has no files.
    """
    found: list[LogInput] = []
    for path in paths:
        if isinstance(path, LogInput):
            found.append(path)
            continue
        name = str(path)
        if _is_folder(name):
            folder = folder_source(name, readers, input_format)
            if folder is not None:
                found.append(folder)
                continue
            files = sorted(map(str, files_below(Path(name), ".parquet")))
            if not files:
                hint = "it has no Parquet files; name other files one by one or as a glob"
                raise InputError(one_line(f"{name}: cannot be read: is a directory: {hint}"))
            found += map(LogInput, files)
        elif glob.has_magic(name) and not Path(name).exists():
            files = sorted(filter(_is_log, glob.glob(name, recursive=True)))  # noqa: PTH207
            if not files:
                raise InputError(one_line(f"{name}: cannot be read: there is no such file"))
            found += map(LogInput, files)
        else:
            found.append(LogInput(name))
    return found
