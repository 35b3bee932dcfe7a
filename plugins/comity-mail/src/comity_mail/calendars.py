"""Calendars: interviews and meetings as events, after the iCalendar standard (RFC 5545)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from typing import Any, Final

from icalendar.prop import vDDDTypes

from comity import InputError
from comity.readers import LogFormat, Reader, RowBatch
from comity_mail.addresses import ME, OwnAddresses
from comity_mail.content import EVENT, ZONE, Component, Property, PropertyError, components, lines_of
from comity_mail.rows import Fields, Rows
from comity_mail.zones import Zones

MOST_REPEATED: Final = 1 << 26
"""Characters that the rows of one event may have in all, as each of its persons has its summary."""
_INTERVIEW: Final = re.compile(r"\binterview", re.IGNORECASE)
_SHOWN: Final = ("UID", "SUMMARY", "LOCATION", "STATUS")
_read_value: Final[Any] = vDDDTypes.from_ical
_UNREADABLE: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)


def read_icalendar(
    stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    """Read the events of a calendar, a row for each person.

    It is read twice: zones may be defined behind the events that name them. Raises InputError for what is no
    calendar, and for one that is cut short.
    """
    rows, own, zones, begin = Rows(), OwnAddresses(log), Zones(), stream.tell()
    for zone in components(lines_of(stream, log.encoding), ZONE):
        zones.define(zone)
    if stream.tell() == begin:
        raise InputError("it is not an iCalendar file: it is empty")
    stream.seek(begin)
    for component in components(lines_of(stream, log.encoding), EVENT):
        try:
            made = _rows_of(component, own, zones)
        except PropertyError as error:
            made = str(error)
        except _UNREADABLE as error:
            made = f"it cannot be read: {' '.join(str(error).split())[:200] or type(error).__name__}"
        if isinstance(made, str):
            rows.reject(made, _shown(component))
            yield from rows.batches()
        else:
            for fields in made:
                rows.add(fields)
                yield from rows.batches()
    yield from rows.batches(end=True)


def _rows_of(component: Component, own: OwnAddresses, zones: Zones) -> list[Fields] | str:
    """Return the rows of an event, one for each person; where it can be none, say why."""
    if component.bad is not None:
        return f"line {component.bad.number} cannot be read: `{component.bad.text[:60]}`"
    shown = _shown(component)
    start = _moment(component, "DTSTART", zones)
    if start is None:
        return "it has no `DTSTART` that can be read"
    attendees = {_address(each): each for each in component.all("ATTENDEE")}
    organizer = next(map(_address, component.all("ORGANIZER")), "")
    persons = [address for address in attendees if address and address != organizer]
    if own.known:
        everybody = dict.fromkeys((*attendees, organizer))
        persons = [address for address in everybody if address and not own.holds(address)]
    elif not persons and organizer:
        persons = [organizer]
    if not persons:
        return "it names no attendee and no organizer who could be the person"
    end = _moment(component, "DTEND", zones)
    uid = "/".join(filter(None, (shown.get("uid"), _moment(component, "RECURRENCE-ID", zones))))
    status = shown.get("status", "").upper()
    categories = [each.words for each in component.all("CATEGORIES")]
    words = " ".join((shown.get("summary", ""), *categories))
    kind = "interview" if _INTERVIEW.search(words) else "meeting"
    if len(persons) * (len(uid) + sum(map(len, shown.values()))) > MOST_REPEATED:
        return f"its words for each of {len(persons):,} persons are more than {MOST_REPEATED:,} characters"
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
            "end": end,
            "status": status.lower() or None,
            "partstat": attendees[person].params.get("PARTSTAT", "").lower() or None
            if person in attendees
            else None,
            "recurs": "true" if "RRULE" in component.lines or "RDATE" in component.lines else None,
        }
        made.append(fields)
    return made


def _shown(component: Component) -> dict[str, str]:
    """Return what tells an event to people, as far as it can be read."""
    found = {}
    for name in _SHOWN:
        with suppress(PropertyError):
            if text := " ".join(each.words for each in component.all(name)):
                found[name.lower()] = text
    return found


def _moment(component: Component, name: str, zones: Zones) -> str | None:
    """Return a date or a time as text: with its offset, or as local where the calendar says no zone.

    Raises PropertyError where it is there and cannot be read.
    """
    found = component.first(name)
    if found is None:
        return None
    try:
        moment: Any = _read_value(found.value)
    except _UNREADABLE:
        raise PropertyError(f"`{name}` is `{found.value[:60]}`, which is neither a date nor a time") from None
    if not isinstance(moment, dt.date):
        raise PropertyError(f"`{name}` is `{found.value[:60]}`, which is neither a date nor a time")
    zone = found.params.get("TZID")
    if not zone or (isinstance(moment, dt.datetime) and moment.tzinfo is not None):
        return moment.isoformat()
    local = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    try:
        return zones.local(local, zone).isoformat()
    except PropertyError as error:
        raise PropertyError(f"`{name}` cannot be read: {error}") from None


def _address(value: Property) -> str:
    """Return the address of a calendar user, in small letters; empty if it is not a mail address."""
    text = value.value
    text = text[7:] if text[:7].lower() == "mailto:" else text
    return text.casefold() if "@" in text and not re.search(r"[\s:]", text) else ""


def _recognises(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR"


ICALENDAR: Final = Reader(
    "icalendar", (".ics", ".ical", ".ifb"), read_icalendar, options=(ME,), recognises=_recognises, seeks=True
)
