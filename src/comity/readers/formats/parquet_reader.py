"""Logs in Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Final

from comity.errors import InputError, UsageError
from comity.readers.formats.parquet_rows import batches_of, head_of, one_line
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Reader, Splits
from comity.readers.row_batch import ROWS, RowBatch


def read_parquet(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read the wanted columns; timestamps and dates become columns of microseconds.

    Raises UsageError without pyarrow, and InputError where the file is not readable Parquet.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("Parquet logs need pyarrow: install `comity[cli]`") from None
    try:
        file = pq.ParquetFile(stream)
        head, used = head_of(list(file.schema_arrow.names), wanted)
        yield from batches_of(file.iter_batches(ROWS, columns=used), head)
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"not a readable Parquet file: {one_line(error)}") from None


def _splits(stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits:
    from comity.readers.formats.parquet_arrow import parquet_splits

    return parquet_splits(stream, needs)


PARQUET: Final = Reader("parquet", (".parquet", ".pq"), read_parquet, seeks=True, splits=_splits)
