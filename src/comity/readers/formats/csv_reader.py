"""Logs of delimited text: CSV and TSV."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader
from typing import Final

from comity.readers.formats.csv_rows import CsvSheet, find_head, first_lines, read_rows
from comity.readers.formats.text import bounded, open_text
from comity.readers.mapping.mapping import LogFormat
from comity.readers.reader import Needs, Reader, Splits
from comity.readers.row_batch import RowBatch


def _batches(stream: BufferedReader, log: LogFormat, delimiter: str | None) -> Iterator[RowBatch]:
    with open_text(bounded(stream, log.budgets.line), log.encoding, newline="") as text:
        lines = first_lines(text, log)
        head = find_head(lines, log, delimiter)
        yield CsvSheet(head).batch([])
        yield from read_rows(text, head, lines[head.begin :])


def read_csv(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read delimited text; the mapping names the delimiter, or the header shows it."""
    return _batches(stream, log, None)


def read_tsv(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read text delimited by tabs, unless the mapping says otherwise."""
    return _batches(stream, log, "\t")


def _csv_splits(stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits | None:
    from comity.readers.formats.csv_splits import csv_splits

    return csv_splits(stream, log, None, needs)


def _tsv_splits(stream: BufferedReader, log: LogFormat, needs: Needs) -> Splits | None:
    from comity.readers.formats.csv_splits import csv_splits

    return csv_splits(stream, log, "\t", needs)


CSV: Final = Reader("csv", (".csv",), read_csv, splits=_csv_splits)
TSV: Final = Reader("tsv", (".tsv", ".tab"), read_tsv, splits=_tsv_splits)
