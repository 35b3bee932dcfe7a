"""A table of a data lake as one log, which says the version that is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from comity.notices import Notice
from comity.readers.sources.arrow_scan import ArrowRows, ArrowScan

AS_TEXT: Final = 4
"""About how many times as long the rows of a Parquet file would be as plain text."""


class LakeTable(ArrowRows, Protocol):
    """One version of a table; its rows come in the order in which their files were added to it."""

    version: str
    """Which version it is, as people write it: `version 12`, `snapshot 8377…`."""
    number: int


class TableScan(ArrowScan):
    """A table as a log."""

    def __init__(self, name: str, table: LakeTable) -> None:
        super().__init__(name, table)
        self._table = table

    def notices(self) -> Sequence[Notice]:
        """Return which version of the table is read."""
        again = f"`{self.name}@v{self._table.number}` is the same rows again, whatever is added later"
        what = f"`{self.name}` is {self._table.format}, read as of {self._table.version}"
        return (Notice("table-version", what, example=self._table.version, help=again),)
