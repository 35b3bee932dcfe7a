"""Where logs come from: files, pipes and standard input, compressed or not."""

from __future__ import annotations

import os
import re
import stat
import sys
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import DEFAULT_BUFFER_SIZE, BufferedReader, FileIO, RawIOBase
from typing import Any, BinaryIO, Final, cast

from comity.budgets import DEFAULT_LOG_BUDGETS
from comity.errors import InputError
from comity.notices import Notice
from comity.readers.events.cells import one_line
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Reader
from comity.readers.row_batch import RowBatch
from comity.readers.sources.choose_reader import choose_reader
from comity.readers.sources.folder_values import Values, with_values
from comity.readers.sources.unpacked import pass_over_marks, spool, unpacked
from comity.records import frozen

_DEVICE: Final = "cannot be read: is a device, not a file or a pipe"
_ENDING: Final = re.compile(r"/dev/(null|console|tty\d*|pts/\d+)")
"""Devices that end: the empty one, and terminals."""


@frozen
class Opened:
    """A log that is being read: its decompressed bytes, and the file below them."""

    stream: BufferedReader
    file: RawIOBase | None

    def done(self) -> int:
        """Return how many bytes of the file have been read."""
        return 0 if self.file is None or self.file.closed else self.file.tell()


class LogInput:
    """One log; a stream that can be read only once is copied to an anonymous temporary file first."""

    buffer = DEFAULT_BUFFER_SIZE
    """Bytes that are read at once."""

    def __init__(self, path: str) -> None:
        self.name = path
        """The path as it was given; `-` is standard input."""
        self.budgets = DEFAULT_LOG_BUDGETS
        self.marks = 0
        """How many byte order marks the last reading passed over, besides the one that a text may have."""
        self.values: Values = {}
        """Columns that all its rows have, by the names of the folders that it is in."""
        self._copy: BinaryIO | None = None

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Open the log for one reading from its start; raises InputError where it cannot be read."""
        with ExitStack() as stack:
            with self.faults():
                file = stack.enter_context(self._file())
                stream: BufferedReader = stack.enter_context(BufferedReader(file, self.buffer))
                inside = unpacked(stream, file, self.budgets)
                if inside is not None:
                    stream = stack.enter_context(inside)
                    if seekable:
                        stream = stack.enter_context(BufferedReader(cast(FileIO, spool(stream))))
                self.marks = pass_over_marks(stream)
            yield Opened(stream, file)

    def size(self) -> int:
        """Return the size of the file in bytes, 0 where it is not known."""
        try:
            return os.fstat(self._copy.fileno()).st_size if self._copy else os.stat(self.name).st_size  # noqa: PTH116
        except (OSError, ValueError):
            return 0

    def notices(self) -> Sequence[Notice]:
        """Return what a reader of the report must know of this log."""
        return ()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn the errors of reading into an InputError that names the log."""
        try:
            yield
        except InputError as error:
            raise self.error(str(error)) from None
        except EOFError:
            raise self.error("the compressed file ends too early") from None
        except UnicodeError as error:
            raise self.error(f"the text cannot be decoded: {error}") from None
        except (OSError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise self.error(f"cannot be read: {reason[:1].lower()}{reason[1:]}") from None

    def error(self, message: str) -> InputError:
        """Return an error of one line that names the log once."""
        return InputError(one_line(f"{self.name}: {message.removeprefix(f'{self.name}: ')}"))

    def _file(self) -> RawIOBase:
        if self._copy is None:
            if self.name == "-":
                if sys.stdin is None:
                    raise InputError("standard input is closed")
                _refuse_endless(sys.stdin)
                self._keep(spool(sys.stdin.buffer))
            else:
                try:
                    mode = os.stat(self.name).st_mode  # noqa: PTH116
                except ValueError:  # The name has a character that a file's name cannot have.
                    raise InputError("cannot be read: there is no such file") from None
                if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                    return FileIO(self.name)
                if _is_device(mode) and not _ENDING.fullmatch(os.path.realpath(self.name)):
                    raise InputError(_DEVICE)
                with FileIO(self.name) as pipe:
                    self._keep(spool(pipe))
        assert self._copy is not None
        file = FileIO(os.dup(self._copy.fileno()))
        file.seek(0)
        return file

    def _keep(self, copy: BinaryIO) -> None:
        self._copy = copy
        weakref.finalize(self, copy.close)

    @property
    def is_stream(self) -> bool:
        """Whether the log is standard input or a pipe, whose name does not show its format."""
        try:
            return self.name == "-" or not stat.S_ISREG(os.stat(self.name).st_mode)  # noqa: PTH116
        except (OSError, ValueError):
            return False

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Return the reader of this log; raises UsageError where none can be chosen."""
        return with_values(choose_reader(self, readers, input_format, log), self.values)

    def head(self, size: int) -> bytes:
        """Return the first bytes of the log, decompressed."""
        with self.open() as opened, self.faults():
            return opened.stream.read(size)

    def batches(
        self, reader: Reader, opened: Opened, log: LogFormat, wanted: frozenset[str] | None
    ) -> Iterator[RowBatch]:
        """Yield the batches; raises InputError where the log cannot be read."""
        with self.faults():
            found = reader.read(opened.stream, log, wanted)
        while True:
            with self.faults():
                batch = next(found, None)
            if batch is None:
                return
            yield batch


def _is_device(mode: int) -> bool:
    return stat.S_ISBLK(mode) or stat.S_ISCHR(mode)


def _refuse_endless(stream: Any) -> None:
    """Raise InputError for a stream from a device that does not end."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    status = os.fstat(number)
    ends = os.isatty(number) or status.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116
    if _is_device(status.st_mode) and not ends:
        raise InputError(_DEVICE)
