"""A table of a data lake as one log: its rows come as Arrow record batches, in one order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol

from comity.errors import InputError, UsageError
from comity.notices import Notice
from comity.readers.events.cells import one_line
from comity.readers.formats.parquet_rows import batches_of, head_of
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Reader, Splits
from comity.readers.row_batch import RowBatch
from comity.readers.sources.source import LogInput, Opened

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS: Final = 1 << 16
"""The least rows of a batch but the last: tables that are written often have many small files."""


class LakeTable(Protocol):
    """One version of a table."""

    format: str
    version: str
    """Which version it is, as people write it: `version 12`, `snapshot 8377…`."""
    number: int
    size: int
    """Bytes of its files."""

    def schema(self) -> pa.Schema:
        """Return its columns."""

    def batches(self, columns: Sequence[str], coded: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Return some columns; texts of the `coded` ones repeat and may come dictionary-encoded.

        Rows come in the order in which their files were added to the table.
        """


class TableScan(LogInput):
    """A table as a log."""

    def __init__(self, name: str, table: LakeTable) -> None:
        super().__init__(name)
        self._table = table

    def size(self) -> int:
        """Return the size of its files in bytes."""
        return self._table.size

    @property
    def is_stream(self) -> bool:
        """Return false: it can be read again."""
        return False

    def notices(self) -> Sequence[Notice]:
        """Return which version of the table is read."""
        again = f"`{self.name}@v{self._table.number}` is the same rows again, whatever is added later"
        what = f"`{self.name}` is a table of {self._table.format}, read as of {self._table.version}"
        return (Notice("table-version", what, example=self._table.version, help=again),)

    @contextmanager
    def open(self, *, seekable: bool = False) -> Iterator[Opened]:
        """Return the table in place of a stream; the reader takes it."""
        yield Opened(BufferedReader(BytesIO()), None)

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn the errors of reading into an InputError that names the table."""
        import pyarrow as pa

        try:
            with super().faults():
                yield
        except (InputError, UsageError, MemoryError):
            raise
        except (pa.ArrowException, ValueError) as error:
            raise self.error(f"cannot be read: {one_line(str(error))}") from None

    def reader(self, readers: Sequence[Reader], input_format: str | None, log: LogFormat) -> Reader:
        """Return the reader of this table; raises UsageError where another format is named."""
        for named in (input_format, log.format):
            if named is not None:
                raise UsageError(
                    f"{self.name}: is a table of {self._table.format}: leave the format `{named}` out"
                )
        return Reader("table", (), partial(_read, self._table), splits=partial(_splits, self._table))


def _read(
    table: LakeTable, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    head, used = head_of(list(table.schema().names), wanted)
    return batches_of(_grown(table.batches(used, ())), head)


def _splits(table: LakeTable, stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits:
    from comity.readers.arrow.texts import is_text
    from comity.readers.formats.parquet_arrow import split_of

    schema = table.schema()
    head, used = head_of(list(schema.names), needs.columns)
    coded = [name for name in used if name in needs.repeating and is_text(schema.field(name).type)]
    return head, (partial(split_of, batch, head) for batch in _grown(table.batches(used, coded)))


def _grown(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join small batches that follow each other."""
    held: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        if batch.num_rows:
            if held and not batch.schema.equals(held[0].schema):
                yield from _joined(held)
                held, rows = [], 0
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
