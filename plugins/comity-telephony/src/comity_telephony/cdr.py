"""Reading call detail records: lines of CSV as rows of calls."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from io import BufferedReader
from typing import Final

import attrs

from comity.readers import BadRow, Batch, LogFormat, Reader
from comity_telephony.formats import FREESWITCH, Cdr
from comity_telephony.outcomes import outcome_of
from comity_telephony.parties import OPTIONS, Us

ROWS: Final = 1000
"""How many rows go into a batch."""
MOST_CALLS: Final = 1 << 16
"""How many calls are remembered, to tell further records of them."""


def cdr_reader(cdr: Cdr) -> Reader:
    """Make the reader of a format."""
    return Reader(cdr.name, (), partial(_read, cdr), options=OPTIONS, recognises=partial(_recognises, cdr))


def _recognises(cdr: Cdr, head: bytes) -> bool:
    """Tell whether all whole lines of a log's beginning are of the format."""
    lines = [line for line in head.split(b"\n")[: -1 if len(head) >= 1 << 16 else None] if line.strip()]
    rows = [_cells(line) for line in lines]
    return bool(rows) and all(isinstance(row, list) and isinstance(cdr.row(row), dict) for row in rows)


def _read(cdr: Cdr, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    us, calls = Us(log), _Calls()
    number, made = 0, _Made()
    for line in stream:
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        number += 1
        cells = _cells(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, log.encoding)
        row = cells if isinstance(cells, str) else cdr.row(cells)
        if isinstance(row, str):
            shown = {} if isinstance(cells, str) else dict(zip(cdr.columns, cells, strict=False))
            made.rejected.append(BadRow(number, row, shown))
        else:
            made.add(number, _fields(cdr, row, us, first=calls.is_first(row.get(cdr.call, ""))))
        if made.count() >= ROWS:
            yield made.batch()
            made = _Made()
    yield made.batch()


def _cells(line: bytes, encoding: str | None = None) -> list[str] | str:
    """Split a line; where that cannot be, say why. Without an encoding, what is not UTF-8 is Latin-1."""
    try:
        text = line.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding is not None:
            byte = f"byte 0x{line[error.start]:02x}"
            return f"{byte} is not {encoding}: state another encoding in the mapping's [log]"
        text = line.decode("latin-1")
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), [])
    except csv.Error as error:
        return f"it cannot be split into cells: {error}"


def _fields(cdr: Cdr, row: dict[str, str], us: Us, *, first: bool) -> dict[str, str | None]:
    """Give the fields of the event and, as attributes, all columns, which keep their names where they can."""
    parties = us.parties(row[cdr.caller], row[cdr.called])
    answered = None if cdr is not FREESWITCH else bool(row[cdr.answered])
    fields: dict[str, str | None] = {
        "person": parties.person,
        "at": row[cdr.at],
        "id": cdr.identity(row),
        "kind": "call" if first else "call-leg",
        "channel": "phone",
        "direction": parties.direction if first else "none",
        "outcome": outcome_of(row[cdr.ended], *(row.get(name, "") for name in cdr.said), answered=answered),
        "actor": parties.actor,
        "number": parties.number,
    }
    return {**fields, **{f"switch-{name}" if name in fields else name: text for name, text in row.items()}}


class _Calls:
    """The calls of the latest records: a call that rings in several places has a record for each."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}

    def is_first(self, call: str) -> bool:
        """Tell whether a record is the first of its call."""
        if not call:
            return True
        if call in self._seen:
            return False
        self._seen[call] = None
        if len(self._seen) > MOST_CALLS:
            del self._seen[next(iter(self._seen))]
        return True


@attrs.define
class _Made:
    """The rows of a batch on its way."""

    numbers: list[int] = attrs.field(factory=list)
    rows: list[dict[str, str | None]] = attrs.field(factory=list)
    rejected: list[BadRow] = attrs.field(factory=list)

    def add(self, number: int, fields: dict[str, str | None]) -> None:
        self.numbers.append(number)
        self.rows.append(fields)

    def count(self) -> int:
        return len(self.numbers) + len(self.rejected)

    def batch(self) -> Batch:
        names = dict.fromkeys(["person", "at", *(name for row in self.rows for name in row)])
        return Batch(self.numbers, {name: [r.get(name) for r in self.rows] for name in names}, self.rejected)
