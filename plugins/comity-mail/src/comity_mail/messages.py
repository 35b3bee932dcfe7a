"""One message as rows: who wrote to whom, when, and in answer to what."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import Any, Final

from comity_mail.addresses import Us, addresses_in
from comity_mail.rows import Fields, Rows

_LATEST_ZONE: Final = dt.timedelta(hours=14)
"""No place is farther from UTC."""
_UNKNOWN_ZONE: Final = re.compile(r"-0000\s*(\(|$)")
_ID: Final = re.compile(r"<([^<>\s]+)>")
_UNREADABLE: Final = (MessageError, ValueError, TypeError, LookupError, OverflowError, AttributeError)
"""What the standard library raises on hostile headers."""


def add_message(rows: Rows, octets: bytes, number: int, us: Us, *, text: bool) -> None:
    """Add the rows of a message: one for each recipient, or for its sender where it came to us.

    `number` is its place in the mailbox; `text` says that the words of the message are needed.
    """
    message = BytesParser().parsebytes(octets, headersonly=not text)
    subject = _words(message, "Subject")
    shown = {
        "message": number,
        "from": _words(message, "From"),
        "date": _words(message, "Date"),
        "subject": subject,
    }
    name = next(iter(_ids(message, "Message-Id")), None)
    if name is not None and (first := rows.first_of(name)) is not None:
        return rows.reject(f"it repeats the message of row {first}, `{name}`", shown)
    senders = addresses_in(_values(message, "From")) or addresses_in(_values(message, "Sender"))
    if not senders:
        written = str(shown["from"])[:60]
        return rows.reject(f"`From` is `{written}`, in which there is no address", shown)
    at, zone = _date(message)
    if at is None:
        written = str(shown["date"])[:60]
        return rows.reject(f"`Date` is `{written}`, which is no date, and no `Received` has one", shown)
    answers, references = _ids(message, "In-Reply-To"), _ids(message, "References")
    common: Fields = {
        "at": at,
        "kind": "reply" if answers or references else "email",
        "channel": "email",
        "message": number,
        "message-id": name,
        "subject": subject or None,
        "in-reply-to": answers[0] if answers else None,
        "references": " ".join(references) or None,
        "thread": (*references, *answers, name)[0],
        "list-id": _words(message, "List-Id") or None,
        "auto": "true" if _words(message, "Auto-Submitted").lower() not in ("", "no") else None,
        "date-zone": zone,
        "text": _text(message) if text else None,
    }
    parties = _parties(senders[0], _recipients(message), us)
    if not parties:
        return rows.reject("it is from us and names no recipient", shown)
    for place, (person, actor, direction) in enumerate(parties):
        fields = {**common, "person": person, "actor": actor, "direction": direction}
        fields["id"] = None if name is None else name + (f"+{place}" if place else "")
        fields["timezone"] = zone if direction == "inbound" else None
        rows.add(fields)
    return None


def _parties(sender: str, recipients: tuple[str, ...], us: Us) -> list[tuple[str, str | None, str]]:
    """Tell person, actor and direction of each row of a message."""
    if not us.known:
        if not recipients:
            return [(sender, None, "inbound")]
        return [(recipient, sender, "outbound") for recipient in recipients]
    if not us.are(sender):
        return [(sender, next(filter(us.are, recipients), None), "inbound")]
    others = [recipient for recipient in recipients if not us.are(recipient)]
    return [(recipient, sender, "outbound" if others else "none") for recipient in others or recipients]


def _recipients(message: Message) -> tuple[str, ...]:
    return addresses_in([text for name in ("To", "Cc", "Bcc") for text in _values(message, name)])


def _date(message: Message) -> tuple[str | None, str | None]:
    """Give the instant as text, with its offset, and the offset where it says where the writer was."""
    found = [*_values(message, "Date"), *(text.rpartition(";")[2] for text in _values(message, "Received"))]
    for place, text in enumerate(found):
        written = text.strip()
        moment: Any = _readable(parsedate_to_datetime, written)
        if moment is None:
            continue
        if moment.tzinfo is None:
            return moment.isoformat() + ("Z" if _UNKNOWN_ZONE.search(written) else ""), None
        offset = moment.utcoffset() or dt.timedelta()
        if abs(offset) > _LATEST_ZONE:
            moment, offset = moment.replace(tzinfo=dt.UTC) - offset, dt.timedelta()
            return moment.isoformat(), None
        minutes = int(offset.total_seconds()) // 60
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        return moment.isoformat(), zone if place == 0 and "Date" in message else None
    return None, None


def _text(message: Message) -> str | None:
    """Give the words of the first part that is plain text."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload: Any = _readable(part.get_payload, None, True)
            if isinstance(payload, bytes):
                charset = _readable(part.get_content_charset) or "utf-8"
                decoded = _readable(payload.decode, str(charset), "replace")
                text = payload.decode("utf-8", "replace") if decoded is None else decoded
                unquoted = re.sub(r"^>(>*From )", r"\1", text, flags=re.MULTILINE)
                return unquoted.replace("\0", " ").strip() or None
    return None


def _values(message: Message, name: str) -> list[str]:
    """Give the values of all headers of a name, on one line, with what is encoded in them decoded."""
    found = []
    for raw in message.get_all(name) or ():
        text = str(raw)
        decoded = _readable(_decoded, text)
        plain = (text if decoded is None else decoded).encode("utf-8", "replace").decode()
        found.append(" ".join(plain.replace("\0", " ").split()))
    return found


def _words(message: Message, name: str) -> str:
    return next(iter(_values(message, name)), "")


def _ids(message: Message, name: str) -> tuple[str, ...]:
    """Give the ids in a header, without the angle brackets."""
    texts = " ".join(_values(message, name))
    return tuple(dict.fromkeys(_ID.findall(texts)))


def _decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def _readable(read: Callable[..., Any], *given: Any) -> Any:
    """Give what is read, None where hostile input makes the standard library fail."""
    try:
        return read(*given)
    except _UNREADABLE:
        return None
