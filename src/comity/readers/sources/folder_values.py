"""Values that stand in the names of folders, `region=EU/day=2026-11-02/`, as columns of the rows below them.

Hive began it, and Spark and all others that write partitioned tables do it: such a column is in no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BufferedReader
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import attrs

from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Reader, Splits
from comity.readers.row_batch import RowBatch

if TYPE_CHECKING:
    from comity.readers.split import ArrowBatch, Split

_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""What is written for a value that is absent."""
Values = Mapping[str, str | None]


def folder_values(path: str) -> Values:
    """Return the values in the names of the folders of a path, relative to the folder that is the log."""
    pairs = [part.split("=", 1) for part in PurePath(path).parts[:-1] if "=" in part.strip("=")]
    return {unquote(name): None if value == _NULL else unquote(value) for name, value in pairs}


def with_values(reader: Reader, values: Values) -> Reader:
    """Return a reader that adds these columns to all rows, unless a file has such a column itself."""
    if not values:
        return reader
    splits = None if reader.splits is None else partial(_splits, reader.splits, values)
    return attrs.evolve(reader, read=partial(_read, reader, values), splits=splits)


def _read(
    reader: Reader, values: Values, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    for batch in reader.read(stream, log, wanted):
        yield _added(batch, values, wanted)


def _added(batch: RowBatch, values: Values, wanted: frozenset[str] | None) -> RowBatch:
    new = {name: value for name, value in values.items() if name not in batch.names}
    cells: dict[str, Sequence[Any]] = {
        name: (value,) * len(batch.numbers) for name, value in new.items() if wanted is None or name in wanted
    }
    plain = batch.plain and None not in new.values()
    return attrs.evolve(batch, columns={**batch.columns, **cells}, names=(*batch.names, *new), plain=plain)


def _splits(
    splits: Callable[[BufferedReader, LogFormat, Needs], Splits | None],
    values: Values,
    stream: BufferedReader,
    log: LogFormat,
    needs: Needs,
) -> Splits | None:
    found = splits(stream, log, needs)
    if found is None:
        return None
    head, loads = found
    wanted = needs.columns
    new = {name: values[name] for name in values if name not in head.names}
    return _added(head, values, wanted), (partial(_loaded, load, new, wanted) for load in loads)


def _loaded(load: Callable[[], Split], values: Values, wanted: frozenset[str] | None) -> Split:
    from comity.readers.split import ArrowBatch

    split = load()
    parts = [
        _with_arrays(part, values, wanted) if isinstance(part, ArrowBatch) else _added(part, values, wanted)
        for part in split.parts
    ]
    return attrs.evolve(split, parts=parts)


def _with_arrays(batch: ArrowBatch, values: Values, wanted: frozenset[str] | None) -> ArrowBatch:
    import pyarrow as pa

    arrays = {
        name: pa.repeat(pa.scalar(value, pa.string()), batch.count)
        for name, value in values.items()
        if wanted is None or name in wanted
    }

    def rows(indices: Sequence[int]) -> RowBatch:
        return _added(batch.rows(indices), values, wanted)

    return attrs.evolve(batch, columns={**batch.columns, **arrays}, rows=rows)
