"""Reading call detail records: lines of CSV as rows of calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from io import BufferedReader
from typing import Final

import attrs

from comity.readers import BadRow, LogFormat, Reader, RowBatch
from comity_telephony.formats import FREESWITCH, Cdr
from comity_telephony.lines import lines_of, records
from comity_telephony.outcomes import outcome_of
from comity_telephony.parties import OPTIONS, OwnNumbers, Parties

ROWS: Final = 1000
"""How many rows go into a batch."""
MOST_CALLS: Final = 1 << 16
"""How many calls are remembered, to tell further records of them."""
_FIELDS: Final = ("person", "at", "id", "kind", "channel", "direction", "outcome", "actor", "number")
"""The columns that are made for every record."""


def cdr_reader(cdr: Cdr) -> Reader:
    """Make the reader of a format."""
    return Reader(cdr.name, (), partial(_read, cdr), options=OPTIONS, recognises=partial(_recognises, cdr))


def _recognises(cdr: Cdr, head: bytes) -> bool:
    """Return whether all whole lines of a log's beginning are surely of the format."""
    whole, end, cut = head.rpartition(b"\n")
    found = [
        isinstance(cells, list) and cdr.is_surely(cells)
        for cells in records((whole if end else cut).splitlines(keepends=True), None, cdr.is_surely)
    ]
    return bool(found) and all(found)


def _read(
    cdr: Cdr, stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    own, calls, kept = OwnNumbers(log), _Calls(), _CdrRows(cdr, wanted)

    def is_row(cells: Sequence[str]) -> bool:
        return not isinstance(cdr.row(cells), str)

    for number, cells in enumerate(records(lines_of(stream), log.encoding, is_row), 1):
        if isinstance(cells, tuple):
            line, reason = cells
            kept.rejected.append(BadRow(number, reason, {"line": line[:200].decode("latin-1").rstrip()}))
        else:
            row = cdr.row(cells)
            if isinstance(row, str):
                shown = dict(zip(cdr.columns, cells, strict=False))
                kept.rejected.append(BadRow(number, row, shown))
            else:
                parties = own.parties(row[cdr.caller], row[cdr.called])
                first = calls.is_first(row.get(cdr.call, ""), row[cdr.caller], row[cdr.called])
                kept.add(number, _fields(cdr, row, parties, first=first))
        if kept.count() >= ROWS:
            yield kept.batch()
            kept = _CdrRows(cdr, wanted)
    yield kept.batch()


def _named(cdr: Cdr, column: str) -> str:
    """Return the name of the attribute that a column becomes."""
    return f"{cdr.switch}-{column}" if column in _FIELDS else column


def _fields(cdr: Cdr, row: dict[str, str], parties: Parties, *, first: bool) -> dict[str, str | None]:
    """Return the fields of the event, and all columns as attributes, under their own names where possible."""
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
    return {**fields, **{_named(cdr, name): text for name, text in row.items()}}


class _Calls:
    """The calls of the latest records: a call that rings in several places has a record for each."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], None] = {}

    def is_first(self, call: str, caller: str, called: str) -> bool:
        """Return whether a record is the first of a call between the two."""
        if not call:
            return True
        key = (call, caller, called)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > MOST_CALLS:
            del self._seen[next(iter(self._seen))]
        return True


@attrs.define
class _CdrRows:
    """The rows of a batch on its way."""

    cdr: Cdr
    wanted: frozenset[str] | None
    numbers: list[int] = attrs.field(factory=list)
    rows: list[dict[str, str | None]] = attrs.field(factory=list)
    rejected: list[BadRow] = attrs.field(factory=list)

    def add(self, number: int, fields: dict[str, str | None]) -> None:
        self.numbers.append(number)
        self.rows.append(fields)

    def count(self) -> int:
        return len(self.numbers) + len(self.rejected)

    def batch(self) -> RowBatch:
        names = (*_FIELDS, *(_named(self.cdr, column) for column in self.cdr.columns))
        needed = [name for name in names if self.wanted is None or name in self.wanted]
        columns = {name: [row.get(name) for row in self.rows] for name in needed}
        return RowBatch(self.numbers, columns, self.rejected, names, fixed=True)
