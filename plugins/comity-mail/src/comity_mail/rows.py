"""Rows on their way into batches: every one has a number and is an event's or is rejected with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from comity import Notice
from comity.readers import BadRow, RowBatch

ROWS: Final = 1000
"""How many rows go into a batch."""
CHARACTERS: Final = 1 << 24
"""How many characters go into a batch, so that many long messages do not fill the memory."""
COLUMNS: Final = 1000
"""How many columns a batch has before it ends, so that rows of ever other fields do not multiply."""
Fields = dict[str, Any]


class Rows:
    """Collects rows and gives them in batches."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._rows: list[Fields] = []
        self._rejected: list[BadRow] = []
        self._seen: dict[str, int] = {}
        self._characters = 0
        self._told: list[Notice] = []
        self._names: dict[str, None] = {}
        self.count = 0
        """How many rows there were so far."""

    def add(self, fields: Fields) -> None:
        """Add a row that is an event's."""
        self.count += 1
        self._numbers.append(self.count)
        self._rows.append(fields)
        self._characters += len(fields.get("text") or "")
        self._names |= dict.fromkeys(fields)

    def reject(self, reason: str, cells: Mapping[str, Any]) -> None:
        """Add a rejected row, with the reason."""
        self.count += 1
        self._rejected.append(BadRow(self.count, reason, cells))

    def tell(self, code: str, message: str, help: str, count: int = 1) -> None:
        """Tell something of rows; `{count}` in the message becomes the number of all that is told so."""
        self._told.append(Notice(code, message, count=count, help=help))

    def known(self, name: str) -> int | None:
        """Return the row that has a name; None if there is none yet."""
        return self._seen.get(name)

    def know(self, name: str) -> None:
        """Give a name to the next row."""
        self._seen[name] = self.count + 1

    def batches(self, *, end: bool = False) -> Iterator[RowBatch]:
        """Return what was collected where that is enough, at the end whatever there is."""
        count = len(self._numbers) + len(self._rejected)
        full = self._characters >= CHARACTERS or len(self._names) >= COLUMNS
        if end or full or count >= ROWS:
            names = dict.fromkeys(["person", "at", *self._names])
            columns = {name: [row.get(name) for row in self._rows] for name in names}
            yield RowBatch(self._numbers, columns, self._rejected, told=tuple(self._told))
            self._numbers, self._rows, self._rejected, self._told = [], [], [], []
            self._characters, self._names = 0, {}
