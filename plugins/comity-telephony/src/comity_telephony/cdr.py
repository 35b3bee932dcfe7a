"""Call detail records in CSV without a header: three formats whose files are all called Master.csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BufferedReader
from typing import Final

import attrs

from comity.readers import BadRow, Batch, LogFormat, Reader
from comity_telephony.outcomes import outcome_of
from comity_telephony.parties import OPTIONS, Us

ROWS: Final = 1000
"""How many rows go into a batch."""
MOST_CALLS: Final = 1 << 16
"""How many calls are remembered, to tell further records of them."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_UNIQUE: Final = re.compile(r"([\w-]+-)?\d+\.\d+")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DISPOSITION: Final = re.compile(r"ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION|NOANSWER")
_FLAGS: Final = re.compile(r"DEFAULT|OMIT|BILLING|DOCUMENTATION|Unknown|[0-3]")
_CAUSE: Final = re.compile(r"[A-Z][A-Z0-9_]+")


@attrs.frozen
class Cdr:
    """A format of call detail records."""

    name: str
    columns: tuple[str, ...]
    """All columns, in their order."""
    counts: tuple[int, ...]
    """How many columns a row may have."""
    shapes: tuple[tuple[str, re.Pattern[str]], ...]
    """What some columns look like, by which the format is told from others."""
    caller: str
    called: str
    at: str
    ended: str
    answered: str
    call: str
    """The column by which the records of one call are told."""
    identity: Callable[[dict[str, str]], str]
    """Gives the id of a row."""
    said: tuple[str, ...] = ()
    """Columns that may say who answered."""
    naming: Callable[[Sequence[str]], Sequence[str]] | None = None
    """Names the columns of a row, where not all rows have all of them."""

    def row(self, cells: Sequence[str]) -> dict[str, str] | str:
        """Name the cells of a row; where it is none of this format, say why."""
        if len(cells) not in self.counts:
            allowed = " or ".join(map(str, self.counts))
            return f"it has {len(cells)} columns, and `{self.name}` has {allowed}"
        columns = self.columns if self.naming is None else self.naming(cells)
        row = dict(zip(columns, map(str.strip, cells), strict=False))
        for column, shape in self.shapes:
            if not shape.fullmatch(row.get(column, "")):
                return f"`{column}` is `{row.get(column, '')[:60]}`, which `{self.name}` does not write there"
        return row


def _asterisk_names(cells: Sequence[str]) -> Sequence[str]:
    """Name the columns of a row with one of the two that may be logged behind the others."""
    if len(cells) == 17 and not _UNIQUE.fullmatch(cells[16].strip()):
        return (*_ASTERISK[:16], "userfield")
    return _ASTERISK


def _asterisk_identity(row: dict[str, str]) -> str:
    """Tell the records of one call apart: they share a unique id, and have sequence numbers of their own."""
    return "/".join(filter(None, (row.get("uniqueid", ""), row.get("sequence", ""))))


_ASTERISK: Final = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)
_TIMES: Final = (
    ("start", _TIME),
    ("answer", re.compile(f"({_TIME.pattern})?")),
    ("end", re.compile(f"({_TIME.pattern})?")),
    ("duration", _NUMBER),
    ("billsec", _NUMBER),
)
_ENDS: Final = (("disposition", _DISPOSITION), ("amaflags", _FLAGS))

ASTERISK: Final = Cdr(
    "asterisk-cdr",
    _ASTERISK,
    (16, 17, 18, 21),
    (*_TIMES, *_ENDS),
    "src",
    "dst",
    "start",
    "disposition",
    "answer",
    "uniqueid",
    _asterisk_identity,
    ("userfield",),
    _asterisk_names,
)
ASTERISK_CUSTOM: Final = Cdr(
    "asterisk-cdr-custom",
    (
        *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
        *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
        *("accountcode", "uniqueid", "userfield", "sequence"),
    ),
    (18, 19),
    (*_TIMES, *_ENDS),
    "src",
    "dst",
    "start",
    "disposition",
    "answer",
    "uniqueid",
    _asterisk_identity,
    ("userfield",),
)
FREESWITCH: Final = Cdr(
    "freeswitch-cdr",
    (
        *("caller_id_name", "caller_id_number", "destination_number", "context"),
        *("start_stamp", "answer_stamp", "end_stamp", "duration", "billsec", "hangup_cause"),
        *("uuid", "bleg_uuid", "accountcode", "read_codec", "write_codec"),
    ),
    (15,),
    (
        ("start_stamp", _TIME),
        ("answer_stamp", re.compile(f"({_TIME.pattern})?")),
        ("end_stamp", re.compile(f"({_TIME.pattern})?")),
        ("duration", _NUMBER),
        ("billsec", _NUMBER),
        ("hangup_cause", _CAUSE),
        ("uuid", _UUID),
    ),
    "caller_id_number",
    "destination_number",
    "start_stamp",
    "hangup_cause",
    "answer_stamp",
    "uuid",
    lambda row: row["uuid"],
)


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
