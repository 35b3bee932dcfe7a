"""Events of SendGrid's webhook: what was sent, with which result, and who wants no more."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from io import BufferedReader
from typing import Any, Final, NamedTuple

from comity import InputError
from comity.readers import LogFormat, Reader, RowBatch
from comity_mail.rows import Rows


class Meaning(NamedTuple):
    """What one of SendGrid's words means."""

    kind: str
    direction: str
    outcome: str | None = None


MEANINGS: Final = {
    "processed": Meaning("email", "outbound", "sent"),
    "deferred": Meaning("delivery", "none", "deferred"),
    "delivered": Meaning("delivery", "none", "delivered"),
    "bounce": Meaning("delivery", "none", "bounced"),
    "dropped": Meaning("delivery", "none", "dropped"),
    "open": Meaning("open", "inbound"),
    "click": Meaning("click", "inbound"),
    "spamreport": Meaning("opt-out", "inbound"),
    "unsubscribe": Meaning("opt-out", "inbound"),
    "group_unsubscribe": Meaning("opt-out", "inbound"),
    "group_resubscribe": Meaning("opt-in", "inbound"),
}
"""By the word of `event`; any other is an event of that kind, of no direction."""
_HEAD: Final = re.compile(rb"(\xef\xbb\xbf)?\s*[\[{]")
_LATEST: Final = 4_102_444_800
"""Times are seconds; larger numbers are not (2100-01-01)."""
MOST_DIGITS: Final = 400
"""Digits of a number; longer ones, which Python refuses to read, stay the texts that they are."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_UNREADABLE: Final = (ValueError, TypeError, OverflowError, RecursionError)


def read_sendgrid(
    stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    """Read a JSON array of events, or one event a line; raises InputError for what is neither."""
    rows = Rows()
    for event in _load(stream, log.encoding or "utf-8-sig"):
        try:
            _add(rows, event)
        except _UNREADABLE as error:
            rows.reject(f"it cannot be read: {str(error)[:200]}", {})
        yield from rows.batches()
    yield from rows.batches(end=True)


class _NoEvent(NamedTuple):
    """A line that cannot be read, and why."""

    reason: str


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= MOST_DIGITS else digits


_decode: Final = json.JSONDecoder(parse_int=_whole).decode


def _load(stream: BufferedReader, encoding: str) -> Iterator[Any]:
    try:
        text = stream.read().decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"the text cannot be decoded: {error}") from None
    if text.lstrip()[:1] == "[":
        try:
            found = _decode(text)
        except ValueError as error:
            raise InputError(f"not valid JSON: {error}") from None
        except RecursionError:
            raise InputError("the JSON is nested too deeply") from None
        yield from found
        return
    for line in text.split("\n"):
        if line.strip():
            try:
                yield _decode(line)
            except ValueError as error:
                yield _NoEvent(f"not valid JSON: {error}")
            except RecursionError:
                yield _NoEvent("the JSON is nested too deeply")


def _add(rows: Rows, event: Any) -> None:
    if isinstance(event, _NoEvent):
        return rows.reject(event.reason, {})
    if not isinstance(event, dict):
        return rows.reject("it is not an object", {"row": _text(event)[:200]})
    name = _text(event.get("sg_event_id"))
    if name and (first := rows.known(name)) is not None:
        return rows.reject(f"it repeats the event of row {first}, `{name}`", _plain(event))
    seconds = event.get("timestamp")
    if isinstance(seconds, str) and _SECONDS.fullmatch(seconds.strip()):
        seconds = int(seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 <= seconds < _LATEST:
        return rows.reject(f"`timestamp` is `{_text(seconds)[:60]}`: it is Unix seconds", _plain(event))
    word = _text(event.get("event")).lower()
    if not word:
        return rows.reject("it has no `event`", _plain(event))
    meaning = MEANINGS.get(word, Meaning(word, "none"))
    if name:
        rows.know(name)
    rows.add(
        {
            **_plain(event),
            "person": _text(event.get("email")).casefold() or None,
            "at": dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(),
            "id": name or None,
            "kind": meaning.kind,
            "channel": "email",
            "direction": meaning.direction,
            "outcome": meaning.outcome,
            "actor": None,
            "matter": None,
            "timezone": None,
            "event": word,
            "message-id": _text(event.get("smtp-id")).strip("<>") or None,
            "category": _category(event),
        }
    )
    return None


def _category(event: Mapping[str, Any]) -> str | None:
    """Return the categories, of which there may be one or a list."""
    value = event.get("category")
    values = value if isinstance(value, list) else [value]
    return ";".join(text for item in values if (text := _text(item))) or None


def _plain(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event that are texts, numbers and the like."""
    return {key: value for key, value in event.items() if not isinstance(value, dict | list)}


def _text(value: Any) -> str:
    """Return the text of a value, empty where there is none; lists and objects have none."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _recognises(head: bytes) -> bool:
    return bool(
        _HEAD.match(head) and re.search(rb'"sg_(event|message)_id"\s*:', head) and b'"timestamp"' in head
    )


SENDGRID: Final = Reader("sendgrid", (), read_sendgrid, recognises=_recognises)
