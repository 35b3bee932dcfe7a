"""Records of Twilio's API as the fields of events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from comity_telephony.outcomes import outcome_of
from comity_telephony.parties import OwnNumbers

_MESSAGE: Final = ("SM", "MM")
_DIRECTIONS: Final = {
    "inbound": "inbound",
    "outbound-api": "outbound",
    "outbound-dial": "outbound",
    "outbound-call": "outbound",
    "outbound-reply": "outbound",
    "trunking-terminating": "outbound",
    "trunking-originating": "inbound",
}
_OPT_OUT: Final = frozenset(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"))
_OPT_IN: Final = frozenset(("start", "unstop"))
"""The words on which Twilio itself stops messages, and sends them again, if they are all of a message.

They are its default keywords (help page "Twilio support for opt-out keywords"). It also takes `YES` for an
opt-in, which may as well be an answer, and stays a message.
"""
_SCHEME: Final = re.compile(r"([a-z][a-z-]*):(.*)", re.DOTALL)
"""What says by which channel an address is reached, before the address itself."""
_NUMBERED: Final = ("whatsapp", "rcs", "tel")
"""Schemes of addresses that are numbers."""
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d")
_UNREADABLE: Final = (ValueError, TypeError, OverflowError, RecursionError)


class Legs:
    """Which records are legs of a call that another record in the log stands for.

    A call that passes on to somebody else has a record for each leg, the first as the parent of the others,
    and stands for them. Where it comes from one of ours, who is put through, the others are the calls.
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]], own: OwnNumbers) -> None:
        self._sids: set[str] = set()
        self._parents: set[str] = set()
        self._from_us: set[str] = set()
        for row in rows:
            sid, parent = text_in(row.get("sid")), text_in(row.get("parent_call_sid"))
            self._sids.add(sid)
            if parent:
                self._parents.add(parent)
            elif _DIRECTIONS.get(text_in(row.get("direction"))) == "inbound" and own.is_ours(
                text_in(row.get("from"))
            ):
                self._from_us.add(sid)
        self._stood_for = self._from_us & self._parents
        self._standing = self._sids - self._from_us

    def has(self, row: Mapping[str, Any]) -> bool:
        """Return whether a record is such a leg."""
        sid, parent = text_of(row, "sid"), text_of(row, "parent_call_sid")
        if not parent:
            return sid in self._stood_for
        return parent in self._standing


def text_of(row: Mapping[str, Any], name: str) -> str:
    """Return the text of a value, empty where there is none; raises ValueError for a list or an object."""
    value = row.get(name)
    if isinstance(value, dict | list):
        raise ValueError(f"`{name}` is {'a list' if isinstance(value, list) else 'an object'}, not text")
    return text_in(value)


def text_in(value: Any) -> str:
    """Return the text of a value, empty where there is none; lists and objects have none."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that are texts, numbers and the like."""
    return {name: value for name, value in row.items() if not isinstance(value, dict | list)}


def row_of(row: Mapping[str, Any], what: str, own: OwnNumbers, legs: Legs) -> dict[str, Any] | str:
    """Return the fields of the event; if it is not a record of an event, say why."""
    try:
        return _fields(row, what, own, legs)
    except _UNREADABLE as error:
        return f"it cannot be read: {str(error)[:200]}"


def _fields(row: Mapping[str, Any], what: str, own: OwnNumbers, legs: Legs) -> dict[str, Any] | str:
    said = text_of(row, "direction")
    is_message = what == "messages" or (not what and _is_message(row))
    at, why = _instant(row, ("date_sent", "date_created") if is_message else ("start_time", "date_created"))
    if why:
        return why
    if said and said not in _DIRECTIONS:
        return f"`direction` is `{said[:60]}`: allowed are {', '.join(_DIRECTIONS)}"
    caller, called = text_of(row, "from"), text_of(row, "to")
    if said:
        parties = own.towards(_plain(caller), _plain(called), _DIRECTIONS[said])
    else:
        parties = own.parties(_plain(caller), _plain(called))
    is_leg = not is_message and legs.has(row)
    status = text_of(row, "status")
    fields = {
        "person": parties.person,
        "at": at,
        "id": text_of(row, "sid"),
        "kind": _message_kind(row, parties.direction) if is_message else "call-leg" if is_leg else "call",
        "channel": _channel(row, caller, called) if is_message else "phone",
        "direction": "none" if is_leg else parties.direction,
        "outcome": status if is_message else outcome_of(status, text_of(row, "answered_by")),
        "actor": parties.actor,
        "number": parties.number,
    }
    return {**plain(row), **fields, "twilio-direction": said}


def _message_kind(row: Mapping[str, Any], direction: str | None) -> str:
    """Return what a message is: words to a machine in it count if a person wrote nothing else."""
    word = text_in(row.get("body")).casefold().strip(" .!")
    if direction == "inbound" and word in _OPT_OUT:
        return "opt-out"
    return "opt-in" if direction == "inbound" and word in _OPT_IN else "message"


def _is_message(row: Mapping[str, Any]) -> bool:
    return text_of(row, "sid").startswith(_MESSAGE) or "num_media" in row or "date_sent" in row


def _plain(address: str) -> str:
    """Leave out by which channel a number is reached."""
    found = _SCHEME.fullmatch(address)
    return found[2] if found and found[1] in _NUMBERED else address


def _channel(row: Mapping[str, Any], caller: str, called: str) -> str:
    for address in (caller, called):
        found = _SCHEME.fullmatch(address)
        if found and found[1] != "tel":
            return found[1]
    media = text_of(row, "num_media")
    return "mms" if media.isdecimal() and int(media[:9]) > 0 else "sms"


def _instant(row: Mapping[str, Any], names: tuple[str, str]) -> tuple[str, str]:
    """Return the first time that there is, with its offset, as RFC 3339 writes it; or why there is none."""
    from email.utils import parsedate_to_datetime

    for name in names:
        text = text_of(row, name)
        if _ISO.match(text):
            return text, ""
        if text:
            try:
                written = parsedate_to_datetime(text).isoformat()
            except (ValueError, TypeError, IndexError, OverflowError):
                allowed = "`Tue, 27 Jan 2026 15:07:24 +0000` and `2026-01-27T15:07:24Z` are read"
                return "", f"`{name}` is `{text[:60]}`: {allowed}"
            # -0000 is UTC of an unknown place, for which there is no offset.
            return (f"{written}+00:00" if text.endswith("-0000") else written), ""
    return "", f"it has no time: `{names[0]}` and `{names[1]}` are empty"
