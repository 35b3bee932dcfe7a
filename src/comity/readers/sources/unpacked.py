"""The bytes inside a log: decompressed, without repeated byte order marks, and copied to be read again."""

from __future__ import annotations

import codecs
import gzip
import shutil
import tempfile
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, Final, cast

from comity.budgets import LogBudgets, log_over_budget
from comity.errors import InputError, UsageError

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MOST_MARKS: Final = 16
"""How many byte order marks at the beginning of a log are passed over."""
_BUFFER: Final = 1 << 16


def unpacked(stream: BufferedReader, file: RawIOBase, budgets: LogBudgets) -> BufferedReader | None:
    """Return what a compressed stream holds, None where it is not compressed with gzip or zstd.

    Raises UsageError for zstd without pyarrow; reading raises InputError beyond the budgets.
    """
    magic = stream.peek(4)[:4]
    if magic.startswith(_GZIP):
        inside: Any = gzip.GzipFile(fileobj=stream)
    elif magic == _ZSTD:
        inside = _unzstd(stream)
    else:
        return None
    return BufferedReader(Unpacked(inside, file, budgets), _BUFFER)


class Unpacked(RawIOBase):
    """What a compressed file holds, up to the budgets `unpacked` and `ratio`."""

    def __init__(self, unpacked: Any, file: RawIOBase, budgets: LogBudgets) -> None:
        self._unpacked, self._file, self._budgets = unpacked, file, budgets
        self._given = 0

    def readable(self) -> bool:
        """Return true: it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read further bytes; raises InputError where the budgets are used up."""
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


def _unzstd(stream: BufferedReader) -> Any:
    try:
        import pyarrow as pa
    except ImportError:
        raise UsageError("logs compressed with zstd need pyarrow: install `comity[cli]`") from None
    return pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd")


def spool(stream: Any) -> BinaryIO:
    """Copy a stream to an anonymous temporary file, which can be read several times."""
    copy = cast(BinaryIO, tempfile.TemporaryFile(buffering=0))  # noqa: SIM115
    try:
        shutil.copyfileobj(stream, copy, 1 << 20)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def pass_over_marks(stream: BufferedReader) -> int:
    """Pass over repeated byte order marks at the beginning, except the last one; return how many."""
    for mark in _MARKS:
        head = stream.peek(len(mark) * _MOST_MARKS)[: len(mark) * _MOST_MARKS]
        marks = 0
        while head.startswith(mark, marks * len(mark)):
            marks += 1
        if marks > 1:
            stream.read(len(mark) * (marks - 1))
            return marks - 1
    return 0
