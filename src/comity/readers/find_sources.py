"""The files and folders that the paths of a log stand for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from comity.errors import InputError
from comity.readers.cells import one_line
from comity.readers.folder_source import folder_source
from comity.readers.reader import Reader
from comity.readers.source import Source


def find_sources(
    paths: Sequence[str | PathLike[str] | Source],
    readers: Sequence[Reader] = (),
    input_format: str | None = None,
) -> list[Source]:
    """Give the files that paths, globs and folders stand for.

    A folder that a reader reads is one log; of any other, all Parquet files below it are. Raises InputError
    where a glob or a folder has no files.
    """
    found: list[Source] = []
    for path in paths:
        if isinstance(path, Source):
            found.append(path)
            continue
        name = str(path)
        if Path(name).is_dir():
            folder = folder_source(name, readers, input_format)
            if folder is not None:
                found.append(folder)
                continue
            files = sorted(str(file) for file in Path(name).rglob("*.parquet") if file.is_file())
            if not files:
                hint = "it has no Parquet files; name other files one by one or as a glob"
                raise InputError(one_line(f"{name}: cannot be read: is a directory: {hint}"))
            found += map(Source, files)
        elif glob.has_magic(name) and not Path(name).exists():
            files = sorted(file for file in glob.glob(name, recursive=True) if not Path(file).is_dir())  # noqa: PTH207
            if not files:
                raise InputError(one_line(f"{name}: cannot be read: no file is called so"))
            found += map(Source, files)
        else:
            found.append(Source(name))
    return found
