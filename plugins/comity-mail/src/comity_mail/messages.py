"""One message as rows: who wrote to whom, when, and in answer to what."""

from __future__ import annotations

import datetime as dt
import re
from email.errors import MessageError
from email.message import Message
from typing import Final

from comity_mail.addresses import HeaderError, OwnAddresses, addresses_in
from comity_mail.budgets import MailBudgets
from comity_mail.dates import DateError, read_date
from comity_mail.parts import PartsError, parse_head, plain_text
from comity_mail.raw import Raw
from comity_mail.rows import Fields, Rows
from comity_mail.words import values_of, words_of

_CLOCKS_DIFFER: Final = dt.timedelta(days=1)
"""How much later than it was received a message may say that it was sent: clocks are set wrongly."""
_NOT_STATED: Final = (
    "date-of-receipt",
    "messages without a date that can be read, or with one after they were received: {count}; the time of "
    "their `Received` header counts",
    "see the `Date` header of these messages",
)
_LABELS: Final = "X-Gmail-Labels"
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
        if name is not None and (first := self.rows.known(name)) is not None:
            return f"it repeats the message of row {first}, `{name}`"
        if not senders:
            return f"`From` is `{str(shown['from'])[:60]}`, without an address"
        dated = _date(message)
        if isinstance(dated, str):
            return dated
        at, zone, is_stated = dated
        if not is_stated:
            self.rows.tell(*_NOT_STATED)
        labels = _labels(message)
        draft = "drafts" in map(str.casefold, labels)
        answers, references = _ids(message, "In-Reply-To"), _ids(message, "References")
        common: Fields = {
            "at": at,
            "kind": "draft" if draft else "reply" if answers or references else "email",
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
            "labels": list(labels) or None,
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
            fields = {**common, "person": person, "actor": actor, "direction": "none" if draft else direction}
            fields["id"] = None if name is None else name + (f"+{place}" if place else "")
            fields["timezone"] = zone if direction == "inbound" else None
            made.append(fields)
        if name is not None:
            # One that cannot be read does not keep a copy of it from being read.
            self.rows.know(name)
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


def _date(message: Message) -> tuple[str, str | None, bool] | str:
    """Return the instant as text, with its offset; where the writer was; and whether `Date` states it.

    The second is an offset, where the header says it. Without an instant, say why. No message is sent after
    it was received: then the time of the Received header is taken, so that a wrong clock does not make the
    whole log end in another century.
    """
    received = _received(message)
    why = "missing"
    for text in values_of(message, "Date")[:1]:
        try:
            moment = read_date(text.strip())
        except DateError as error:
            why = str(error)
            break
        if received is None or moment.at.tzinfo is None or moment.at <= received + _CLOCKS_DIFFER:
            zone = None if moment.offset is None else _offset_text(moment.offset)
            return moment.at.isoformat(), zone, True
    if received is None:
        return f"`Date` is {why}, and no `Received` has one"
    return received.isoformat(), None, False


def _received(message: Message) -> dt.datetime | None:
    """Return the instant of the last Received header that has one with an offset."""
    for text in values_of(message, "Received"):
        try:
            moment = read_date(text.rpartition(";")[2].strip())
        except DateError:
            continue
        if moment.at.tzinfo is not None:
            return moment.at
    return None


def _offset_text(offset: dt.timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _labels(message: Message) -> tuple[str, ...]:
    """Return the labels that Gmail has given to a message."""
    found = (label.strip().strip('"') for text in values_of(message, _LABELS) for label in text.split(","))
    return tuple(dict.fromkeys(filter(None, found)))


def _ids(message: Message, name: str) -> tuple[str, ...]:
    """Return the ids in a header, without the angle brackets."""
    texts = " ".join(values_of(message, name))
    return tuple(dict.fromkeys(_ID.findall(texts)))
