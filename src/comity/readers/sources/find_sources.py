"""The files and folders that the paths of a log stand for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from comity.errors import InputError, UsageError, shortened, system_reason
from comity.files_below import files_below
from comity.readers.events.cells import one_line
from comity.readers.reader import Reader
from comity.readers.sources.folder_source import folder_source
from comity.readers.sources.folder_values import folder_values
from comity.readers.sources.lake_tables.recognise import refuse_version, table_in, table_of, table_version
from comity.readers.sources.source import LogInput
from comity.storage.urls import is_url, was_url

_ENDINGS = (".parquet", ".json", ".json.gz")
"""Of Parquet files, and of the files that tell a table of a data lake from a folder of them."""


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
    """Return the files that paths, URLs, globs and folders stand for.

    A folder that a reader recognises, or that is a table of a data lake, is one log; in any other folder,
    each Parquet file below it is a log. `@v` and a number at the end of a table's name is a version of it.
    Raises InputError where a glob or a folder has no files.
    """
    found: list[LogInput] = []
    for path in paths:
        if isinstance(path, LogInput):
            found.append(path)
        else:
            found += _sources_of(str(path), readers, input_format)
    return found


def _sources_of(path: str, readers: Sequence[Reader], input_format: str | None) -> list[LogInput]:
    name, version = table_version(path)
    table = table_of(name, version)
    if table is not None:
        return [table]
    if is_url(name):
        from comity.readers.sources.remote_source import remote_sources

        return remote_sources(name, version)
    if was_url(name) and not Path(name).exists():
        raise UsageError(f"`{name}` was a URL before it became a path: give it as a text")
    if version is not None and not _is_folder(name):
        name, version = path, None  # A file may have such a name.
    if _is_folder(name):
        folder = folder_source(name, readers, input_format)
        return _in_folder(name, version) if folder is None else [folder]
    if glob.has_magic(name) and not Path(name).exists():
        files = sorted(filter(_is_log, glob.glob(name, recursive=True)))  # noqa: PTH207
        if not files:
            raise InputError(one_line(f"{name}: cannot be read: there is no such file"))
        return [LogInput(file) for file in files]
    return [LogInput(name)]


def _in_folder(name: str, version: int | None) -> list[LogInput]:
    """Return the table that a folder is, or the Parquet files below it."""
    below = {file.relative_to(name).as_posix(): file for file in files_below(Path(name), _ENDINGS)}
    table = table_in(name, below, version)
    if table is not None:
        return [table]
    refuse_version(version, name)
    files = {relative: str(file) for relative, file in below.items() if relative.endswith(".parquet")}
    if not files:
        hint = "it has no Parquet files; name other files one by one or as a glob"
        raise InputError(one_line(f"{name}: cannot be read: is a directory: {hint}"))
    found = []
    for relative, file in sorted(files.items(), key=lambda each: each[1]):
        source = LogInput(file)
        source.values = folder_values(relative)
        found.append(source)
    return found
