"""What the plugin offers, hook by hook."""

from __future__ import annotations

from collections.abc import Iterable

from comity.formatters import Formatter
from comity.plugins import hookimpl
from comity.readers import Reader
from comity_workbook.formatter import XLSX_FORMATTER
from comity_workbook.reader import XLSX_READER

COMITY_API = 1


@hookimpl
def comity_readers() -> Iterable[Reader]:
    """Return the reader `xlsx`."""
    return [XLSX_READER]


@hookimpl
def comity_formatters() -> Iterable[Formatter]:
    """Return the formatter `xlsx`."""
    return [XLSX_FORMATTER]
