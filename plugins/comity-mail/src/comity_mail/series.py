"""What the events of a calendar say of each other: later versions, moved times, and the log's end."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from comity_mail.content import Component, PropertyError
from comity_mail.moments import Moment, moment, moments
from comity_mail.recurrences import Rule, occurrences
from comity_mail.zones import Zones

_STAMPS = ("DTSTART", "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED")


class Series:
    """The events of one calendar file, by their ids."""

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._newest: dict[tuple[str, str], tuple[int, int]] = {}
        self._moved: dict[str, set[str]] = {}
        self._last = dt.datetime.min

    def note(self, component: Component) -> None:
        """Take an event, before any is read; what cannot be read of it is told when it is."""
        for name in _STAMPS:
            with suppress(PropertyError):
                found = moment(component, name, self._zones)
                if found is not None:
                    self._last = max(self._last, found.wall)
        with suppress(PropertyError):
            uid, key = self._names(component)
            if uid:
                version = (_sequence(component), component.number)
                self._newest[uid, key] = max(version, self._newest.get((uid, key), version))
                if key:
                    self._moved.setdefault(uid, set()).add(key)

    def later(self, component: Component) -> int | None:
        """Return the line of a later version of the same event, None where it is the latest one."""
        uid, key = self._names(component)
        _, number = self._newest.get((uid, key), (0, component.number))
        return None if number == component.number else number

    def times(self, component: Component, start: Moment) -> list[Moment]:
        """Return the times of an event: its own, and those of its rules and dates up to the log's end.

        Times that are excluded, and those that another event replaces, are none of them. Raises PropertyError
        and RecurrenceError.
        """
        rules = [Rule.of(each.value) for each in component.all("RRULE")]
        more = [each.wall for each in moments(component, "RDATE", self._zones)]
        if component.first("RECURRENCE-ID") is not None or not (rules or more):
            return [start]
        gone = {each.key() for each in moments(component, "EXDATE", self._zones)}
        gone |= self._moved.get(self._names(component)[0], set())

        def until(text: str) -> dt.datetime:
            return self._until(text, start)

        walls = occurrences(start.wall, rules, more, max(self._last, start.wall), until)
        return [each for wall in walls if gone.isdisjoint((each := start.at(wall)).keys())]

    def _names(self, component: Component) -> tuple[str, str]:
        uid = " ".join(each.words for each in component.all("UID"))
        found = moment(component, "RECURRENCE-ID", self._zones)
        return uid, "" if found is None else found.key()

    def _until(self, text: str, start: Moment) -> dt.datetime:
        """Return the end of a rule as a local time of the event; one in UTC is converted."""
        end = dt.datetime.strptime(text.rstrip("Z")[:15], "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")
        if "T" not in text:
            return end + dt.timedelta(days=1, microseconds=-1)
        if text.endswith("Z") and start.zone is not None:
            # The offset is that of the end's day, but for the hours around a change of the clock.
            return end + (start.at(end).exact().utcoffset() or dt.timedelta())
        return end


def _sequence(component: Component) -> int:
    found = component.first("SEQUENCE")
    return int(found.value) if found is not None and found.value.isascii() and found.value.isdigit() else 0
