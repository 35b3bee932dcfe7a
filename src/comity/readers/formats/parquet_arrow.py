"""Parquet files and Arrow tables in splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from comity.columns.arrow_arrays import numbers
from comity.errors import InputError
from comity.readers.arrow.texts import is_plain, is_sound, is_text
from comity.readers.formats.parquet_rows import head_of, one_line, table_batch
from comity.readers.formats.parquet_statistics import row_group_runs
from comity.readers.reader import Earliest, Needs, Splits
from comity.readers.row_batch import RowBatch
from comity.readers.split import ArrowBatch, Split, passed_over

ROWS: Final = 1 << 17
"""Rows of a split."""


def parquet_splits(stream: BufferedReader, needs: Needs) -> Splits:
    """Return the splits of a file; texts that repeat stay dictionary-encoded, as in the file.

    Raises InputError where the file is not readable Parquet.
    """
    remote = getattr(stream.raw, "native", None)
    try:
        schema = pq.ParquetFile(remote or stream).schema_arrow
        names = schema.names
        coded = [n for n in needs.repeating if names.count(n) == 1 and is_text(schema.field(n).type)]
        stream.seek(0)
        # Parts of a remote file are asked for side by side, since each answer takes its time.
        file = pq.ParquetFile(remote or stream, read_dictionary=coded, pre_buffer=remote is not None)
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"not a readable Parquet file: {one_line(error)}") from None
    head, used = head_of(list(names), needs.columns)
    return head, _splits(file, used, head, needs.earliest)


def _splits(
    file: pq.ParquetFile, used: list[str], head: RowBatch, earliest: Earliest | None
) -> Iterator[Callable[[], Split]]:
    for groups, passed in row_group_runs(file, earliest):
        if passed:
            yield partial(passed_over, passed)
        else:
            yield from _splits_of(file, groups, used, head)


def _splits_of(
    file: pq.ParquetFile, groups: list[int] | None, used: list[str], head: RowBatch
) -> Iterator[Callable[[], Split]]:
    batches = file.iter_batches(ROWS, row_groups=groups, columns=used, use_threads=True)
    while True:
        try:
            batch = next(batches, None)
        except MemoryError:
            raise
        except pa.ArrowException as error:
            raise InputError(f"not a readable Parquet file: {one_line(error)}") from None
        if batch is None:
            return
        yield partial(split_of, batch, head)


def table_splits(table: pa.Table, used: list[str], head: RowBatch) -> Iterator[Callable[[], Split]]:
    """Return the splits of an Arrow table."""
    for batch in table.select(used).to_batches(ROWS):
        yield partial(split_of, batch, head)


def split_of(batch: pa.RecordBatch, head: RowBatch) -> Split:
    """Turn an Arrow record batch into a split, row by row where a column is nested or unsound."""

    def rows(indices: Sequence[int]) -> RowBatch:
        return table_batch(
            batch.take(numbers(np.array(indices, np.int64))), [index + 1 for index in indices], head
        )

    columns = {name: batch.column(name) for name in batch.schema.names}
    if all(_is_simple(column) for column in columns.values()):
        return Split([ArrowBatch(batch.num_rows, columns, rows)], batch.num_rows)
    return Split([table_batch(batch, range(1, batch.num_rows + 1), head)], batch.num_rows)


def _is_simple(column: pa.Array) -> bool:
    types, kind = pa.types, column.type
    if types.is_timestamp(kind) or types.is_date(kind):
        return True
    if is_text(kind):
        return is_sound(column.cast(pa.string()))
    return is_plain(kind)
