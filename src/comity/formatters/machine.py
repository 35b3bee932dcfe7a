"""Formats for machines: JSON, JSON Lines, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import Any, Final

from comity.errors import UsageError
from comity.formatters.cells import safe_cell
from comity.formatters.formatter import Style
from comity.results.arrow_table import finding_schema
from comity.results.finding_keys import CODED, INSTANTS
from comity.results.findings import Findings
from comity.results.report import Report
from comity.results.state_report import StateReport

MANY = 1000
"""From this many findings on they are written by columns, where pyarrow is installed."""


WITHDRAWN: Final = "withdrawn"
"""The key that findings have in the report of a run with a state: whether they no longer hold."""
_LINE: Final = "\r\n"


def _are_many(findings: Findings) -> bool:
    return len(findings) >= MANY and all(find_spec(name) for name in ("pyarrow", "numpy"))


def _parts(report: Report) -> list[tuple[Findings, bool | None]]:
    """Return the findings to write, with whether they are withdrawn; None where that is no question."""
    if not isinstance(report, StateReport):
        return [(report.findings, None)]
    # What no longer holds comes first, so that a reader can take one row after another.
    return [(report.withdrawn, True), (report.findings, False)]


def write_json(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write one object with the summary and the findings, a finding a line."""
    yield f'{{"comity": 1, "summary": {_json(report.summary_dict())}, "findings": ['
    separator, empty = b"\n", True
    for findings, withdrawn in _parts(report):
        if _are_many(findings):
            for piece in _by_columns(findings, style.columns, ",\n", withdrawn):
                yield separator
                yield piece[: -len(b",\n")]
                separator, empty = b",\n", False
        else:
            for finding in findings:
                yield separator
                yield _json(_marked(finding.to_dict(style.columns), withdrawn))
                separator, empty = b",\n", False
    yield "]}\n" if empty else "\n]}\n"


def write_jsonl(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write the findings alone, one a line."""
    for findings, withdrawn in _parts(report):
        if _are_many(findings):
            yield from _by_columns(findings, style.columns, "\n", withdrawn)
        else:
            for finding in findings:
                yield _json(_marked(finding.to_dict(style.columns), withdrawn)) + "\n"


def _marked(made: dict[str, Any], withdrawn: bool | None) -> dict[str, Any]:
    """Add whether a finding is withdrawn, where that is a question."""
    return made if withdrawn is None else {**made, WITHDRAWN: withdrawn}


def _by_columns(
    findings: Findings, columns: Sequence[str], end: str, withdrawn: bool | None
) -> Iterator[bytes]:
    from comity.formatters import bulk

    last = "" if withdrawn is None else f', "{WITHDRAWN}": {_json(withdrawn)}'
    return findings.over_batches(lambda batch: bulk.json_bytes(batch, end, last), columns)


def write_csv(report: Report, style: Style) -> Iterator[str | bytes]:
    """Write the findings under a header, nested values as JSON text, absent ones as empty cells."""
    parts = _parts(report)
    names = [*style.columns, *([] if parts[0][1] is None else [WITHDRAWN])]
    yield ",".join(names)
    for findings, withdrawn in parts:
        last = () if withdrawn is None else (_json(withdrawn),)
        if _are_many(findings):
            from comity.formatters import bulk

            yield from findings.over_batches(partial(bulk.csv_bytes, last=last), style.columns)
        else:
            yield from _csv_one_by_one(findings, style.columns, last)
    yield _LINE


def _csv_one_by_one(findings: Findings, columns: Sequence[str], last: tuple[str, ...]) -> Iterator[str]:
    """Yield lines, each with the end of the line before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=_LINE)
    for finding in findings:
        writer.writerow([*(_cell(value) for value in finding.to_dict(columns).values()), *last])
        yield _LINE + buffer.getvalue().removesuffix(_LINE)
        buffer.seek(0)
        buffer.truncate()


def write_parquet(report: Report, style: Style) -> Iterator[bytes]:
    """Write the findings as a Parquet file: instants as timestamps, the scope as a map, evidence as a list.

    Raises UsageError without pyarrow.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("the format `parquet` needs pyarrow: pip install 'comity[cli]'") from None
    sink = _Pieces()
    coded = [name for name in style.columns if name in CODED]
    # Readers skip pages by person and instant; the statistics of long texts take a sixth of the time.
    known = [name for name in style.columns if name in CODED or name == "person" or name in INSTANTS]
    parts, schema = _parts(report), finding_schema(style.columns)
    if parts[0][1] is not None:
        schema = schema.append(pa.field(WITHDRAWN, pa.bool_()))
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=coded or False,
        write_statistics=known or False,
    ) as writer:
        for findings, withdrawn in parts:
            for batch in findings.batches(style.columns):
                if withdrawn is not None:
                    marks = pa.array([withdrawn] * batch.num_rows, pa.bool_())
                    batch = batch.append_column(WITHDRAWN, marks)
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
