"""Calendars: interviews and meetings as events, after the iCalendar standard (RFC 5545)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from typing import Final

from comity import InputError
from comity.readers import LogFormat, Reader, RowBatch
from comity_mail.addresses import ME, OwnAddresses
from comity_mail.content import EVENT, ZONE, Component, Property, PropertyError, components, lines_of
from comity_mail.moments import moment
from comity_mail.recurrences import RecurrenceError
from comity_mail.rows import Fields, Rows
from comity_mail.series import Series
from comity_mail.zones import Zones

MOST_REPEATED: Final = 1 << 26
"""Characters that the rows of one event may have in all, as each of its persons has its summary."""
_INTERVIEW: Final = re.compile(r"\binterview", re.IGNORECASE)
_SHOWN: Final = ("UID", "SUMMARY", "LOCATION", "STATUS")
_NO_PERSONS: Final = ("ROOM", "RESOURCE")
"""What else may attend an event (RFC 5545, 3.2.3)."""
_UNREADABLE: Final = (ValueError, TypeError, LookupError, OverflowError, AttributeError, RecursionError)


def read_icalendar(
    stream: BufferedReader, log: LogFormat, wanted: frozenset[str] | None
) -> Iterator[RowBatch]:
    """Read the events of a calendar, a row for each person.

    It is read twice: zones may be defined behind the events that name them. Raises InputError for what is no
    calendar, and for one that is cut short.
    """
    rows, own, zones, begin = Rows(), OwnAddresses(log), Zones(), stream.tell()
    noted: list[Component] = []
    series = Series(zones)
    for component in components(lines_of(stream, log.encoding), ZONE, EVENT):
        if component.name == ZONE:
            zones.define(component)
        else:
            noted.append(component.outline())
    if stream.tell() == begin:
        raise InputError("it is not an iCalendar file: it is empty")
    for component in noted:
        series.note(component)
    noted.clear()
    stream.seek(begin)
    for component in components(lines_of(stream, log.encoding), EVENT):
        try:
            made = _rows_of(component, own, zones, series)
        except (PropertyError, RecurrenceError) as error:
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


def _rows_of(component: Component, own: OwnAddresses, zones: Zones, series: Series) -> list[Fields] | str:
    """Return the rows of an event, one for each time and person; where it can be none, say why."""
    if component.bad is not None:
        return f"line {component.bad.number} cannot be read: `{component.bad.text[:60]}`"
    shown = _shown(component)
    start = moment(component, "DTSTART", zones)
    if start is None:
        return "it has no `DTSTART` that can be read"
    if (line := series.later(component)) is not None:
        return f"line {line} begins a later version of it"
    if any("RANGE" in each.params for each in component.all("RECURRENCE-ID")):
        return "it replaces all later times of an event that recurs (`RANGE`), which is not followed"
    attendees = {
        _address(each): each
        for each in component.all("ATTENDEE")
        if each.params.get("CUTYPE", "").upper() not in _NO_PERSONS
    }
    organizer = next(map(_address, component.all("ORGANIZER")), "")
    persons = [address for address in attendees if address and address != organizer]
    if own.known:
        everybody = dict.fromkeys((*attendees, organizer))
        persons = [address for address in everybody if address and not own.holds(address)]
    elif not persons and organizer:
        persons = [organizer]
    if not persons:
        return "it names no attendee and no organizer who could be the person"
    end = moment(component, "DTEND", zones)
    lasts = None if end is None or end.zone != start.zone else end.wall - start.wall
    moved = moment(component, "RECURRENCE-ID", zones)
    uid = "/".join(filter(None, (shown.get("uid"), moved.text() if moved is not None else None)))
    status = "CANCELLED" if component.method == "CANCEL" else shown.get("status", "").upper()
    categories = [each.words for each in component.all("CATEGORIES")]
    words = " ".join((shown.get("summary", ""), *categories))
    kind = "interview" if _INTERVIEW.search(words) else "meeting"
    times = series.times(component, start)
    if not times:
        return "all its times are excluded or replaced by others"
    if len(times) * len(persons) * (len(uid) + sum(map(len, shown.values()))) > MOST_REPEATED:
        each = f"each of {len(persons):,} persons" + (f" and {len(times):,} times" if len(times) > 1 else "")
        return f"its words for {each} are more than {MOST_REPEATED:,} characters"
    made: list[Fields] = []
    for time in times:
        named = uid if time == start or not uid else f"{uid}/{time.text()}"
        ends = end if time == start else None if lasts is None else time.at(time.wall + lasts)
        for place, person in enumerate(persons):
            fields: Fields = {
                "person": person,
                "at": time.text(),
                "id": named + (f"+{place}" if place else "") if named else None,
                "kind": f"cancelled-{kind}" if status == "CANCELLED" else kind,
                "direction": "none",
                "actor": organizer if organizer and organizer != person else None,
                "summary": shown.get("summary"),
                "location": shown.get("location"),
                "end": None if ends is None else ends.text(),
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
