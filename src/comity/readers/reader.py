"""What a reader of a log format is: it yields rows in batches, column by column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from comity.clock.instants import DAY
from comity.readers.mapping.mapping import LogFormat
from comity.readers.row_batch import RowBatch
from comity.records import frozen

if TYPE_CHECKING:
    from comity.readers.split import Split


_LOCAL: Final = 2 * DAY
"""Times of no zone, and dates, are at most fifteen hours from UTC, and a date lasts a day."""
Splits = tuple[RowBatch, Iterator[Callable[[], "Split"]]]


@frozen
class Earliest:
    """Rows whose times are all before an instant need not be read."""

    column: str
    """The column of the times."""
    instant: int
    """In microseconds."""

    def is_after(self, latest: int, *, local: bool) -> bool:
        """Return whether times up to a latest one are all before it; `local` ones may be of any zone."""
        return latest + (_LOCAL if local else 0) < self.instant


@frozen
class Needs:
    """Which columns of a log are needed."""

    columns: frozenset[str] | None
    """Their names; None is all."""
    repeating: frozenset[str] = frozenset()
    """Columns whose texts repeat."""
    earliest: Earliest | None = None
    """Which rows a reader may pass over, if it knows them without reading them."""


@frozen
class ReaderOption:
    """An option of a reader: `--NAME` of a command, or `NAME` in a mapping's `[log.options]`."""

    name: str
    metavar: str = "TEXT"
    help: str = ""
    multiple: bool = False
    """It may be given several times."""


@frozen
class FolderFormat:
    """A log that is a folder, such as a Maildir: how to recognise it, and how to read it."""

    recognises: Callable[[Path], bool]
    read: Callable[[Path, LogFormat, frozenset[str] | None], Iterator[RowBatch]]


@frozen
class Reader:
    """A log format: its name, the extensions of its files, and how to read it.

    `read` gets the stream, the mapping's `[log]`, and the columns that are needed (None: all). It raises
    InputError, without the name of the file, where it cannot read the log at all.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BufferedReader, LogFormat, frozenset[str] | None], Iterator[RowBatch]]
    options: tuple[ReaderOption, ...] = attrs.field(default=(), kw_only=True)
    """The reader's own options; their values are in `LogFormat.options`."""
    recognises: Callable[[bytes], bool] | None = attrs.field(default=None, kw_only=True)
    """Says from the first 64 KiB of a log, at most, whether it is certainly of this format.

    It goes before the extension of the file's name. Where several readers recognise a log, the user must
    name the format.
    """
    folder: FolderFormat | None = attrs.field(default=None, kw_only=True)
    """How it reads folders; None where it does not read any."""
    seeks: bool = False
    """The stream must be seekable."""
    splits: Callable[[BufferedReader, LogFormat, Needs], Splits | None] | None = None
    """Reads the same rows in splits, as Arrow columns; needs pyarrow.

    It returns an empty batch with the columns of the log, and functions that read one split each and may be
    called side by side; it returns None for a log that must be read one row after another.
    """
    _stretches: Callable[[BufferedReader, LogFormat, Needs], Splits | None] | None = attrs.field(
        default=None, kw_only=True, repr=False, eq=False
    )

    def __attrs_post_init__(self) -> None:
        if self._stretches is not None:
            object.__setattr__(self, "splits", self.splits or self._stretches)
            object.__setattr__(self, "_stretches", None)

    @property
    def stretches(self) -> Callable[[BufferedReader, LogFormat, Needs], Splits | None] | None:
        """The older name of `splits`; it still works as an argument, too."""
        return self.splits
