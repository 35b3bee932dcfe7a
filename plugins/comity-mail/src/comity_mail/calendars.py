"""Calendars: interviews and meetings as events, after the iCalendar standard (RFC 5545)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from typing import Any, Final

from comity import InputError
from comity.readers import Batch, LogFormat, Reader
from comity_mail.addresses import ME, Us
from comity_mail.rows import Fields, Rows

_INTERVIEW: Final = re.compile(r"\binterview", re.IGNORECASE)
_SHOWN: Final = ("UID", "SUMMARY", "LOCATION", "STATUS")


def read_icalendar(stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None) -> Iterator[Batch]:
    """Read the events of a calendar, a row for each person; raises InputError for what is no calendar."""
    import icalendar

    octets = stream.read().removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if not octets.strip():
        return
    try:
        text = octets.decode(log.encoding or "utf-8", "replace")
        found: Any = icalendar.Calendar.from_ical(text, multiple=True)
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"it is no iCalendar file: {said or type(error).__name__}") from None
    rows, us = Rows(), Us(log)
    for calendar in found:
        for component in calendar.walk("VEVENT"):
            try:
                made = _rows_of(component, us)
            except Exception as error:  # The library raises many sorts where a property is broken.
                made = f"it cannot be read: {' '.join(str(error).split())[:200] or type(error).__name__}"
            if isinstance(made, str):
                rows.reject(made, _shown(component))
            else:
                for fields in made:
                    rows.add(fields)
            yield from rows.batches()
    yield from rows.batches(end=True)


def _rows_of(component: Any, us: Us) -> list[Fields] | str:
    """Give the rows of an event, one for each person; where it can be none, say why."""
    shown = _shown(component)
    start = _moment(component, "DTSTART")
    if start is None:
        return "it has no `DTSTART` that can be read"
    attendees = {_address(value): value for value in _values(component, "ATTENDEE")}
    organizer = next(map(_address, _values(component, "ORGANIZER")), "")
    persons = [address for address in attendees if address and address != organizer]
    if us.known:
        everybody = dict.fromkeys((*attendees, organizer))
        persons = [address for address in everybody if address and not us.are(address)]
    elif not persons and organizer:
        persons = [organizer]
    if not persons:
        return "it names no attendee and no organizer who could be the person"
    uid = "/".join(filter(None, (shown.get("uid"), _moment(component, "RECURRENCE-ID"))))
    status = shown.get("status", "").upper()
    words = " ".join((shown.get("summary", ""), *(str(value) for value in _categories(component))))
    kind = "interview" if _INTERVIEW.search(words) else "meeting"
    made: list[Fields] = []
    for place, person in enumerate(persons):
        fields: Fields = {
            "person": person,
            "at": start,
            "id": uid + (f"+{place}" if place else "") if uid else None,
            "kind": f"cancelled-{kind}" if status == "CANCELLED" else kind,
            "direction": "none",
            "actor": organizer if organizer and organizer != person else None,
            "summary": shown.get("summary"),
            "location": shown.get("location"),
            "end": _moment(component, "DTEND"),
            "status": status.lower() or None,
            "partstat": _parameter(attendees.get(person), "PARTSTAT"),
            "recurs": "true" if component.get("RRULE") or component.get("RDATE") else None,
        }
        made.append(fields)
    return made


def _shown(component: Any) -> dict[str, str]:
    """Give what tells an event to people, as far as it can be read."""
    found = {}
    for name in _SHOWN:
        with suppress(Exception):
            if text := _words(component, name):
                found[name.lower()] = text
    return found


def _moment(component: Any, name: str) -> str | None:
    """Give a date or a time as text: with its offset, or as local where the calendar says no zone."""
    value = component.get(name)
    value = value[0] if isinstance(value, list) and value else value
    moment = getattr(value, "dt", None)
    if isinstance(moment, dt.date):
        try:
            return moment.isoformat()
        except (ValueError, OverflowError):
            return None
    return None


def _values(component: Any, name: str) -> list[Any]:
    value = component.get(name)
    return [] if value is None else value if isinstance(value, list) else [value]


def _categories(component: Any) -> list[Any]:
    found: list[Any] = []
    for value in _values(component, "CATEGORIES"):
        found += getattr(value, "cats", [value])
    return found


def _words(component: Any, name: str) -> str:
    return " ".join(" ".join(str(value) for value in _values(component, name)).split())


def _address(value: Any) -> str:
    """Give the address of a calendar user, in small letters, empty where it is none of mail."""
    text = str(value).strip()
    text = text[7:] if text[:7].lower() == "mailto:" else text
    return text.casefold() if "@" in text and not re.search(r"[\s:]", text) else ""


def _parameter(value: Any, name: str) -> str | None:
    text = str(getattr(value, "params", {}).get(name, "")).lower()
    return text or None


def _recognises(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR"


ICALENDAR: Final = Reader(
    "icalendar", (".ics", ".ical", ".ifb"), read_icalendar, options=(ME,), recognises=_recognises
)
