"""Formats of call detail records: three that have no header and whose files are all called Master.csv."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
_TIME_OR_NOT: Final = re.compile(f"({_TIME.pattern})?")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
_UNIQUE: Final = re.compile(r"(.+-)?\d{9,11}\.\d+")
"""An id that Asterisk makes of the second of a call, after the name of the system, if it has one."""
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DISPOSITION: Final = re.compile(r"ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION|UNKNOWN")
_FLAGS: Final = re.compile(r"DEFAULT|OMIT|BILLING|DOCUMENTATION|Unknown|[0-3]")
_CAUSE: Final = re.compile(r"[A-Z][A-Z0-9_]+")
_ALLOWED: Final = {
    _TIME: "a time such as `2026-01-27 15:07:24`",
    _TIME_OR_NOT: "a time such as `2026-01-27 15:07:24`, or nothing,",
    _NUMBER: "a number of seconds",
}


@attrs.frozen
class Cdr:
    """A format of call detail records."""

    name: str
    columns: tuple[str, ...]
    """All columns, in their order."""
    counts: tuple[int, ...]
    """How many columns a row may have."""
    shapes: tuple[tuple[str, re.Pattern[str]], ...]
    """What the columns of times and durations look like: a row without them does not have the format."""
    words: tuple[tuple[str, re.Pattern[str]], ...]
    """What further columns look like, by which the format is told from others; in a row, any word will do."""
    caller: str
    called: str
    at: str
    ended: str
    answered: str
    call: str
    """The column by which the records of one call are told."""
    switch: str
    """What goes before the name of a column that is called like a field."""
    identity: Callable[[dict[str, str]], str]
    """Gives the id of a row."""
    said: tuple[str, ...] = ()
    """Columns that may say who answered."""
    naming: Callable[[Sequence[str]], Sequence[str]] | None = None
    """Names the columns of a row, where not all rows have all of them."""

    def row(self, cells: Sequence[str]) -> dict[str, str] | str:
        """Name the cells of a row; if it does not have this format, say why."""
        if len(cells) not in self.counts:
            return f"it has {len(cells)} columns: `{self.name}` has {one_of(self.counts)}"
        columns = self.columns if self.naming is None else self.naming(cells)
        row = dict(zip(columns, map(str.strip, cells), strict=False))
        for column, shape in self.shapes:
            if not shape.fullmatch(row[column]):
                written = f"`{column}` is `{row[column][:60]}`" if row[column] else f"`{column}` is empty"
                return f"{written}: `{self.name}` has {_ALLOWED[shape]} there"
        return row

    def is_surely(self, cells: Sequence[str]) -> bool:
        """Return whether a row can be of no other format."""
        row = self.row(cells)
        return isinstance(row, dict) and all(word.fullmatch(row[column]) for column, word in self.words)


def one_of(counts: Sequence[int]) -> str:
    """Say which counts are allowed."""
    *others, last = map(str, counts)
    return f"{', '.join(others)} or {last}" if others else last


def _asterisk_names(cells: Sequence[str]) -> Sequence[str]:
    """Name the columns of a row: after the 16 that are always there, three settings add columns."""
    newer = _ASTERISK[18:] if len(cells) >= 19 else ()
    further: tuple[str, ...] = _ASTERISK[16:18]
    if len(cells) - len(newer) == 17:
        further = further[:1] if _UNIQUE.fullmatch(cells[16].strip()) else further[1:]
    elif len(cells) - len(newer) == 16:
        further = ()
    return (*_ASTERISK[:16], *further, *newer)


def _asterisk_identity(row: dict[str, str]) -> str:
    """Tell the records of one call apart: they share a unique id, and have sequence numbers of their own."""
    call = row.get("uniqueid") or row.get("linkedid", "")
    return "/".join(filter(None, (call, row.get("sequence", ""))))


_ASTERISK: Final = (
    *("accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata"),
    *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
    *("uniqueid", "userfield", "peeraccount", "linkedid", "sequence"),
)
_TIMES: Final = (
    ("start", _TIME),
    ("answer", _TIME_OR_NOT),
    ("end", _TIME_OR_NOT),
    ("duration", _NUMBER),
    ("billsec", _NUMBER),
)
_ENDS: Final = (("disposition", _DISPOSITION), ("amaflags", _FLAGS))

ASTERISK: Final = Cdr(
    "asterisk-cdr",
    _ASTERISK,
    (16, 17, 18, 19, 20, 21),
    _TIMES,
    _ENDS,
    "src",
    "dst",
    "start",
    "disposition",
    "answer",
    "uniqueid",
    "asterisk",
    _asterisk_identity,
    ("userfield",),
    _asterisk_names,
)
ASTERISK_CUSTOM: Final = attrs.evolve(
    ASTERISK,
    name="asterisk-cdr-custom",
    columns=(
        *("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata"),
        *("start", "answer", "end", "duration", "billsec", "disposition", "amaflags"),
        *("accountcode", "uniqueid", "userfield", "sequence"),
    ),
    counts=(18, 19),
    naming=None,
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
        ("answer_stamp", _TIME_OR_NOT),
        ("end_stamp", _TIME_OR_NOT),
        ("duration", _NUMBER),
        ("billsec", _NUMBER),
    ),
    (("hangup_cause", _CAUSE), ("uuid", _UUID)),
    "caller_id_number",
    "destination_number",
    "start_stamp",
    "hangup_cause",
    "answer_stamp",
    "uuid",
    "freeswitch",
    lambda row: row["uuid"],
)
