"""What a formatter is: a name, and a function from a report to pieces of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from comity.records import frozen
from comity.results.finding_keys import FINDING_KEYS
from comity.results.report import Report


@frozen
class Style:
    """How a report is laid out: for people its colours and its width, for machines its columns."""

    colour: bool = False
    width: int = 100
    """Columns of the terminal."""
    columns: tuple[str, ...] = FINDING_KEYS
    """The keys of findings that are written, in their order, by a formatter that says `columns`."""


@frozen
class Formatter:
    """Writes a report in one format."""

    name: str
    write: Callable[[Report, Style], Iterator[str] | Iterator[bytes] | Iterator[str | bytes]]
    """Yields pieces of text or of bytes; formats for machines ignore colours and width."""
    binary: bool = False
    """It writes bytes that are not text, so they are not shown on a terminal."""
    notices: bool = False
    """It writes the report's notices; otherwise the command line prints them on standard error."""
    columns: bool = False
    """It writes the columns of the style; otherwise `--columns` is refused for it."""
