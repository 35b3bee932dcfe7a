"""Logs at URLs: each is read as a file of this machine would be."""

from __future__ import annotations

from io import RawIOBase
from typing import Any, Final

from comity.errors import InputError, UsageError
from comity.readers.sources.folder_values import folder_values
from comity.readers.sources.lake_tables.recognise import refuse_version, table_in
from comity.readers.sources.source import LogInput
from comity.storage.remote_file import RemoteFile
from comity.storage.urls import shown_url

_BUFFER: Final = 8 << 20
"""Bytes that are asked for at once: object storage takes as long to answer as to send some megabytes."""


class RemoteInput(LogInput):
    """One log at a URL."""

    buffer = _BUFFER

    def __init__(self, place: Any, size: int) -> None:
        super().__init__(place.name)
        self._place = place
        self._size = size

    def _file(self) -> RawIOBase:
        return RemoteFile(self._place.files.open_input_file(self._place.path))

    def size(self) -> int:
        """Return the size of the file in bytes, 0 where it is not known."""
        return self._size

    @property
    def is_stream(self) -> bool:
        """Return false: the name shows the format."""
        return False


def remote_sources(url: str, version: int | None) -> list[LogInput]:
    """Return the logs that a URL stands for: a file, a glob, a table, or the Parquet files below a folder.

    Raises InputError where there are none, UsageError for a URL that nothing reads.
    """
    try:
        from comity.storage.location import has_magic, locate, matching
    except ImportError:
        raise UsageError(f"{shown_url(url)}: logs at URLs need pyarrow: pip install 'comity[cli]'") from None
    place = locate(url)
    if has_magic(place):
        found = matching(place)
        if not found:
            raise InputError(f"{place.name}: cannot be read: there is no such file")
        return [RemoteInput(each, each.info().size or 0) for each in found]
    info = place.info()
    if info.is_file:
        refuse_version(version, place.name)
        return [RemoteInput(place, info.size or 0)]
    below = {each.path.removeprefix(place.path).lstrip("/"): each for each in place.below()}
    table = table_in(url, below, version)
    if table is not None:
        return [table]
    refuse_version(version, place.name)
    sources: list[LogInput] = []
    for relative, each in below.items():
        if relative.endswith(".parquet"):
            source = RemoteInput(place.at(each.path), each.size or 0)
            source.values = folder_values(relative)
            sources.append(source)
    if not sources:
        what = "there is no such file"
        if below:
            what = "is a folder: it has no Parquet files; name other files one by one or as a glob"
        raise InputError(f"{place.name}: cannot be read: {what}")
    return sources
