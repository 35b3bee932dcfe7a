"""What a formatter is: a name, and a function from a report to pieces of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from comity.results.report import Report


@attrs.frozen
class Style:
    """How a report for people is laid out."""

    colour: bool = False
    width: int = 100
    """Columns of the terminal."""


@attrs.frozen
class Formatter:
    """Writes a report in one format."""

    name: str
    write: Callable[[Report, Style], Iterator[str] | Iterator[bytes] | Iterator[str | bytes]]
    """Yields pieces of text or of bytes; formats for machines ignore the style."""
    binary: bool = False
    """It writes bytes that are not text, so they are not shown on a terminal."""
    notices: bool = False
    """It writes the report's notices; otherwise the command line prints them on standard error."""
