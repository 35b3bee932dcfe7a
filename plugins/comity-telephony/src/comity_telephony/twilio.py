"""Calls and messages as Twilio's API gives them: a JSON list, or an object with `calls` or `messages`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from io import BufferedReader
from typing import Any, Final

from comity import InputError
from comity.readers import BadRow, Batch, LogFormat, Reader
from comity_telephony.outcomes import outcome_of
from comity_telephony.parties import OPTIONS, Us

ROWS: Final = 1000
_LISTS: Final = ("calls", "messages")
_MESSAGE: Final = ("SM", "MM")


def recognises(head: bytes) -> bool:
    """Tell whether a log's beginning has the ids that Twilio gives to accounts, calls and messages."""
    return bool(
        re.match(rb"(\xef\xbb\xbf)?\s*[\[{]", head)
        and re.search(rb'"sid"\s*:\s*"(CA|SM|MM)[0-9a-zA-Z]{4,}"', head)
        and re.search(rb'"(direction|account_sid)"\s*:', head)
    )


def read(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read calls and messages, each a row; raises InputError for what is no list of them."""
    rows = _load(stream, log.encoding or "utf-8-sig")
    us = Us(log)
    parents = {str(row.get("sid")) for row in rows if isinstance(row, dict)}
    for begin in range(0, len(rows), ROWS):
        numbers, made, rejected = [], [], []
        for number, row in enumerate(rows[begin : begin + ROWS], begin + 1):
            fields = _fields(row, us, parents) if isinstance(row, dict) else "it is no object"
            if isinstance(fields, str):
                rejected.append(
                    BadRow(number, fields, row if isinstance(row, dict) else {"row": str(row)[:200]})
                )
            else:
                numbers.append(number)
                made.append(fields)
        names = dict.fromkeys(["person", "at", *(name for fields in made for name in fields)])
        yield Batch(numbers, {name: [fields.get(name) for fields in made] for name in names}, rejected)


def _load(stream: BufferedReader, encoding: str) -> list[Any]:
    try:
        found = json.loads(stream.read().decode(encoding))
    except UnicodeDecodeError as error:
        raise InputError(f"the text cannot be decoded: {error}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON: {error}") from None
    if isinstance(found, dict):
        lists = [found[name] for name in _LISTS if isinstance(found.get(name), list)]
        found = [row for rows in lists for row in rows] if lists else found
    if not isinstance(found, list):
        raise InputError("the JSON is no list of calls or messages, and has none as `calls` or `messages`")
    return found


def _fields(row: Mapping[str, Any], us: Us, parents: set[str]) -> dict[str, Any] | str:
    """Give the fields of the event; where the row is none, say why."""
    sid, direction = _text(row.get("sid")), _text(row.get("direction"))
    is_message = sid.startswith(_MESSAGE) or "num_media" in row or "date_sent" in row
    at = _instant(row, ("date_sent", "date_created") if is_message else ("start_time", "date_created"))
    if at is None:
        named = "`date_sent` or `date_created`" if is_message else "`start_time` or `date_created`"
        return f"{named} holds no time that can be read"
    if direction and not direction.startswith(("inbound", "outbound")):
        return (
            f"`direction` is `{direction[:60]}`: allowed are inbound and outbound-api, -dial, -call, -reply"
        )
    caller, called = _text(row.get("from")), _text(row.get("to"))
    channel = _channel(row, caller, called) if is_message else "phone"
    is_leg = not is_message and _text(row.get("parent_call_sid")) in parents - {""}
    ours, person = (called, caller) if direction.startswith("inbound") else (caller, called)
    number = us.written(_plain(person))
    status = _text(row.get("status"))
    fields = {
        "person": number or _plain(person),
        "at": at,
        "id": sid,
        "kind": "message" if is_message else "call-leg" if is_leg else "call",
        "channel": channel,
        "direction": "none" if is_leg else "inbound" if direction.startswith("inbound") else "outbound",
        "outcome": outcome_of(status, _text(row.get("answered_by"))) if not is_message else status,
        "actor": us.written(_plain(ours)) or _plain(ours),
        "number": number,
    }
    raw = {name: value for name, value in row.items() if not isinstance(value, dict | list)}
    return {**raw, **fields, "twilio-direction": direction}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _plain(address: str) -> str:
    """Leave out what says by which channel an address is reached."""
    return re.sub(r"^(whatsapp|rcs|tel|messenger):", "", address)


def _channel(row: Mapping[str, Any], caller: str, called: str) -> str:
    for channel in ("whatsapp", "rcs"):
        if f"{channel}:" in (caller[: len(channel) + 1], called[: len(channel) + 1]):
            return channel
    media = _text(row.get("num_media"))
    return "mms" if media.isdigit() and int(media) > 0 else "sms"


def _instant(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """Give the first time that can be read, with its offset, as RFC 3339 writes it."""
    for name in names:
        text = _text(row.get(name))
        if re.match(r"\d{4}-\d\d-\d\d[T ]\d", text):
            return text
        try:
            return parsedate_to_datetime(text).isoformat()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


TWILIO: Final = Reader("twilio", (), read, options=OPTIONS, recognises=recognises)
