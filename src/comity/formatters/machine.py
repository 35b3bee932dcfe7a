"""Formats for machines: JSON, JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import chain

from comity.errors import UsageError
from comity.formatters.cells import safe_cell
from comity.formatters.formatter import Style
from comity.results.arrow_table import finding_schema
from comity.results.finding_keys import CODED, INSTANTS
from comity.results.report import Report

MANY = 1000
"""From this many findings on they are written by columns, where pyarrow is installed."""


def _are_many(report: Report) -> bool:
    return len(report.findings) >= MANY and all(find_spec(name) for name in ("pyarrow", "numpy"))


def write_json(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write one object with the summary and the findings, a finding a line."""
    yield f'{{"comity": 1, "summary": {_json(report.summary.to_dict())}, "findings": ['
    if _are_many(report):
        separator = b"\n"
        for piece in _by_columns(report, style.columns, ",\n"):
            yield separator
            yield piece[: -len(b",\n")]
            separator = b",\n"
    else:
        for number, finding in enumerate(report.findings):
            yield (",\n" if number else "\n") + _json(finding.to_dict(style.columns))
    yield "\n]}\n" if report.findings else "]}\n"


def write_jsonl(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write the findings alone, one a line."""
    if _are_many(report):
        yield from _by_columns(report, style.columns, "\n")
    else:
        for finding in report.findings:
            yield _json(finding.to_dict(style.columns)) + "\n"


def _by_columns(report: Report, columns: Sequence[str], end: str) -> Iterator[bytes]:
    from comity.formatters import bulk

    return report.findings.over_batches(lambda batch: bulk.json_bytes(batch, end), columns)


def write_csv(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write the findings under a header, nested values as JSON text, absent ones as empty cells."""
    if _are_many(report):
        from comity.formatters import bulk

        rows = report.findings.over_batches(bulk.csv_bytes, style.columns)
        return chain([",".join(style.columns)], rows, ["\r\n"])
    return _csv_one_by_one(report, style.columns)


def _csv_one_by_one(report: Report, columns: Sequence[str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for finding in report.findings:
        writer.writerow([_cell(value) for value in finding.to_dict(columns).values()])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def write_parquet(report: Report, style: Style) -> Iterator[bytes]:
    """Write the findings as a Parquet file: instants as timestamps, the scope as a map, evidence as a list.

    Raises UsageError without pyarrow.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("the format `parquet` needs pyarrow: pip install 'comity[cli]'") from None
    sink = _Pieces()
    coded = [name for name in style.columns if name in CODED]
    # Readers skip pages by person and instant; the statistics of long texts take a sixth of the time.
    known = [name for name in style.columns if name in CODED or name == "person" or name in INSTANTS]
    with pq.ParquetWriter(
        sink,
        finding_schema(style.columns),
        compression="zstd",
        use_dictionary=coded or False,
        write_statistics=known or False,
    ) as writer:
        for batch in report.findings.batches(style.columns):
            writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


class _Pieces(io.RawIOBase):
    """A file that returns what was written, piece by piece."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._given = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = bytes(data)  # type: ignore[call-overload]
        self._held += written
        return len(written)

    def tell(self) -> int:
        return self._given + len(self._held)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken, self._held = bytes(self._held), bytearray()
        self._given += len(taken)
        return taken


def _cell(value: object) -> str:
    """Return a value as a cell, nested values as JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _json(value)
    return safe_cell(text)


def _json(value: object) -> str:
    """Return JSON, with escapes for lone surrogates, which cannot be encoded."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
