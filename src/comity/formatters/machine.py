"""Formats for machines: JSON, JSON Lines and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from comity.findings import FINDING_KEYS, Report
from comity.formatters.formatter import Style

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet may run as a formula."""


def write_json(report: Report, style: Style) -> Iterator[str]:
    """Write one object with the summary and the findings, a finding a line."""
    yield f'{{"comity": 1, "summary": {_json(report.summary.to_dict())}, "findings": ['
    separator = "\n"
    for finding in report.findings:
        yield separator + _json(finding.to_dict())
        separator = ",\n"
    yield "\n]}\n" if report.findings else "]}\n"


def write_jsonl(report: Report, style: Style) -> Iterator[str]:
    """Write the findings alone, one a line."""
    for finding in report.findings:
        yield _json(finding.to_dict()) + "\n"


def write_csv(report: Report, style: Style) -> Iterator[str]:
    """Write the findings under a header, nested values as JSON text, absent ones as empty cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(FINDING_KEYS)
    for finding in report.findings:
        writer.writerow([_cell(value) for value in finding.to_dict().values()])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: object) -> str:
    """Write a value as a cell, nested ones as JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _json(value)
    return safe_cell(text)


def safe_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _json(value: object) -> str:
    """Write JSON; characters that are no text (lone surrogates) as escapes."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text
