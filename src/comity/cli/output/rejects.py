"""Rejected rows: written to a file, or reported on standard error."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TextIO

from comity.cli.output.notice import notice
from comity.cli.output.output_file import output_file
from comity.formatters.cells import safe_cell
from comity.readers.row_counts import RowCounts
from comity.results.report import Rejection

MOST_SHOWN = 10


class Rejecting(Protocol):
    """A log that counts the rejected rows and keeps the first ones."""

    @property
    def tally(self) -> RowCounts:
        """The counts of its rows."""

    @property
    def rejections(self) -> Sequence[Rejection]:
        """The first rows that are rejected."""


class Rejects:
    """Reports the rows that a log rejects; with a file, writes all of them as rows of CSV."""

    def __init__(self, file: TextIO | None) -> None:
        self._file = file
        self.log: Rejecting | None = None
        """The log, which counts the rejected rows and keeps the first ones."""
        self.begin()

    @property
    def takes_all(self) -> bool:
        """Whether all rejected rows are written."""
        return self._file is not None

    @property
    def count(self) -> int:
        """How many rows were rejected."""
        return 0 if self.log is None else self.log.tally.rows_rejected

    def begin(self) -> None:
        """Empty the file: the log is read from its start."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._writer = csv.writer(self._file)
            self._writer.writerow(("file", "row", "reason", "cells"))

    def take(self, rejection: Rejection) -> None:
        """Write a rejected row."""
        cells = _written(rejection.cells)
        row = (rejection.file, str(rejection.row), rejection.reason, cells)
        self._writer.writerow([safe_cell(text) for text in row])

    def report(self) -> None:
        """Report which rows were rejected, and why."""
        if self.log is None or not self.count:
            return
        rows = "1 row was" if self.count == 1 else f"{self.count:,} rows were"
        notice(f"{rows} rejected" + (" and written to the file of --rejects" if self.takes_all else ""))
        shown = self.log.rejections[:MOST_SHOWN]
        for rejection in shown:
            notice(f"{rejection.file}, row {rejection.row}: {rejection.reason}")
        if self.count > len(shown):
            notice(f"… and {self.count - len(shown):,} more; --rejects FILE writes them all")


def _written(cells: Mapping[str, object]) -> str:
    """Return cells as JSON; a value that is nested too deeply for JSON becomes `…`."""
    try:
        return json.dumps(dict(cells), ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        plain = {name: "…" if isinstance(cell, list | dict) else cell for name, cell in cells.items()}
        return json.dumps(plain, ensure_ascii=False, default=str)


@contextmanager
def rejects_to(path: str | None) -> Iterator[Rejects]:
    """Provide what collects rejected rows, in a file where a path is given."""
    if path is None:
        yield Rejects(None)
    else:
        with output_file(path) as file:
            yield Rejects(file)
