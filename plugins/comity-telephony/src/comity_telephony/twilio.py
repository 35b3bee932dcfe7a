"""Calls and messages as Twilio's API gives them: a JSON list, or an object with `calls` or `messages`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Final

import attrs

from comity import InputError
from comity.readers import BadRow, LogFormat, Reader, RowBatch
from comity_telephony.parties import OPTIONS, OwnNumbers
from comity_telephony.twilio_rows import Legs, plain, row_of, text_in

ROWS: Final = 1000
"""How many rows go into a batch."""
COLUMNS: Final = 1000
"""How many columns a batch has before it ends, so that rows of ever other fields do not multiply."""
MOST_DIGITS: Final = 400
"""Digits of a number; longer ones, which Python refuses to read, stay the texts that they are."""
_LISTS: Final = ("calls", "messages")
_BEGIN: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:\{.*?"(?:calls|messages)"\s*:\s*)?\[\s*(?=\{)', re.DOTALL
)
"""What comes before the first call or message."""
_SID: Final = re.compile(r"(CA|SM|MM)[0-9a-fA-F]{32}")


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


_DECODER: Final = json.JSONDecoder(parse_int=_whole)


def recognises(head: bytes) -> bool:
    """Return whether a log begins with a call or a message that has ids of Twilio's."""
    begin = _BEGIN.match(head)
    if begin is None:
        return False
    try:
        row, _ = _DECODER.raw_decode(head[begin.end() :].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return (
        {"from", "to", "status", "direction"} <= row.keys()
        and _SID.fullmatch(str(row.get("sid"))) is not None
        and str(row.get("account_sid")).startswith("AC")
    )


def read(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[RowBatch]:
    """Read calls and messages, each a row; raises InputError if there is no list of them."""
    own = OwnNumbers(log)
    rows = _load(stream, log.encoding)
    legs = Legs((row for _, row in rows if isinstance(row, dict)), own)
    kept = _TwilioRows()
    for number, (what, row) in enumerate(rows, 1):
        kept.add(number, row, _fields(row, what, own, legs))
        if kept.is_full:
            yield kept.batch()
            kept = _TwilioRows()
    yield kept.batch()


def _fields(row: Any, what: str, own: OwnNumbers, legs: Legs) -> dict[str, Any] | str:
    """Return the fields of the event; if it is not a record of an event, say why."""
    return row_of(row, what, own, legs) if isinstance(row, dict) else "it is not an object"


@attrs.define
class _TwilioRows:
    """The rows of a batch on its way."""

    numbers: list[int] = attrs.field(factory=list)
    rows: list[dict[str, Any]] = attrs.field(factory=list)
    rejected: list[BadRow] = attrs.field(factory=list)
    names: dict[str, None] = attrs.field(factory=lambda: dict.fromkeys(("person", "at")))

    def add(self, number: int, row: Any, fields: dict[str, Any] | str) -> None:
        if isinstance(fields, str):
            shown = plain(row) if isinstance(row, dict) else {"row": text_in(row)[:200]}
            self.rejected.append(BadRow(number, fields, shown))
        else:
            self.numbers.append(number)
            self.rows.append(fields)
            self.names |= dict.fromkeys(fields)

    @property
    def is_full(self) -> bool:
        return len(self.numbers) + len(self.rejected) >= ROWS or len(self.names) >= COLUMNS

    def batch(self) -> RowBatch:
        columns = {name: [fields.get(name) for fields in self.rows] for name in self.names}
        return RowBatch(self.numbers, columns, self.rejected)


def _load(stream: BufferedReader, encoding: str | None) -> list[tuple[str, Any]]:
    """Return the records, each with the name of the list that it is in, if that has one."""
    data = stream.read()
    try:
        found = _DECODER.decode(data.decode(encoding or json.detect_encoding(data)).removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise InputError(f"the text cannot be decoded: {error}") from None
    except RecursionError:
        raise InputError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"not valid JSON: {error}") from None
    if isinstance(found, list):
        return [("", row) for row in found]
    lists = [name for name in _LISTS if isinstance(found, dict) and isinstance(found.get(name), list)]
    if not lists:
        raise InputError(
            "the JSON is not a list of calls or messages, and has no such list as `calls` or `messages`"
        )
    return [(name, row) for name in lists for row in found[name]]


TWILIO: Final = Reader("twilio", (), read, options=OPTIONS, recognises=recognises)
