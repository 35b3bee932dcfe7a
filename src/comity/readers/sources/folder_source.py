"""A folder as one log, such as a Maildir."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path

import attrs

from comity.errors import UsageError
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import FolderFormat, Reader
from comity.readers.row_batch import RowBatch
from comity.readers.sources.source import LogInput, Opened


class FolderSource(LogInput):
    """A folder that a reader reads as one log."""

    def __init__(self, path: str, reader: Reader) -> None:
        """Take a folder; raises UsageError where the reader does not read folders."""
        super().__init__(path)
        if reader.folder is None:
            raise UsageError(f"{path}: is a folder, and `{reader.name}` is not a format of folders")
        read = partial(_read, reader.folder, Path(path))
        self._reader = attrs.evolve(reader, read=read, splits=None)

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Return an empty stream; the reader knows the folder."""
        yield Opened(BufferedReader(BytesIO()), None)

    def size(self) -> int:
        """Return 0: the size is not known without reading."""
        return 0

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Return the reader of this folder."""
        return self._reader


def _read(
    folder: FolderFormat, path: Path, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    return folder.read(path, log, wanted)


def folder_source(path: str, readers: Sequence[Reader], input_format: str | None) -> FolderSource | None:
    """Return the source of a folder that is one log, None where no reader recognises it.

    Raises UsageError where several readers recognise it.
    """
    if input_format is not None:
        named = [reader for reader in readers if reader.name == input_format and reader.folder is not None]
        return FolderSource(path, named[0]) if named else None
    found = [reader for reader in readers if reader.folder and reader.folder.recognises(Path(path))]
    if len(found) > 1:
        names = " and ".join(f"`{reader.name}`" for reader in found)
        raise UsageError(f"{path}: could be of the formats {names}: state it with --input-format")
    return FolderSource(path, found[0]) if found else None
