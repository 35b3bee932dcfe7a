"""One message as rows: who wrote to whom, when, and in answer to what."""

from __future__ import annotations

import datetime as dt
import re
from email.errors import MessageError
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, Final

from comity_mail.addresses import HeaderError, OwnAddresses, addresses_in
from comity_mail.budgets import MailBudgets
from comity_mail.parts import PartsError, parse_head, plain_text
from comity_mail.raw import Raw
from comity_mail.rows import Fields, Rows
from comity_mail.words import values_of, words_of

_LATEST_ZONE: Final = dt.timedelta(hours=14)
"""No place is farther from UTC."""
_UNKNOWN_ZONE: Final = re.compile(r"-0000\s*(\(|$)")
_ID: Final = re.compile(r"<([^<>\s]+)>")
_STRAY: Final = re.compile(rb"^(To|Cc|Bcc)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_UNREADABLE: Final = (
    *(MessageError, ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError),
)
"""What the standard library raises on hostile headers."""


class Messages:
    """Makes rows of messages."""

    def __init__(
        self, rows: Rows, own: OwnAddresses, budgets: MailBudgets, wanted: frozenset[str] | None
    ) -> None:
        """Take where the rows go; `wanted` are the columns that are needed (None: all)."""
        self.rows, self.own, self.budgets, self.wanted = rows, own, budgets, wanted
        self.text = wanted is None or "text" in wanted
        """Whether the words of messages are needed."""

    def add(self, raw: Raw, number: int) -> None:
        """Add the rows of a message: one for each recipient, or for its sender where it came to us.

        `number` is its place in the mailbox. What cannot be understood is one rejected row.
        """
        shown: Fields = {"message": number}
        try:
            message, rest = parse_head(raw.head)
            shown |= {name.lower(): words_of(message, name) for name in ("From", "Date", "Subject")}
            made = self._rows_of(message, raw, rest, shown)
        except (HeaderError, PartsError) as error:
            made = str(error)
        except _UNREADABLE as error:
            made = f"it cannot be read: {' '.join(str(error).split())[:200] or type(error).__name__}"
        if isinstance(made, str):
            self.rows.reject(made, shown)
        else:
            for fields in made:
                self.rows.add(fields)

    def _rows_of(self, message: Message, raw: Raw, rest: bytes, shown: Fields) -> list[Fields] | str:
        """Return the rows of a message; where it can have none, say why."""
        if raw.head_cut:
            most = self.budgets.header
            return f"its header is longer than the {most:,} bytes that are read: raise `max-header-bytes`"
        if _STRAY.search(rest):
            line = " ".join(rest[:200].decode("utf-8", "replace").splitlines()[:1])[:60]
            return f"its header breaks off at `{line}`, with recipients after it"
        senders = _addresses(message, "From") or _addresses(message, "Sender")
        recipients = _addresses(message, "To", "Cc", "Bcc")
        words = plain_text(message, rest + raw.body, cut=raw.body_cut) if self.text else None
        subject = shown["subject"]
        name = next(iter(_ids(message, "Message-Id")), None)
        if name is not None and (first := self.rows.first_of(name)) is not None:
            return f"it repeats the message of row {first}, `{name}`"
        if not senders:
            return f"`From` is `{str(shown['from'])[:60]}`, without an address"
        at, zone = _date(message)
        if at is None:
            return f"`Date` is `{str(shown['date'])[:60]}`, which is not a date, and no `Received` has one"
        answers, references = _ids(message, "In-Reply-To"), _ids(message, "References")
        common: Fields = {
            "at": at,
            "kind": "reply" if answers or references else "email",
            "channel": "email",
            "message": shown["message"],
            "message-id": name,
            "subject": subject or None,
            "in-reply-to": answers[0] if answers else None,
            "references": " ".join(references) or None,
            "thread": (*references, *answers, name)[0],
            "list-id": words_of(message, "List-Id") or None,
            "auto": "true" if words_of(message, "Auto-Submitted").lower() not in ("", "no") else None,
            "date-zone": zone,
            "text": words,
        }
        parties = _parties(senders[0], recipients, self.own)
        if not parties:
            return "it is from us and names no recipient"
        if len(parties) * (self._length(common) + len(name or "")) > self.budgets.repeated:
            most = self.budgets.repeated
            return f"its words for each of {len(parties):,} persons are more than {most:,} characters"
        made = []
        for place, (person, actor, direction) in enumerate(parties):
            fields = {**common, "person": person, "actor": actor, "direction": direction}
            fields["id"] = None if name is None else name + (f"+{place}" if place else "")
            fields["timezone"] = zone if direction == "inbound" else None
            made.append(fields)
        return made

    def _length(self, fields: Fields) -> int:
        """Tell how many characters of a row are needed."""
        return sum(
            len(value)
            for name, value in fields.items()
            if isinstance(value, str) and (self.wanted is None or name in self.wanted)
        )


def _parties(
    sender: str, recipients: tuple[str, ...], own: OwnAddresses
) -> list[tuple[str, str | None, str]]:
    """Tell person, actor and direction of each row of a message."""
    if not own.known:
        if not recipients:
            return [(sender, None, "inbound")]
        return [(recipient, sender, "outbound") for recipient in recipients]
    if not own.holds(sender):
        return [(sender, next(filter(own.holds, recipients), None), "inbound")]
    others = [recipient for recipient in recipients if not own.holds(recipient)]
    return [(recipient, sender, "outbound" if others else "none") for recipient in others or recipients]


def _addresses(message: Message, *names: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        try:
            found |= dict.fromkeys(addresses_in(values_of(message, name)))
        except HeaderError as error:
            raise HeaderError(f"`{name}` cannot be read: {error}") from None
    return tuple(found)


def _date(message: Message) -> tuple[str | None, str | None]:
    """Return the instant as text, with its offset, and the offset where it says where the writer was."""
    found = [
        *values_of(message, "Date"),
        *(text.rpartition(";")[2] for text in values_of(message, "Received")),
    ]
    for place, text in enumerate(found):
        written = text.strip()
        try:
            moment: Any = parsedate_to_datetime(written)
        except _UNREADABLE:
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


def _ids(message: Message, name: str) -> tuple[str, ...]:
    """Return the ids in a header, without the angle brackets."""
    texts = " ".join(values_of(message, name))
    return tuple(dict.fromkeys(_ID.findall(texts)))
