"""How long logs are, as plain text: known from their files alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Final

from comity.readers.sources.source import LogInput

_DENSER: Final = {".parquet": 4, ".pq": 4, ".gz": 6, ".gzip": 6, ".zst": 6, ".zstd": 6}
"""By extension, about how many times as long a log would be as plain text."""
_BY_COLUMNS: Final = frozenset({".parquet", ".pq"})
_SHORT: Final = 200_000
"""Bytes of text. Three thousand rows of 65 bytes took as long event by event as loading numpy and pyarrow."""


def text_size(sources: Iterable[LogInput]) -> int:
    """Return about how many bytes some logs would be as plain text, 0 where that is not known."""
    return sum(source.size() * _DENSER.get(_extension(source), 1) for source in sources)


def are_short(sources: Iterable[LogInput]) -> bool:
    """Return whether reading all rows one by one takes less time than loading numpy and pyarrow.

    A Parquet file cannot be read without pyarrow at all, and nobody knows how long a stream is.
    """
    held = tuple(sources)
    in_columns = any(_extension(source) in _BY_COLUMNS for source in held)
    return not in_columns and all(source.size() for source in held) and text_size(held) <= _SHORT


def _extension(source: LogInput) -> str:
    return PurePath(source.name.lower()).suffix
