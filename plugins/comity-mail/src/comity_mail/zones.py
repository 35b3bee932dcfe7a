"""Time zones of a calendar: those that are known by name, and those that it defines."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

import attrs
from icalendar.prop import vDDDTypes, vUTCOffset
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from comity_mail.content import Component, Property, PropertyError

MOST_TIMES: Final = 1000
"""How many changes a definition may list or count; a zone has two a year."""
FARTHEST: Final = dt.timedelta(hours=16)
"""No place was ever so far from UTC: Manila was 15:56 behind it until 1844."""
# Looked up by name: the library has no types.
_rrule: Final[Any] = import_module("dateutil.rrule").rrulestr
_look_up: Final = zoneinfo.ZoneInfo
_read_value: Final[Any] = vDDDTypes.from_ical
_read_offset: Final[Any] = vUTCOffset.from_ical
_YEARLY: Final = re.compile(r"FREQ=YEARLY(;|$)")
_FINER: Final = re.compile(r"BY(HOUR|MINUTE|SECOND|SETPOS|EASTER)=")
_COUNT: Final = re.compile(r"(?:^|;)COUNT=(\d{1,9})(?:;|$)")
_INTERVAL: Final = re.compile(r"(?:^|;)INTERVAL=(\d{1,4})(?:;|$)")
_SHOWN: Final = 60


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """Return the names of all zones that there are, so that no other text is ever looked up as a file."""
    return frozenset(zoneinfo.available_timezones())


@attrs.define
class Observance:
    """A stretch of a zone that comes again: when it begins, and the offsets before and in it."""

    is_standard: bool
    start: dt.datetime
    before: dt.timedelta
    offset: dt.timedelta
    dates: tuple[dt.datetime, ...]
    rule: str | None
    _rules: dict[int, Any] = attrs.field(factory=dict)

    def begun(self, wall: dt.datetime) -> dt.datetime | None:
        """Return when it last began, at or before a local time; None if it had not begun yet."""
        dates = [date for date in self.dates if date <= wall]
        if self.rule is not None and wall >= self.start:
            if wall.year not in self._rules:
                self._rules[wall.year] = _rrule(self.rule, dtstart=self._anchor(wall.year), ignoretz=True)
            found = self._rules[wall.year].before(wall, inc=True)
            dates += [found] if found is not None else []
        return max(dates, default=None)

    def _anchor(self, year: int) -> dt.datetime:
        """Return a start shortly before a year, with the same results and no centuries to count."""
        assert self.rule is not None
        interval = int(found[1]) if (found := _INTERVAL.search(self.rule)) else 1
        years = year - self.start.year - interval
        if _COUNT.search(self.rule) or years < 1 or not interval:
            return self.start
        if (self.start.month, self.start.day) == (2, 29):
            return self.start
        return self.start.replace(year=self.start.year + years - years % interval)


@attrs.frozen
class Defined:
    """A zone as a calendar defines it."""

    observances: tuple[Observance, ...]

    def offset(self, wall: dt.datetime) -> dt.timedelta:
        """Return the offset at a local time: the first of a repeated one, the one before of a skipped one."""
        begun = [(at, each) for each in self.observances if (at := each.begun(wall)) is not None]
        if not begun:
            standard = next((each for each in self.observances if each.is_standard), self.observances[0])
            return standard.offset
        at, latest = max(begun, key=lambda pair: pair[0])
        return latest.before if wall - at < latest.offset - latest.before else latest.offset


class Zones:
    """The zones that a calendar can name."""

    def __init__(self) -> None:
        self._defined: dict[str, Component] = {}
        self._made: dict[str, Defined | zoneinfo.ZoneInfo] = {}
        self._failed: dict[str, str] = {}

    def define(self, component: Component) -> None:
        """Take a definition, to be read when an event names it; the first one of a name counts."""
        try:
            name = component.first("TZID")
        except PropertyError:
            return
        if name is not None:
            self._defined.setdefault(name.value.strip("/"), component)

    def local(self, moment: dt.datetime, name: str) -> dt.datetime:
        """Return a local time with its offset; raises PropertyError for a zone that nobody knows."""
        if name not in self._made and name not in self._failed:
            try:
                self._made[name] = self._make(name)
            except (
                PropertyError,
                ValueError,
                TypeError,
                OverflowError,
                AttributeError,
                LookupError,
            ) as error:
                self._failed[name] = str(error)
        if name in self._failed:
            raise PropertyError(self._failed[name])
        zone = self._made[name]
        if isinstance(zone, Defined):
            return moment.replace(tzinfo=dt.timezone(zone.offset(moment)))
        return moment.replace(tzinfo=zone)

    def _make(self, name: str) -> Defined | zoneinfo.ZoneInfo:
        plain = name.strip("/")
        if plain in known_names():
            return _look_up(plain)
        if plain in self._defined:
            return _defined(self._defined[plain])
        # Some programs write the name of a zone behind one of their own.
        pieces = plain.split("/") if name.startswith("/") else []
        tails = ["/".join(pieces[place:]) for place in range(max(1, len(pieces) - 3), len(pieces))]
        for each in (WINDOWS_TO_OLSON.get(plain, ""), *tails):
            if each in known_names():
                return _look_up(each)
        shown = name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
        raise PropertyError(f"the zone `{shown}` is not known, and the calendar does not define it")


def _defined(component: Component) -> Defined:
    where = f"the zone defined on line {component.number} cannot be used"
    try:
        found = [_observance(part) for part in component.inner if part.name in ("STANDARD", "DAYLIGHT")]
    except (PropertyError, ValueError, TypeError, OverflowError, AttributeError) as error:
        raise PropertyError(f"{where}: {error}") from None
    if not found:
        raise PropertyError(f"{where}: it has no `STANDARD` and no `DAYLIGHT`")
    return Defined(tuple(found))


def _observance(part: Component) -> Observance:
    start = _wall(part.first("DTSTART"), "DTSTART")
    dates = [start]
    for each in part.all("RDATE"):
        texts = each.value.split(",")
        if len(texts) + len(dates) > MOST_TIMES:
            raise PropertyError(f"it has more than {MOST_TIMES:,} changes")
        dates += [_wall(Property(text.partition("/")[0]), "RDATE") for text in texts]
    rules = part.all("RRULE")
    if len(rules) > 1:
        raise PropertyError("it has several rules")
    rule = rules[0].value.upper() if rules else None
    if rule is not None:
        if not _YEARLY.search(rule) or _FINER.search(rule):
            raise PropertyError(f"its rule `{rule[:_SHOWN]}` is not one for a day of the year")
        if (count := _COUNT.search(rule)) and int(count[1]) > MOST_TIMES:
            raise PropertyError(f"it has more than {MOST_TIMES:,} changes")
        _rrule(rule, dtstart=start, ignoretz=True)
    before, offset = _offset(part, "TZOFFSETFROM"), _offset(part, "TZOFFSETTO")
    return Observance(part.name == "STANDARD", start, before, offset, tuple(dates), rule)


def _wall(found: Property | None, name: str) -> dt.datetime:
    value = None if found is None else _read_value(found.value.strip())
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    raise PropertyError(f"it has no `{name}` that can be read")


def _offset(part: Component, name: str) -> dt.timedelta:
    found = part.first(name)
    if found is None:
        raise PropertyError(f"it has no `{name}`")
    try:
        offset: Any = _read_offset(found.value.strip())
    except ValueError:
        offset = None
    if not isinstance(offset, dt.timedelta) or abs(offset) > FARTHEST:
        raise PropertyError(f"`{name}` is `{found.value[:_SHOWN]}`, which is the offset of no place")
    return offset
