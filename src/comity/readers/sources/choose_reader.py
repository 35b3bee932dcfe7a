"""Which reader reads a log: told by options, by the mapping, by its first bytes or by its file's name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final, Protocol

from comity.errors import UsageError, one_of, suggest
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Reader

_PACKED: Final = (".gz", ".gzip", ".zst", ".zstd")
_HEAD: Final = 1 << 16
"""Bytes by which readers recognise a log."""
_SNIFFED: Final = {b"{": "jsonl", b"[": "json"}


class Beginning(Protocol):
    """What is known of a log before it is read: its name and its first bytes."""

    name: str

    @property
    def is_stream(self) -> bool:
        """Whether the name does not show the format."""

    def head(self, size: int) -> bytes:
        """Return up to `size` bytes."""


def choose_reader(
    source: Beginning, readers: Sequence[Reader], input_format: str | None, log: LogFormat
) -> Reader:
    """Return the reader that an option or the mapping names, or that recognises the log.

    Without these, the extension of the file's name decides, then the first bytes. Raises UsageError where no
    reader can be chosen.
    """
    names = {reader.name: reader for reader in readers}
    for name in (input_format, log.format):
        if name is not None:
            if name not in names:
                hint = suggest(name, names) or f"there are {one_of(names)}"
                raise UsageError(f"`{name}` is not a log format: {hint}")
            return names[name]
    if log.delimiter is None and log.header is None:
        recognised = _recognised(source, readers)
        if recognised is not None:
            return recognised
    plain = PurePath(source.name.lower())
    while plain.suffix in _PACKED:
        plain = plain.with_suffix("")
    for reader in readers:
        if not source.is_stream and plain.suffix and plain.suffix in reader.suffixes:
            return reader
    if "csv" in names and (log.delimiter is not None or log.header is not None):
        return names["csv"]
    sniffed = _sniff(source)
    if sniffed is None and source.is_stream:
        sniffed = "csv"
    if sniffed in names:
        return names[sniffed]
    if plain.suffix:
        what = f"`{plain.suffix}` is not the extension of a log"
    else:
        what = "the file name has no extension"
    raise UsageError(f"{source.name}: {what}: state the format with --input-format: {one_of(names)}")


def _recognised(source: Beginning, readers: Sequence[Reader]) -> Reader | None:
    """Return the one reader that recognises the beginning of a log, None where no reader does.

    Raises UsageError where several readers recognise it.
    """
    able = [(reader, reader.recognises) for reader in readers if reader.recognises is not None]
    if not able:
        return None
    head = source.head(_HEAD)
    found = [reader for reader, recognises in able if recognises(head)]
    if len(found) > 1:
        names = " and ".join(f"`{reader.name}`" for reader in found)
        raise UsageError(f"{source.name}: could be of the formats {names}: state it with --input-format")
    return found[0] if found else None


def _sniff(source: Beginning) -> str | None:
    head = source.head(4096)
    if head.startswith(b"PAR1"):
        return "parquet"
    return _SNIFFED.get(head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1])
