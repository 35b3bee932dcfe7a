"""Calls and messages as Twilio's API gives them: a JSON list, or an object with `calls` or `messages`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Final

from comity import InputError
from comity.readers import BadRow, Batch, LogFormat, Reader
from comity_telephony.parties import OPTIONS, Us
from comity_telephony.twilio_rows import Legs, row_of

ROWS: Final = 1000
"""How many rows go into a batch."""
_LISTS: Final = ("calls", "messages")
_BEGIN: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*(?:\{.*?"(?:calls|messages)"\s*:\s*)?\[\s*(?=\{)', re.DOTALL
)
"""What comes before the first call or message."""
_SID: Final = re.compile(r"(CA|SM|MM)[0-9a-fA-F]{32}")


def recognises(head: bytes) -> bool:
    """Tell whether a log begins with a call or a message that has ids of Twilio's."""
    begin = _BEGIN.match(head)
    if begin is None:
        return False
    try:
        row, _ = json.JSONDecoder().raw_decode(head[begin.end() :].decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return (
        {"from", "to", "status", "direction"} <= row.keys()
        and _SID.fullmatch(str(row.get("sid"))) is not None
        and str(row.get("account_sid")).startswith("AC")
    )


def read(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read calls and messages, each a row; raises InputError for what is no list of them."""
    us = Us(log)
    rows = _load(stream, log.encoding)
    legs = Legs((row for _, row in rows if isinstance(row, dict)), us)
    for begin in range(0, len(rows), ROWS):
        numbers, made, rejected = [], [], []
        for number, (what, row) in enumerate(rows[begin : begin + ROWS], begin + 1):
            fields = row_of(row, what, us, legs) if isinstance(row, dict) else "it is no object"
            if isinstance(fields, str):
                shown = row if isinstance(row, dict) else {"row": str(row)[:200]}
                rejected.append(BadRow(number, fields, shown))
            else:
                numbers.append(number)
                made.append(fields)
        names = dict.fromkeys(["person", "at", *(name for fields in made for name in fields)])
        yield Batch(numbers, {name: [fields.get(name) for fields in made] for name in names}, rejected)


def _load(stream: BufferedReader, encoding: str | None) -> list[tuple[str, Any]]:
    """Give the records, each with the name of the list that it is in, if that has one."""
    octets = stream.read()
    try:
        found = json.loads(octets if encoding is None else octets.decode(encoding))
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
        raise InputError("the JSON is no list of calls or messages, and has none as `calls` or `messages`")
    return [(name, row) for name in lists for row in found[name]]


TWILIO: Final = Reader("twilio", (), read, options=OPTIONS, recognises=recognises)
