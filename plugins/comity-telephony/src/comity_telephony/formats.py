"""Formats of call detail records: three that have no header and whose files are all called Master.csv."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

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
