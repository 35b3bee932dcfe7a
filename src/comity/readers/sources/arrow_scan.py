"""Rows that a package of others gives as Arrow record batches, as one log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol

from comity.errors import InputError, UsageError
from comity.readers.events.cells import one_line
from comity.readers.formats.parquet_rows import batches_of, head_of
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Earliest, Needs, Reader, Splits
from comity.readers.row_batch import RowBatch
from comity.readers.sources.source import LogInput, Opened

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS: Final = 1 << 16
"""The least rows of a batch but the last: tables that are written often have many small files."""


class ArrowRows(Protocol):
    """Rows in one order, which can be asked for again."""

    format: str
    """What they are rows of, such as `Delta Lake`."""
    size: int
    """About how many bytes they have, 0 if that is not known."""

    def names(self) -> list[str]:
        """Return the names of their columns."""

    def batches(
        self, columns: Sequence[str], repeating: frozenset[str], earliest: Earliest | None
    ) -> Iterator[pa.RecordBatch | int]:
        """Return some columns; texts of the `repeating` ones may come dictionary-encoded.

        In place of rows that are all before the earliest instant there may be their number.
        """


class ArrowScan(LogInput):
    """Such rows as a log."""

    def __init__(self, name: str, rows: ArrowRows) -> None:
        super().__init__(name)
        self._rows = rows

    def size(self) -> int:
        """Return about how many bytes they have."""
        return self._rows.size

    @property
    def is_stream(self) -> bool:
        """Return false: they can be read again."""
        return False

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Return the rows in place of a stream; the reader takes them."""
        yield Opened(BufferedReader(BytesIO()), None)

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn the errors of reading into an InputError that names the log."""
        import pyarrow as pa

        try:
            with super().faults():
                yield
        except (InputError, UsageError, MemoryError):
            raise
        except (pa.ArrowException, ValueError) as error:
            raise self.error(f"cannot be read: {one_line(str(error))}") from None

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Return the reader of these rows; raises UsageError where a format of files is named."""
        for named in (input_format, log.format):
            if named is not None:
                raise UsageError(f"{self.name}: is {self._rows.format}: leave the format `{named}` out")
        return Reader("table", (), partial(_read, self._rows), splits=partial(_splits, self._rows))


def _read(
    rows: ArrowRows, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    head, used = head_of(rows.names(), wanted)
    return batches_of(_grown(rows.batches(used, frozenset(), None)), head)


def _splits(rows: ArrowRows, stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits:
    from comity.readers.formats.parquet_arrow import split_of
    from comity.readers.split import passed_over

    head, used = head_of(rows.names(), needs.columns)
    batches = _grown(rows.batches(used, needs.repeating, needs.earliest))
    return head, (
        partial(passed_over, batch) if isinstance(batch, int) else partial(split_of, batch, head)
        for batch in batches
    )


def _grown(batches: Iterator[pa.RecordBatch | int]) -> Iterator[Any]:
    """Join small batches that follow each other."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if held and (isinstance(batch, int) or not batch.schema.equals(held[0].schema)):
            yield from _joined(held)
            held, rows = [], 0
        if isinstance(batch, int):
            yield batch
            continue
        if batch.num_rows:
            held.append(batch)
            rows += batch.num_rows
        if rows >= _ROWS:
            yield from _joined(held)
            held, rows = [], 0
    yield from _joined(held)


def _joined(batches: Sequence[Any]) -> Sequence[Any]:
    import pyarrow as pa

    if len(batches) < 2:
        return batches
    joined: Sequence[Any] = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return joined
