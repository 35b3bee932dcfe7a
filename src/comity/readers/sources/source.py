"""Where logs come from: files, pipes and standard input, compressed or not."""

from __future__ import annotations

import codecs
import gzip
import os
import re
import shutil
import stat
import sys
import tempfile
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedReader, FileIO, RawIOBase
from pathlib import PurePath
from typing import Any, BinaryIO, Final, cast

import attrs

from comity.budgets import DEFAULT_LOG_BUDGETS, LogBudgets, log_over_budget
from comity.errors import InputError, UsageError, one_of, suggest
from comity.readers.events.cells import one_line
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Reader
from comity.readers.row_batch import RowBatch

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_PACKED: Final = (".gz", ".gzip", ".zst", ".zstd")
_HEAD: Final = 1 << 16
"""How many bytes readers are given to recognise a log by."""
_SNIFFED: Final = {b"{": "jsonl", b"[": "json"}
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DEVICE: Final = "cannot be read: is a device, not a file or a pipe"
_MOST_MARKS: Final = 16
"""How many byte order marks at the beginning of a log are passed over."""
_ENDING: Final = re.compile(r"/dev/(null|console|tty\d*|pts/\d+)")
"""Devices that end: the empty one, and terminals."""


@attrs.frozen
class Opened:
    """A log that is being read: its decompressed bytes, and the file below them."""

    stream: BufferedReader
    file: FileIO | None

    def done(self) -> int:
        """Tell how many bytes of the file have been read."""
        return 0 if self.file is None or self.file.closed else self.file.tell()


class Unpacked(RawIOBase):
    """What a compressed file holds, up to the budgets `unpacked` and `ratio`."""

    def __init__(self, unpacked: Any, file: FileIO, budgets: LogBudgets) -> None:
        self._unpacked, self._file, self._budgets = unpacked, file, budgets
        self._given = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read on; raises InputError where it has become too long."""
        count: int = self._unpacked.readinto(buffer)
        self._given += count
        if self._given > self._budgets.unpacked:
            ratio = self._given // max(self._file.tell(), 1)
            if ratio > self._budgets.ratio:
                found = (
                    f"the compressed file has more than {self._budgets.unpacked:,} bytes (the budget "
                    f"`unpacked`) inside, {ratio:,} times as many as it is long"
                )
                raise InputError(log_over_budget("ratio", found, self._budgets.ratio))
        return count


class Source:
    """One log; what cannot be read twice is copied to an anonymous temporary file first."""

    def __init__(self, path: str) -> None:
        self.name = path
        """The path as it was given; `-` is standard input."""
        self.budgets = DEFAULT_LOG_BUDGETS
        self.marks = 0
        """How many byte order marks were passed over in the last reading, beside the one that texts have."""
        self._copy: BinaryIO | None = None

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Open the log for one reading from its start; raises InputError where it cannot be read."""
        with ExitStack() as stack:
            with self.faults():
                file = stack.enter_context(self._file())
                stream: BufferedReader = stack.enter_context(BufferedReader(file))
                magic = stream.peek(4)[:4]
                packed = True
                if magic.startswith(_GZIP):
                    unpacked: Any = gzip.GzipFile(fileobj=stream)
                elif magic == _ZSTD:
                    unpacked = _unzstd(stream)
                else:
                    packed = False
                if packed:
                    stream = stack.enter_context(
                        BufferedReader(Unpacked(unpacked, file, self.budgets), 1 << 16)
                    )
                if packed and seekable:
                    stream = stack.enter_context(BufferedReader(cast(FileIO, _spool(stream))))
                self.marks = _pass_over_marks(stream)
            yield Opened(stream, file)

    def size(self) -> int:
        """Return the size of the file in bytes, 0 where it cannot be told."""
        try:
            return os.fstat(self._copy.fileno()).st_size if self._copy else os.stat(self.name).st_size  # noqa: PTH116
        except (OSError, ValueError):
            return 0

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn what goes wrong in reading into an InputError that names the log."""
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
        """Make an error of one line that names the log, once."""
        return InputError(one_line(f"{self.name}: {message.removeprefix(f'{self.name}: ')}"))

    def _file(self) -> FileIO:
        if self._copy is None:
            if self.name == "-":
                if sys.stdin is None:
                    raise InputError("standard input is closed")
                _refuse_endless(sys.stdin)
                self._keep(_spool(sys.stdin.buffer))
            else:
                try:
                    mode = os.stat(self.name).st_mode  # noqa: PTH116
                except ValueError:  # It holds a character that no name of a file has.
                    raise InputError("cannot be read: no file is called so") from None
                if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                    return FileIO(self.name)
                if _is_device(mode) and not _ENDING.fullmatch(os.path.realpath(self.name)):
                    raise InputError(_DEVICE)
                with FileIO(self.name) as pipe:
                    self._keep(_spool(pipe))
        assert self._copy is not None
        file = FileIO(os.dup(self._copy.fileno()))
        file.seek(0)
        return file

    def _keep(self, copy: BinaryIO) -> None:
        self._copy = copy
        weakref.finalize(self, copy.close)

    @property
    def is_stream(self) -> bool:
        """Return whether the log is standard input or a pipe, whose name says nothing of its format."""
        try:
            return self.name == "-" or not stat.S_ISREG(os.stat(self.name).st_mode)  # noqa: PTH116
        except (OSError, ValueError):
            return False

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Choose the reader: by name, by the mapping, by the extension, by the first byte."""
        names = {reader.name: reader for reader in readers}
        for name in (input_format, log.format):
            if name is not None:
                if name not in names:
                    hint = suggest(name, names) or f"there are {one_of(names)}"
                    raise UsageError(f"`{name}` is not a log format: {hint}")
                return names[name]
        if log.delimiter is None and log.header is None:
            recognised = self._recognised(readers)
            if recognised is not None:
                return recognised
        plain = PurePath(self.name.lower())
        while plain.suffix in _PACKED:
            plain = plain.with_suffix("")
        for reader in readers:
            if not self.is_stream and plain.suffix and plain.suffix in reader.suffixes:
                return reader
        if "csv" in names and (log.delimiter is not None or log.header is not None):
            return names["csv"]
        found = self._sniff()
        if found is None and self.is_stream:
            found = "csv"
        if found in names:
            return names[found]
        if plain.suffix:
            what = f"`{plain.suffix}` is not the extension of a log"
        else:
            what = "the file name has no extension"
        raise UsageError(f"{self.name}: {what}: state the format with --input-format: {one_of(names)}")

    def _recognised(self, readers: Sequence[Reader]) -> Reader | None:
        """Ask the readers that can tell from a log's beginning that it is theirs."""
        able = [(reader, reader.recognises) for reader in readers if reader.recognises is not None]
        if not able:
            return None
        head = self._head(_HEAD)
        found = [reader for reader, recognises in able if recognises(head)]
        if len(found) > 1:
            names = " and ".join(f"`{reader.name}`" for reader in found)
            raise UsageError(f"{self.name}: could be of the formats {names}: state it with --input-format")
        return found[0] if found else None

    def _head(self, size: int) -> bytes:
        with self.open() as opened, self.faults():
            return opened.stream.read(size)

    def _sniff(self) -> str | None:
        head = self._head(4096)
        if head.startswith(b"PAR1"):
            return "parquet"
        return _SNIFFED.get(head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1])

    def batches(
        self, reader: Reader, opened: Opened, log: LogFormat, wanted: frozenset[str] | None
    ) -> Iterator[RowBatch]:
        """Read the batches, with faults of reading as InputError."""
        with self.faults():
            found = reader.read(opened.stream, log, wanted)
        while True:
            with self.faults():
                batch = next(found, None)
            if batch is None:
                return
            yield batch


def _spool(stream: Any) -> BinaryIO:
    copy = cast(BinaryIO, tempfile.TemporaryFile(buffering=0))  # noqa: SIM115
    try:
        shutil.copyfileobj(stream, copy, 1 << 20)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


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


def _pass_over_marks(stream: BufferedReader) -> int:
    """Pass over byte order marks at the beginning, where there are several, up to the last one."""
    for mark in _MARKS:
        head = stream.peek(len(mark) * _MOST_MARKS)[: len(mark) * _MOST_MARKS]
        marks = 0
        while head.startswith(mark, marks * len(mark)):
            marks += 1
        if marks > 1:
            stream.read(len(mark) * (marks - 1))
            return marks - 1
    return 0


def _unzstd(stream: BufferedReader) -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        raise UsageError("logs compressed with zstd need pyarrow: install `comity[cli]`") from None
    return pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")
