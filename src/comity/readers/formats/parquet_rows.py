"""Arrow tables as batches of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from comity.clock.instants import DAY, PER_SECOND, Precision
from comity.readers.row_batch import RowBatch


def head_of(names: list[str], wanted: frozenset[str] | None) -> tuple[RowBatch, list[str]]:
    """Return an empty batch with the columns of a log, and the names of those that are needed."""
    repeated = frozenset(name for name, count in Counter(names).items() if count > 1)
    used = [n for n in names if n not in repeated and (wanted is None or n in wanted)]
    return RowBatch((), dict.fromkeys(used, ()), (), names, fixed=True, repeated=repeated), used


def batches_of(tables: Iterable[Any], head: RowBatch) -> Iterator[RowBatch]:
    """Turn Arrow record batches into batches of cells, the empty head first."""
    yield head
    first = 1
    for table in tables:
        yield table_batch(table, range(first, first + table.num_rows), head)
        first += table.num_rows


def table_batch(table: Any, numbers: Sequence[int], head: RowBatch) -> RowBatch:
    """Turn an Arrow record batch into a batch of cells; `head` says which columns the log has."""
    import pyarrow as pa

    columns: dict[str, Sequence[Any]] = {}
    times: dict[str, Precision] = {}
    for name in table.schema.names:
        columns[name], precision = _column(table.column(name), pa)
        if precision is not None:
            times[name] = precision
    return RowBatch(numbers, columns, (), head.names, fixed=True, repeated=head.repeated, times=times)


def one_line(error: Exception) -> str:
    """Return the message of an error on one line, without a capital at the beginning."""
    text = " ".join(str(error).split())
    return text[:1].lower() + text[1:]


def _column(array: Any, pa: Any) -> tuple[Sequence[Any], Precision | None]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_timestamp(kind):
        cells = array.cast(pa.int64()).to_pylist()
        per_second = PER_SECOND[kind.unit]
        if per_second > 10**6:
            cells = [None if cell is None else cell // 1000 for cell in cells]
        elif per_second < 10**6:
            factor = 10**6 // per_second
            cells = [None if cell is None else cell * factor for cell in cells]
        return cells, "local" if kind.tz is None else "instant"
    if pa.types.is_date32(kind):
        days = array.cast(pa.int32()).to_pylist()
        return [None if day is None else day * DAY for day in days], "date"
    if pa.types.is_date64(kind):
        millis = array.cast(pa.int64()).to_pylist()
        return [None if cell is None else cell // 86_400_000 * DAY for cell in millis], "date"
    return array.to_pylist(), None
