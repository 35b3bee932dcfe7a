"""A table in memory as a log: all that can be passed on as Arrow data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, BytesIO
from typing import Any

from comity.errors import InputError, UsageError
from comity.readers.formats.parquet_rows import batches_of, head_of, one_line
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Reader, Splits
from comity.readers.row_batch import ROWS, RowBatch
from comity.readers.sources.source import LogInput, Opened


class TableSource(LogInput):
    """A table of pyarrow, pandas, Polars or any other library that has `__arrow_c_stream__`."""

    def __init__(self, table: Any) -> None:
        """Take a table; raises UsageError without pyarrow, InputError where it is not Arrow data."""
        super().__init__("the table")
        try:
            import pyarrow as pa
        except ImportError:
            raise UsageError("tables need pyarrow: pip install 'comity[cli]'") from None
        try:
            self._table = table if isinstance(table, pa.Table) else pa.table(table)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise InputError(f"the table cannot be read as Arrow data: {one_line(error)}") from None

    def names(self) -> Sequence[str]:
        """Return the names of the columns."""
        names: Sequence[str] = self._table.schema.names
        return names

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Return the table in place of a stream; the reader takes it."""
        yield Opened(BufferedReader(BytesIO()), None)

    def size(self) -> int:
        """Return the size of the table in bytes."""
        return int(self._table.nbytes)

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Return the reader of this table."""
        return Reader("table", (), partial(_read, self._table), splits=partial(_splits, self._table))


def _read(
    table: Any, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    head, used = head_of(list(table.schema.names), wanted)
    return batches_of(table.select(used).to_batches(ROWS), head)


def _splits(table: Any, stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits:
    from comity.readers.formats.parquet_arrow import table_splits

    head, used = head_of(list(table.schema.names), needs.columns)
    return head, table_splits(table, used, head)
