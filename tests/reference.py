"""A second reading of the language: each rule kind as its sentence says it, with the quantifiers written out.

It shares no judging code with the package and is quadratic or worse.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache, partial
from itertools import pairwise, product
from typing import TypedDict
from unicodedata import normalize
from zoneinfo import ZoneInfo

import attrs
import holidays

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.fields import FOLDED, fold
from comity.events.values import attribute_text
from comity.kinds.contact_hours import ContactHours, SlotTable
from comity.kinds.contact_window import ContactWindow
from comity.kinds.forbidden import Forbidden
from comity.kinds.maximum_contacts import MaximumContacts
from comity.kinds.maximum_gap import MaximumGap
from comity.kinds.maximum_share import MaximumShare
from comity.kinds.message_style import MessageStyle
from comity.kinds.minimum_gap import MinimumGap
from comity.kinds.requires import Ground, Requires
from comity.kinds.response_window import PauseTable, ResponseWindow
from comity.kinds.stop_after import StopAfter
from comity.kinds.thank_you_window import ThankYouWindow
from comity.policy.model import EffectiveDates, OpeningTable, Policy, Rule, RuleKind, Settings
from comity.policy.types import (
    Dates,
    FieldBound,
    FieldName,
    OwnInstant,
    Positive,
    PrecededBy,
    SelectorRef,
    SelectorTable,
    Test,
    Weight,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_DAY = dt.date(2000, 1, 1).toordinal()
"""Business days are counted from here on."""
ALWAYS_LATER = 10**30
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
EPOCH_DAY = EPOCH.toordinal()
MICROSECOND = dt.timedelta(microseconds=1)
MONTHS = {"month": 1, "year": 12}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

RELATIONS = ("at_least", "at_most", "more_than", "less_than")
Scope = tuple[str | None, ...]
Value = str | float | bool


class Judgement(TypedDict):
    """What the specification says of one event, rule and scope."""

    policy: str
    rule: str
    kind: str
    severity: str
    status: str
    person: str
    scope: dict[str, str | None]
    event: str
    at: int
    evidence: list[str]
    begins: int
    """From when on it is asked for: the event's instant, or where a period before was missed."""
    due: int | None
    measured: str | None
    """None where this reading does not say it in words: of hours, texts and business hours."""
    allowed: Callable[[int], bool] | None


def judge(
    policy: Policy,
    events: Sequence[Event],
    channels: Channels,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> list[Judgement]:
    """Judge every event by every rule of the policy; `events` come in the order of the input."""
    if not events:
        return []
    if as_of is None:
        as_of = max(event.at for event in events)
    log = Log(policy, events, channels)
    found: list[tuple[tuple[object, ...], Judgement]] = []
    missed: dict[tuple[str, int, Scope], int] = {}
    for name, rule in policy.rules.items():
        if not rule.common.enabled:
            continue
        for place, scope, judgement in log.judge(name, rule, as_of):
            if judgement["status"] == "kept":
                continue
            at, begins = log.events[place].at, judgement["begins"]
            if (since is None or since <= begins) and (until is None or begins < until):
                if judgement["kind"] == "maximum-gap" and judgement["status"] == "violation":
                    run = name, place, scope
                    missed[run] = missed.get(run, 0) + 1
                    if missed[run] > 1_000:
                        continue
                ordered = tuple((value is not None, value or "") for value in scope)
                key = (judgement["person"], at, log.inputs[place], policy.id, name, ordered)
                found.append((key, judgement))
    return [judgement for _, judgement in sorted(found, key=lambda pair: pair[0])]


Place = tuple[int, str, tuple[tuple[str, str | None], ...]]
"""The position of an event in the input, a rule and a scope."""


def decide(
    policy: Policy,
    history: Sequence[Event],
    proposed: Event,
    channels: Channels,
    *,
    ignore_later: bool = False,
) -> tuple[str, list[Judgement], list[Judgement], Callable[[int], bool]]:
    """Return the outcome, the findings about the proposed event and later ones, and when it is allowed.

    A later event is found where it breaks a rule with the proposed event and does not without it. At other
    instants the proposed event keeps the roles that it has at its own.
    """
    if ignore_later:
        history = [event for event in history if event.at <= proposed.at]
    place = len(history)
    without = broken_in(Log(policy, history, channels), None)
    log = Log(policy, [*history, proposed], channels)
    broken = {key: judgement for key, judgement in broken_in(log, place).items() if key not in without}
    own = [judgement for (place_, *_), judgement in broken.items() if place_ == place]
    later = [judgement for (place_, *_), judgement in broken.items() if place_ != place]

    def allowed(instant: int) -> bool:
        timed = proposed.date_only and instant == proposed.at
        event = attrs.evolve(proposed, at=instant, date_only=timed)
        moved = Log(policy, [*history, event], channels, frozen=(place, log))
        return not any(
            judgement["severity"] == "error"
            for key, judgement in broken_in(moved, place).items()
            if key not in without
        )

    doubted = list(log.doubted(place))
    if doubted:
        names = {judgement["rule"] for judgement in doubted}
        own = [judgement for judgement in own if judgement["rule"] not in names]
        return "indeterminate", [*own, *doubted], later, lambda instant: False
    if any(judgement["status"] == "indeterminate" for judgement in broken.values()):
        return "indeterminate", own, later, allowed
    if any(judgement["severity"] == "error" for judgement in broken.values()):
        return "deny", own, later, allowed
    return "warn" if broken else "allow", own, later, allowed


def broken_in(log: Log, proposed: int | None) -> dict[Place, Judgement]:
    """Return what is broken in a log, by the rules that are not about responses.

    `proposed` is the position of the proposed event in the input.
    """
    return {
        (log.inputs[place], name, tuple(judgement["scope"].items())): judgement
        for name, rule in log.policy.rules.items()
        if rule.common.enabled and not isinstance(rule.body, ResponseWindow | ThankYouWindow | MaximumGap)
        for place, _, judgement in log.judge(name, rule, 0, deciding=True, proposed=proposed)
        if judgement["status"] != "kept"
    }


# --- zones, days and calendars -------------------------------------------------------------------------


@lru_cache(256)
def zone_named(name: str) -> dt.tzinfo:
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", name)
    if offset is None:
        return ZoneInfo(name)
    length = dt.timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    return dt.timezone(length if offset[1] == "+" else -length)


def wall_clock(zone: str, instant: int) -> dt.datetime:
    return (EPOCH + instant * MICROSECOND).astimezone(zone_named(zone)).replace(tzinfo=None)


def offset_at(zone: str, instant: int) -> int:
    return (wall_clock(zone, instant) - EPOCH.replace(tzinfo=None)) // MICROSECOND - instant


def first_that(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the first instant in (low, high] from which `holds` is true; it must be true at `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle
    return high


def offset_differs(zone: str, offset: int, instant: int) -> bool:
    return offset_at(zone, instant) != offset


@lru_cache(16384)
def changes_on(zone: str, utc_day: int) -> tuple[int, ...]:
    """Return the instants of a UTC day at which the zone's offset changes, its last midnight included."""
    hours = [utc_day * DAY + hour * HOUR for hour in range(25)]
    found = []
    for start, end in pairwise(hours):
        before = offset_at(zone, start)
        if offset_at(zone, end) != before:
            found.append(first_that(partial(offset_differs, zone, before), start, end))
    return tuple(found)


def local_day(zone: str, instant: int) -> int:
    """Return the ordinal of the latest date that the wall clock has shown up to the instant."""
    shown = [wall_clock(zone, instant).toordinal()]
    for utc_day in range(instant // DAY - 3, instant // DAY + 1):
        shown += [
            wall_clock(zone, change - 1).toordinal()
            for change in changes_on(zone, utc_day)
            if change <= instant
        ]
    return max(shown)


@lru_cache(16384)
def day_begins(zone: str, day: int) -> int:
    """Return the first instant at which the wall clock shows that date or a later one."""
    noon = (day - EPOCH_DAY) * DAY + 12 * HOUR
    return first_that(lambda x: local_day(zone, x) >= day, noon - 3 * DAY, noon + 3 * DAY)


def written_date(at: int, zones: list[str]) -> int:
    """Return the ordinal of the date that begins at an instant: in a known zone, else anywhere on Earth."""
    for zone in zones:
        if day_begins(zone, local_day(zone, at)) == at:
            return local_day(zone, at)
    after_midnight = at % DAY
    return at // DAY + EPOCH_DAY + (1 if after_midnight >= 10 * HOUR + HOUR // 2 else 0)


@dataclass(frozen=True)
class Calendar:
    dates: frozenset[dt.date] = frozenset()
    weekend: frozenset[int] = frozenset({5, 6})
    week_starts: int = 0
    code: str | None = None
    hours: tuple[OpeningTable, ...] = ()

    def is_holiday(self, date: dt.date) -> bool:
        return date in self.dates or (self.code is not None and date in public_holidays(self.code, date.year))

    def is_business_day(self, date: dt.date) -> bool:
        return date.weekday() not in self.weekend and not self.is_holiday(date)


@lru_cache(512)
def public_holidays(code: str, year: int) -> frozenset[dt.date]:
    country, _, subdivision = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


def calendar_named(policy: Policy, name: str | None) -> Calendar:
    if name is None:
        return Calendar()
    table = policy.calendars.get(name)
    if table is None:
        return Calendar(code=name)
    return Calendar(
        frozenset(table.dates),
        frozenset(WEEKDAYS.index(day) for day in table.weekend),
        WEEKDAYS.index(table.week_starts),
        table.holidays,
        table.hours,
    )


# --- spans ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    clock: str
    count: int
    further: int = 0


OPEN_UNITS = {"business hour": HOUR, "business minute": MINUTE, "business second": SECOND}


def read_span(text: str) -> Span:
    words = text.split()
    if words[0] == "same":
        return Span(text, 1)
    if len(words) > 1 and words[0].isdigit() and words[-1].isalpha() and len(words[-1]) > 1:
        unit = " ".join(words[1:]).rstrip("s")
        if unit in OPEN_UNITS:
            return Span("open", int(words[0]) * OPEN_UNITS[unit])
        count = int(words[0])
        if len(words) == 5:
            return Span("months", MONTHS[words[1].rstrip("s")] * count, int(words[2]))
        if unit == "calendar day":
            return Span("day", count)
        if unit == "business day":
            return Span("business day", count)
        return Span("months", MONTHS[unit] * count)
    lengths = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
    parts = re.findall(r"(\d+)([smhdw])", text.replace("P", "").replace("T", "").lower())
    return Span("elapsed", sum(int(number) * lengths[unit] for number, unit in parts))


@lru_cache(16384)
def months_later(day: int, months: int) -> int:
    """Return the same day so many months later, or the first of the next month if there is none."""
    date = dt.date.fromordinal(day)
    month = date.replace(day=1)
    for _ in range(months):
        month = month_after(month)
    try:
        return month.replace(day=date.day).toordinal()
    except ValueError:
        return month_after(month).toordinal()


def month_after(first: dt.date) -> dt.date:
    """Return the first day of the month after the one that begins on a day."""
    return (first + dt.timedelta(days=31)).replace(day=1)


def period(clock: str, calendar: Calendar, day: int) -> int:
    date = dt.date.fromordinal(day)
    return {
        "same day": day,
        "same week": (day - 1 - calendar.week_starts) // 7,
        "same month": 12 * date.year + date.month,
        "same quarter": 4 * date.year + (date.month - 1) // 3,
        "same year": date.year,
    }[clock]


@lru_cache(16384)
def business_days(calendar: Calendar, after: int, through: int) -> int:
    dates = (dt.date.fromordinal(day) for day in range(after + 1, through + 1))
    return sum(calendar.is_business_day(date) for date in dates)


def ticks_between(span: Span, zone: str | None, calendar: Calendar, earlier: int, later: int) -> int:
    if span.clock == "elapsed":
        return later - earlier
    assert zone is not None
    if span.clock == "open":
        return open_time(zone, calendar, earlier, later)
    first, last = local_day(zone, earlier), local_day(zone, later)
    if span.clock == "day":
        return last - first
    if span.clock == "business day":
        return business_days(calendar, first, last)
    return period(span.clock, calendar, last) - period(span.clock, calendar, first)


def opens_on(table: OpeningTable, calendar: Calendar, date: dt.date) -> bool:
    if calendar.is_holiday(date):
        return False
    if table.days is None:
        return date.weekday() not in calendar.weekend
    return WEEKDAYS[date.weekday()] in table.days


def is_open(zone: str, calendar: Calendar, instant: int) -> bool:
    """Return whether the local time of day is in the hours of the local date that the wall clock shows."""
    wall = wall_clock(zone, instant)
    time, date = time_of_day(wall.time(), 0), wall.date()
    for table in calendar.hours:
        start, end = time_of_day(table.from_, 0), time_of_day(table.to, DAY)
        if start < end:
            inside = start <= time < end and opens_on(table, calendar, date)
        else:
            yesterday = date - dt.timedelta(days=1)
            inside = start <= time and opens_on(table, calendar, date)
            inside |= time < end and opens_on(table, calendar, yesterday)
        if inside:
            return True
    return False


@lru_cache(16384)
def open_stretches(zone: str, calendar: Calendar, utc_day: int) -> tuple[tuple[int, int], ...]:
    """Return when it is open on a day of UTC: what is so at an instant stays so until the next edge."""
    begin, changes = utc_day * DAY, changes_on(zone, utc_day)
    walls = {0}
    for table in calendar.hours:
        walls |= {time_of_day(table.from_, 0), time_of_day(table.to, DAY)}
    edges = {begin, begin + DAY, *changes}
    for offset in {offset_at(zone, instant) for instant in (begin, *changes)}:
        edges |= {(utc_day + further) * DAY + wall - offset for further in (-1, 0, 1) for wall in walls}
    inside = sorted(edge for edge in edges if begin <= edge <= begin + DAY)
    return tuple(piece for piece in pairwise(inside) if is_open(zone, calendar, piece[0]))


def open_time(zone: str, calendar: Calendar, earlier: int, later: int) -> int:
    """Return how long it was open between two instants."""
    spent = 0
    for utc_day in range(earlier // DAY, later // DAY + 1):
        for start, end in open_stretches(zone, calendar, utc_day):
            spent += max(min(end, later) - max(start, earlier), 0)
    return spent


def has_been_open(zone: str, calendar: Calendar, count: int, since: int, instant: int) -> bool:
    return open_time(zone, calendar, since, instant) >= count


def is_within(text: str | None, zone: str | None, calendar: Calendar, earlier: int, later: int) -> bool:
    """Return whether `earlier` is within the span when looking back from `later`; no span is no limit."""
    if text is None or text == "ever":
        return True
    span = read_span(text)
    if span.clock == "months":
        assert zone is not None
        return local_day(zone, later) < months_later(local_day(zone, earlier), span.count) + span.further
    return ticks_between(span, zone, calendar, earlier, later) < span.count


def distance(
    span: str | OwnInstant | None, zone: str | None, calendar: Calendar, earlier: int, later: int
) -> str | None:
    """Say how far apart two instants are on the clock of a span, None for business hours and mixed spans."""
    read = read_span(span) if isinstance(span, str) else Span("elapsed", 0)
    if read.clock == "open" or read.further:
        return None
    if read.clock == "elapsed":
        return length(later - earlier)
    assert zone is not None
    if read.clock.startswith("same"):
        # Behind a deadline the two may be in different periods.
        apart = ticks_between(read, zone, calendar, earlier, later)
        return None if apart else f"the {read.clock}"
    if read.clock == "months":
        first, last = local_day(zone, earlier), local_day(zone, later)
        whole = 0
        while months_later(first, whole + 1) <= last:
            whole += 1
        return counted_in("month", whole)
    unit = {"day": "calendar day", "business day": "business day"}[read.clock]
    return counted_in(unit, ticks_between(read, zone, calendar, earlier, later))


def tick_of(span: Span, calendar: Calendar, day: int) -> int:
    """Return the number of a day on a clock: of months, 31 for each and the day of the month."""
    date = dt.date.fromordinal(day)
    if span.clock == "months":
        return 31 * (12 * date.year + date.month) + date.day
    if span.clock == "day":
        return day
    if span.clock == "business day":
        return business_days(calendar, FIRST_DAY, day)
    return period(span.clock, calendar, day)


def counted_in(unit: str, count: int) -> str:
    return f"1 {unit}" if count == 1 else f"{count} {unit}s"


def length(micros: int) -> str:
    """Write a length of time: days, hours, minutes and seconds, those that are nothing left out."""
    words = [(micros // DAY, "d"), (micros % DAY // HOUR, "h"), (micros % HOUR // MINUTE, "m")]
    seconds = Decimal(micros % MINUTE) / SECOND
    shown = [f"{count}{unit}" for count, unit in words if count]
    return " ".join([*shown, f"{seconds.normalize():f}s"] if seconds or not shown else shown)


def deadline_after(text: str, zone: str | None, calendar: Calendar, instant: int) -> int:
    """Return the last instant of the deadline."""
    span = read_span(text)
    if span.clock == "elapsed":
        return instant + span.count
    assert zone is not None
    if span.clock == "open":
        enough = partial(has_been_open, zone, calendar, span.count, instant)
        return first_that(enough, instant, instant + 60 * DAY)
    today = local_day(zone, instant)
    if span.clock == "day":
        last = today + span.count
    elif span.clock == "business day":
        last, left = today, span.count
        while left:
            last += 1
            left -= calendar.is_business_day(dt.date.fromordinal(last))
    elif span.clock == "months":
        last = months_later(today, span.count) + span.further
    else:
        last = today
        while period(span.clock, calendar, last + 1) == period(span.clock, calendar, today):
            last += 1
    return day_begins(zone, last + 1) - 1


def at_distance(text: str, zone: str, calendar: Calendar, instant: int) -> tuple[int, int]:
    """Return the first and the last instant that are so far before (`-`) or after (`+`) an instant."""
    number = re.search(r"\d+", text)
    assert number is not None
    before, span = text[0] == "-", read_span(text.lstrip("+-"))
    if int(number[0]) == 0:
        span = Span(span.clock, 0)
    if span.clock == "elapsed":
        there = instant - span.count if before else instant + span.count
        return there, there
    if span.clock == "open":
        if not span.count:
            return instant, instant
        if before:
            too_far = partial(has_not_been_open, zone, calendar, span.count, instant)
            there = first_that(too_far, instant - 60 * DAY, instant) - 1
        else:
            there = deadline_after(text.lstrip("+-"), zone, calendar, instant)
        return there, there
    day, left = local_day(zone, instant), span.count
    if span.clock == "day":
        day += -left if before else left
    elif span.clock == "business day":
        while left:
            day += -1 if before else 1
            left -= calendar.is_business_day(dt.date.fromordinal(day))
    elif before:
        day = months_before(day, left) - span.further
    else:
        day = months_later(day, left) + span.further if left else day
    return day_begins(zone, day), day_begins(zone, day + 1) - 1


def further(span: OwnInstant, zone: str, calendar: Calendar, instant: int, is_date: bool) -> tuple[int, int]:
    """Return the last instant of a span up to an instant of a field, and the first one after it."""
    last = instant - 1 if is_date else instant
    text = f"+{span.plus}" if span.plus else f"-{span.minus}" if span.minus else None
    if text is None:
        return last, instant
    last = at_distance(text, zone, calendar, last)[1]
    is_day = read_span(text[1:]).clock not in ("elapsed", "open")
    return last, last + 1 if is_day or is_date else last


def has_not_been_open(zone: str, calendar: Calendar, count: int, until: int, since: int) -> bool:
    return open_time(zone, calendar, since, until) < count


def months_before(day: int, months: int) -> int:
    """Return the same day so many months earlier, or the first of the next month if there is none."""
    date = dt.date.fromordinal(day)
    month = date.replace(day=1)
    for _ in range(months):
        month = (month - dt.timedelta(days=1)).replace(day=1)
    try:
        return month.replace(day=date.day).toordinal()
    except ValueError:
        return month_after(month).toordinal()


def window_around(
    body: ContactWindow, zone: str, calendar: Calendar, first: int, last: int
) -> tuple[int, int]:
    """Return the first and the last instant from `from` before or after an instant until `to`."""
    begin, end = -ALWAYS_LATER, ALWAYS_LATER
    if body.from_ is not None:
        begin = at_distance(body.from_, zone, calendar, first)[0]
    if body.to is not None:
        end = at_distance(body.to, zone, calendar, last)[1]
    return begin, end


def instant_of(text: str, zone: str) -> tuple[int, bool] | None:
    """Read a text as an instant, local where it has no offset; of a date, the instant when it is over."""
    written = re.fullmatch(
        r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?(Z|UTC|GMT)| ?[+-]\d\d(:?[0-5]\d)?)?)?",
        text,
        re.ASCII | re.IGNORECASE,
    )
    if written is None or text[11:13] == "24":
        return None
    if written[5]:
        text = text[: written.start(4)] + "+00:00"
    elif written[4]:
        text = text[: written.start(4)] + written[4].strip()
    try:
        if written[1] is None:
            return day_begins(zone, dt.date.fromisoformat(text).toordinal() + 1), True
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (
        (moment if moment.tzinfo else moment.replace(tzinfo=zone_named(zone))) - EPOCH
    ) // MICROSECOND, False


# --- slots and style -----------------------------------------------------------------------------------


def time_of_day(value: dt.time | str | None, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, dt.time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * SECOND + value.microsecond
    hours, minutes, *rest = value.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE + round(float(rest[0] if rest else 0) * SECOND)


def in_dates(dates: Dates, date: dt.date) -> bool:
    first, last = dates.from_, dates.through
    if first is None or last is None:
        return date in dates.listed
    if isinstance(first, dt.date) and isinstance(last, dt.date):
        return first <= date <= last
    today = f"{date.month:02}-{date.day:02}"
    if str(first) <= str(last):
        return str(first) <= today <= str(last)
    return today >= str(first) or today <= str(last)


def slot_day(slot: SlotTable, calendar: Calendar, date: dt.date) -> bool:
    """Return whether a slot begins on a date."""
    if slot.days is not None and WEEKDAYS[date.weekday()] not in slot.days:
        return False
    if slot.holidays == "exclude" and calendar.is_holiday(date):
        return False
    if slot.holidays == "only" and not calendar.is_holiday(date):
        return False
    return slot.dates is None or in_dates(slot.dates, date)


def in_slot(slot: SlotTable, calendar: Calendar, wall: dt.datetime) -> bool:
    start, end = time_of_day(slot.from_, 0), time_of_day(slot.to, DAY)
    time, date = time_of_day(wall.time(), 0), wall.date()
    if start < end:
        return start <= time < end and slot_day(slot, calendar, date)
    if start <= time and slot_day(slot, calendar, date):
        return True
    return time < end and slot_day(slot, calendar, date - dt.timedelta(days=1))


def exceeds(body: MaximumShare, parts: int, wholes: int) -> bool:
    """Return whether the parts are more than the share of the whole, if that is large enough."""
    return wholes >= body.at_least and Decimal(parts) * 100 > wholes * Decimal(body.share.rstrip("% "))


def grounds_of(body: Requires) -> Sequence[Ground]:
    """Return what is asked for, one of which is enough."""
    if body.any is not None:
        return body.any
    assert body.event is not None
    return [Ground(body.event, body.in_last, body.until, body.at_least, body.distinct)]


def share_of(body: MaximumShare, parts: int, wholes: int) -> str:
    """Say how many of how many, in percent with so many digits that they differ from the share as it does."""
    limit, text = Decimal(body.share.rstrip("% ")), f"{100 * parts / wholes:.4g}"
    for digits in range(5, 60):
        shown, found = Decimal(text), Decimal(100 * parts)
        if (shown > limit, shown < limit) == (found > limit * wholes, found < limit * wholes):
            break
        text = f"{Context(prec=digits).divide(Decimal(100 * parts), Decimal(wholes)):f}"
    return f"{parts} of {wholes} ({text}%)"


def words_of(text: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"\w+", text)]


def says(text: str, phrase: str) -> bool:
    said, wanted = words_of(text), words_of(phrase)
    return any(said[i : i + len(wanted)] == wanted for i in range(len(said)))


def keeps_style(style: MessageStyle, text: str) -> bool:
    if style.max_words is not None and len(text.split()) > style.max_words:
        return False
    if style.max_characters is not None and len(text.strip()) > style.max_characters:
        return False
    if any(says(text, phrase) for phrase in style.forbid_phrases or ()):
        return False
    for choice in style.require_phrases or ():
        phrases = (choice,) if isinstance(choice, str) else choice
        if not any(says(text, phrase) for phrase in phrases):
            return False
    return True


# --- events --------------------------------------------------------------------------------------------


def texts_of(event: Event, field: str, channels: Channels) -> list[str]:
    """Return the values of a field as they are compared; none where it is absent."""
    values: Sequence[str | None]
    match field:
        case "channel":
            values = [channels.name(event.channel)]
        case "medium":
            values = [channels.medium(channels.name(event.channel))]
        case "kind" | "direction":
            values = [fold(str(getattr(event, field)))]
        case "outcome":
            values = [None if event.outcome is None else fold(event.outcome)]
        case "matter":
            values = event.matter
        case "person" | "id" | "actor" | "timezone":
            values = [getattr(event, field)]
        case _:
            value = event.attributes.get(field)
            values = [None if value is None else attribute_text(value)]
    return [value.strip() for value in values if value is not None and value.strip()]


def instant_texts(event: Event, field: str) -> list[str]:
    """Return the text of an attribute that holds an instant; whole numbers are microseconds."""
    value = event.attributes.get(field)
    if type(value) is int and abs(value) > 10**13:
        return [(EPOCH + value * MICROSECOND).isoformat()]
    return [] if value is None or not (attribute_text(value) or "").strip() else [attribute_text(value) or ""]


def composed(text: str) -> str:
    """Return a text in NFC without what shows nothing, and trimmed."""
    return normalize("NFC", re.sub("[\u00ad\u200b-\u200f\u2060\ufeff]", "", text)).strip()


def scopes_of(event: Event, per: Sequence[str], channels: Channels) -> set[Scope]:
    """Return the values of the `per` fields, once for each matter where that is one of them."""
    values: list[list[str | None]] = [
        [*filter(None, map(composed, texts_of(event, field, channels)))] or [None] for field in per
    ]
    return set(product(*values))


def per_of(own: Sequence[str] | None, settings: Settings) -> Sequence[str]:
    if own is not None:
        return own
    return ("person",) if settings.per is None else settings.per


def zones_of(event: Event, timezone: str | None, fallback: str | None) -> list[str]:
    """Return the zones of an event: of the rule, else its own, else the policy's."""
    if timezone is not None:
        return [timezone]
    if event.timezone is not None and event.timezone.split():
        return event.timezone.split()
    return [] if fallback is None else [fallback]


def zone_of(event: Event, timezone: str | None, fallback: str | None) -> str | None:
    return next(iter(zones_of(event, timezone, fallback)), None)


def read_number(text: str) -> list[float]:
    decimal = re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", text, re.ASCII)
    return [float(text)] if decimal and abs(float(text)) != float("inf") else []


def read_points(texts: Iterable[str]) -> list[Decimal]:
    """Read numbers of points, which are not negative and at most a billion, to six places."""
    return [
        Decimal(text).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)
        for text in texts
        for number in read_number(text)
        if 0 <= number <= 10**9
    ]


def read_boolean(text: str) -> list[bool]:
    word = text.casefold()
    truths = [pair.split("/") for pair in ("true/false", "yes/no", "y/n", "t/f", "on/off", "1/0")]
    return [word == true for true, false in truths if word in (true, false)]


def several_of(texts: list[str]) -> list[str] | None:
    """Return the texts of a JSON array, else the text itself; None for JSON of another form."""
    if not texts or texts[0][0] not in "[{":
        return texts
    try:
        found = json.loads(texts[0])
    except ValueError:
        return texts
    if type(found) is not list or {*map(type, found)} - {str}:
        return None
    return [text.strip() for text in found if text.strip()]


def glob(pattern: str, text: str) -> bool:
    special = {"*": ".*", "?": "."}
    expression = "".join(special.get(letter) or re.escape(letter) for letter in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def parts_of(test: Test) -> list[Test]:
    """Return tests that ask one thing each."""
    asked = {name: value for name, value in attrs.asdict(test, recurse=False).items() if value is not None}
    return [Test(**{name: value}) for name, value in asked.items()]


def compared_with(test: Test) -> list[str]:
    """Return the other fields that a test names."""
    bounds = [str(bound.field) for name in RELATIONS if isinstance(bound := getattr(test, name), FieldBound)]
    return bounds if test.same_as is None else [test.same_as, *bounds]


# --- judging -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A rule asked about one event in one scope: places are positions in the order."""

    rule: Rule
    place: int
    before: list[int]
    zone: str | None
    zones: list[str]
    fallback: str | None
    calendar: Calendar


class Log:
    """The events of a log in order, and what a policy's selectors say of each."""

    def __init__(
        self,
        policy: Policy,
        events: Sequence[Event],
        channels: Channels,
        frozen: tuple[int, Log] | None = None,
    ) -> None:
        """Take events, and the input position of one that plays the roles that it plays in another log."""
        self.frozen = frozen
        self.policy = policy
        self.channels = channels
        self.inputs = sorted(range(len(events)), key=lambda i: (events[i].at, i))
        self.events = [events[i] for i in self.inputs]
        self.places = range(len(events))
        self.known: dict[tuple[int, int], set[int]] = {}

    def label(self, place: int) -> str:
        event = self.events[place]
        return event.id or event.label or f"#{self.inputs[place] + 1}"

    def settings(self, own: Settings | None) -> Settings:
        return self.policy.settings if own is None else own.within(self.policy.settings)

    # selectors

    def as_frozen(self, place: int) -> tuple[Log, int]:
        """Return the log in which an event is asked what it is, and its place there."""
        if self.frozen is None or self.inputs[place] != self.frozen[0]:
            return self, place
        log = self.frozen[1]
        return log, log.inputs.index(self.frozen[0])

    def holds(self, selector: SelectorRef, place: int, settings: Settings) -> bool:
        log, asked_at = self.as_frozen(place)
        if log is not self:
            return log.holds(selector, asked_at, settings)
        if isinstance(selector, str):
            named = self.policy.events[selector]
            return self.holds(named.selector, place, self.settings(named.settings))
        if not all(self.passes(test, field, place, settings) for field, test in selector.tests.items()):
            return False
        if selector.any is not None and not any(self.holds(s, place, settings) for s in selector.any):
            return False
        if selector.not_ is not None and self.holds(selector.not_, place, settings):
            return False
        if selector.during is not None and not any(self.lasts(name, place) for name in selector.during):
            return False
        asked = selector.preceded_by
        return asked is None or self.came_before(asked, place, settings)

    def lasts(self, name: str, place: int) -> bool:
        """Return whether a state lasts at an event: it began before, and has not ended since."""
        state = self.policy.states[name]
        table = state.table
        asked = PrecededBy(table.from_, table.in_last, table.until, Positive(1), table.per)
        return self.came_before(asked, place, self.settings(state.settings))

    def came_before(self, asked: PrecededBy, place: int, settings: Settings) -> bool:
        event = self.events[place]
        per = per_of(asked.per, settings)
        zone = zone_of(event, None, settings.timezone)
        calendar = calendar_named(self.policy, settings.calendar)
        for scope in scopes_of(event, per, self.channels):
            earlier = [p for p in self.members(per, scope) if p < place]
            lifting = [q for q in earlier if asked.until is not None and self.holds(asked.until, q, settings)]
            found = [
                p
                for p in earlier
                if self.holds(asked.event, p, settings)
                and self.still(asked.in_last, p, event.at, zone, None, settings, calendar)
                and not any(p < q < place for q in lifting)
            ]
            if self.number_of(found, asked.distinct, zone=None, fallback=settings.timezone) >= asked.at_least:
                return True
        return False

    def number_of(
        self, places: Iterable[int], distinct: str | None, zone: str | None, fallback: str | None
    ) -> int:
        """Count events, or their different values; days are read in each event's own zone."""
        if distinct is None:
            return len({*places})
        values: set[str | int] = set()
        for p in places:
            values |= self.differs_by(distinct, p, self.events[p].at, zone, fallback)
        return len(values)

    def differs_by(
        self, name: str, place: int, instant: int, zone: str | None, fallback: str | None
    ) -> set[str | int]:
        """Return the values of a field, or the local day at an instant, by which events differ."""
        event = self.events[place]
        if name == "day":
            own = zone_of(event, zone, fallback)
            assert own is not None
            return {local_day(own, instant)}
        nothing = "unspecified" if name == "channel" else ""
        found = map(composed, texts_of(event, name, self.channels))
        return {value for value in found if value and value != nothing}

    def still(
        self,
        span: str | OwnInstant | None,
        place: int,
        instant: int,
        zone: str | None,
        timezone: str | None,
        settings: Settings,
        calendar: Calendar,
    ) -> bool:
        """Return whether an event is within a span (its own field's, if so said) at an instant."""
        event = self.events[place]
        if not isinstance(span, OwnInstant):
            return is_within(span, zone, calendar, event.at, instant)
        own = zone_of(event, timezone, settings.timezone)
        assert own is not None
        found = [read for text in self.own_texts(event, span) if (read := instant_of(text, own)) is not None]
        if found:
            return instant < further(span, own, calendar, *found[0])[1]
        return span.else_ is not None and is_within(span.else_, own, calendar, event.at, instant)

    def own_texts(self, event: Event, span: OwnInstant) -> list[str]:
        return instant_texts(event, span.field)

    def due(self, asked: Asked, span: str | OwnInstant) -> int | None:
        event = self.events[asked.place]
        if not isinstance(span, OwnInstant):
            return deadline_after(span, asked.zone, asked.calendar, event.at)
        assert asked.zone is not None
        texts = self.own_texts(event, span)
        found = [read for text in texts if (read := instant_of(text, asked.zone)) is not None]
        if found:
            return further(span, asked.zone, asked.calendar, *found[0])[0]
        return (
            None if span.else_ is None else deadline_after(span.else_, asked.zone, asked.calendar, event.at)
        )

    def stands(self, field: str, relation: str, other: str, place: int, settings: Settings) -> bool:
        """Return whether a field of an event stands so to another one."""
        event = self.events[place]
        types = {name: self.policy.attributes.get(name, "text") for name in (field, other)}
        if "at" in types or "instant" in types.values():
            zone = zone_of(event, None, settings.timezone)
            for begin, end in self.stretches(event, field, zone):
                for other_begin, other_end in self.stretches(event, other, zone):
                    if {
                        "same_as": begin <= other_end and end >= other_begin,
                        "at_least": end >= other_begin,
                        "at_most": begin <= other_end,
                        "more_than": begin > other_end,
                        "less_than": end < other_begin,
                    }[relation]:
                        return True
            return False
        read: Callable[[str], Sequence[Value]] = {
            "number": read_number,
            "boolean": read_boolean,
        }.get(types[field], lambda text: [text])
        ones = [value for text in self.beside(event, field, other) for value in read(text)]
        others = [value for text in self.beside(event, other, field) for value in read(text)]
        for one, two in product(ones, others):
            if relation == "same_as":
                if one == two:
                    return True
                continue
            assert isinstance(one, float)
            assert isinstance(two, float)
            if {
                "at_least": one >= two,
                "at_most": one <= two,
                "more_than": one > two,
                "less_than": one < two,
            }[relation]:
                return True
        return False

    def beside(self, event: Event, field: str, other: str) -> list[str]:
        """Return a field's texts as they are compared: an attribute's in the form of the other field."""
        texts = texts_of(event, field, self.channels)
        if self.policy.attributes.get(field) == "texts":
            texts = several_of(texts) or []
        if isinstance(event.attributes.get(field), float) and self.policy.attributes.get(field) == "boolean":
            texts = [text.removesuffix(".0") for text in texts]
        if field not in self.policy.attributes:
            return texts
        if other == "channel":
            return [self.channels.name(text) for text in texts]
        if other == "direction":
            sent, received = ("out", "outgoing", "sent"), ("in", "incoming", "received")
            words = {**dict.fromkeys(sent, "outbound"), **dict.fromkeys(received, "inbound")}
            return [words.get(fold(text), fold(text)) for text in texts]
        if other in FOLDED:
            return [fold(text) for text in texts]
        return [composed(text) for text in texts] if other in ("person", "actor", "matter") else texts

    def stretches(self, event: Event, field: str, zone: str | None) -> list[tuple[int, int]]:
        """Return the first and the last instant of what a field names: a day where it is a date."""
        if field == "at":
            return [(event.at, event.at)]
        assert zone is not None
        found = []
        for text in instant_texts(event, field):
            read = instant_of(text, zone)
            if read is not None and read[1]:
                day = dt.date.fromisoformat(text.strip()).toordinal()
                found.append((day_begins(zone, day), read[0] - 1))
            elif read is not None:
                found.append((read[0], read[0]))
        return found

    def passes(self, test: Test, field: str, place: int, settings: Settings) -> bool:
        event = self.events[place]
        bounds = {name: bound for name in RELATIONS if isinstance(bound := getattr(test, name), FieldBound)}
        if bounds:
            others = [(name, bound.field) for name, bound in bounds.items()]
            rest = attrs.evolve(test, **dict.fromkeys(bounds))
            found = all(self.stands(field, name, other, place, settings) for name, other in others)
            return found and self.passes(rest, field, place, settings)
        if test.same_as is not None and not self.stands(field, "same_as", test.same_as, place, settings):
            return False
        typed = self.policy.attributes.get(field, "text")
        values: Sequence[Value]
        texts = [] if field == "at" else texts_of(event, field, self.channels)
        if field == "at":
            values = [event.at]
        elif typed == "number":
            values = [number for text in texts for number in read_number(text)]
        elif typed == "boolean":
            # A whole number is one however it is kept: 1.0 as 1.
            texts = [
                text.removesuffix(".0") for text in texts if isinstance(event.attributes[field], float)
            ] or texts
            values = [truth for text in texts for truth in read_boolean(text)]
        elif typed == "texts":
            values = several_of(texts) or []
        elif typed == "instant":
            values = [text for text in instant_texts(event, field) if instant_of(text, "UTC") is not None]
        else:
            values = texts

        def operand(value: object) -> Value:
            if isinstance(value, dt.datetime):
                return (value - EPOCH) // MICROSECOND
            if isinstance(value, str):
                return self.channels.canonical(field, value) if field in FOLDED else composed(value)
            assert isinstance(value, bool | int | float)
            return value if isinstance(value, bool) else float(value)

        def compares(bound: object, holds: Callable[[float, float], bool]) -> bool:
            limit = operand(bound)
            assert not isinstance(limit, str)
            return any(holds(value, limit) for value in values if not isinstance(value, str))

        if test.one_of is not None and not any(v == operand(w) for v in values for w in test.one_of):
            return False
        if test.not_ is not None and any(v == operand(w) for v in values for w in test.not_):
            return False
        if test.all_of is not None and not all(operand(w) in values for w in test.all_of):
            return False
        if test.exists is not None and bool(values) is not test.exists:
            return False
        if test.at_least is not None and not compares(test.at_least, lambda v, w: v >= w):
            return False
        if test.at_most is not None and not compares(test.at_most, lambda v, w: v <= w):
            return False
        if test.more_than is not None and not compares(test.more_than, lambda v, w: v > w):
            return False
        if test.less_than is not None and not compares(test.less_than, lambda v, w: v < w):
            return False
        if test.like is not None:
            pattern = fold(test.like) if field in FOLDED else test.like
            return any(glob(pattern, str(value)) for value in values)
        return True

    def tests_direction(self, selector: SelectorRef) -> bool:
        if isinstance(selector, str):
            return self.tests_direction(self.policy.events[selector].selector)
        if "direction" in selector.tests:
            return True
        parts = [*(selector.any or ()), *(() if selector.not_ is None else (selector.not_,))]
        return any(self.tests_direction(part) for part in parts)

    def selected(self, rule: Rule, selector: SelectorRef | None) -> set[int]:
        if selector is None:
            return set()
        asked = (id(rule), id(selector))
        if asked not in self.known:
            settings = self.settings(rule.settings)
            self.known[asked] = {p for p in self.places if self.holds(selector, p, settings)}
        return self.known[asked]

    def contacts(self, rule: Rule, selector: SelectorRef) -> set[int]:
        """Return the contact events, by default the outbound ones, the exempt left out."""
        found = self.selected(rule, selector) - self.selected(rule, rule.common.exempt)
        if self.tests_direction(selector):
            return found
        return {p for p in found if fold(self.events[p].direction) == "outbound"}

    def parts(self, rule: Rule, body: MaximumShare) -> set[int]:
        """Return the contact events that are events of the whole, or all of them where none can be both."""
        found = self.contacts(rule, body.contact)
        return found if self.apart(body) else found & self.selected(rule, body.of)

    def apart(self, body: MaximumShare) -> bool:
        """Return whether part and whole ask for different words of a field that has one value."""
        for field in ("kind", "channel", "medium", "direction", "outcome", "actor"):
            part, whole = self.words_asked(body.contact, field), self.words_asked(body.of, field)
            if field == "direction" and not self.tests_direction(body.contact):
                part = {"outbound"} if part is None else part & {"outbound"}
            if part is not None and whole is not None and not part & whole:
                return True
        return False

    def words_asked(self, selector: SelectorRef, field: str) -> set[str] | None:
        """Return the only words of a field with which an event can pass; None if any word can."""
        if isinstance(selector, str):
            return self.words_asked(self.policy.events[selector].selector, field)
        asked: list[set[str]] = []
        test = selector.tests.get(field)
        if test is not None and test.one_of is not None:
            words = [str(value) for value in test.one_of]
            folded = field in FOLDED
            asked.append({self.channels.canonical(field, w) if folded else composed(w) for w in words})
        if selector.any is not None:
            either = [self.words_asked(each, field) for each in selector.any]
            if None not in either:
                asked.append({word for words in either if words for word in words})
        return set.intersection(*asked) if asked else None

    def members(self, per: Sequence[str], scope: Scope) -> list[int]:
        return [p for p in self.places if scope in scopes_of(self.events[p], per, self.channels)]

    # rules

    def in_effect(self, effective: EffectiveDates | None, zone: str | None, instant: int) -> bool:
        if effective is None or (effective.from_ is None and effective.through is None):
            return True
        assert zone is not None
        day = local_day(zone, instant)
        if effective.from_ is not None and day < effective.from_.toordinal():
            return False
        return effective.through is None or day <= effective.through.toordinal()

    # what does not read

    def doubted(self, position: int) -> Iterable[Judgement]:
        """Return the rules that would or would not judge an event, if what does not read in it were known."""
        place = self.inputs.index(position)
        event = self.events[place]
        for name, rule in self.policy.rules.items():
            if not rule.common.enabled or isinstance(rule.body, ResponseWindow | ThankYouWindow | MaximumGap):
                continue
            if isinstance(rule.body, MessageStyle) and not texts_of(event, rule.body.field, self.channels):
                continue  # A message that is not there has no style, whoever it is to.
            settings, common = self.settings(rule.settings), rule.common
            contact: SelectorRef = getattr(rule.body, "contact")  # noqa: B009
            share = rule.body if isinstance(rule.body, MaximumShare) else None
            judged = {
                one
                and whole
                and not other
                and (self.tests_direction(contact) or fold(event.direction) == "outbound")
                for one in self.possibly(contact, place, settings)
                for whole in (
                    {True} if share is None or self.apart(share) else self.possibly(share.of, place, settings)
                )
                for other in (
                    {False} if common.exempt is None else self.possibly(common.exempt, place, settings)
                )
            }
            zone = zone_of(event, common.timezone, settings.timezone)
            weighed = isinstance(rule.body, MaximumContacts) and self.has_doubtful_weight(rule.body, place)
            if isinstance(rule.body, ContactWindow):
                if not texts_of(event, rule.body.around, self.channels):
                    continue  # What is around nothing is not judged.
                weighed = self.is_unreadable(rule.body.around, place)
            if (
                True not in judged
                or (len(judged) < 2 and not weighed)
                or not (
                    self.in_effect(common.effective, zone, event.at)
                    and self.in_effect(settings.effective, zone, event.at)
                )
            ):
                continue
            per = per_of(common.per, settings)
            for scope in scopes_of(event, per, self.channels):
                yield Judgement(
                    policy=self.policy.id,
                    rule=name,
                    kind=rule.body.kind,
                    severity=common.severity,
                    status="indeterminate",
                    person=event.person,
                    scope=dict(zip(per, scope, strict=True)),
                    event=self.label(place),
                    at=event.at,
                    begins=event.at,
                    evidence=[],
                    due=None,
                    measured=None,
                    allowed=None,
                )

    def possibly(self, selector: SelectorRef, place: int, settings: Settings) -> set[bool]:
        """Return what a selector may say of an event, whatever its attributes that do not read may be."""
        if isinstance(selector, str):
            named = self.policy.events[selector]
            return self.possibly(named.selector, place, self.settings(named.settings))
        parts = [
            {True, False}
            if any(self.is_unreadable(each, place) for each in (field, *compared_with(part)))
            else {self.passes(part, field, place, settings)}
            for field, test in selector.tests.items()
            for part in parts_of(test)
        ]
        if selector.any is not None:
            either = [self.possibly(each, place, settings) for each in selector.any]
            parts.append({any(each) for each in product(*either)})
        if selector.not_ is not None:
            parts.append({not each for each in self.possibly(selector.not_, place, settings)})
        if selector.preceded_by is not None:
            asked = SelectorTable(preceded_by=selector.preceded_by)
            parts.append({self.holds(asked, place, settings)})
        if selector.during is not None:
            parts.append({any(self.lasts(name, place) for name in selector.during)})
        return {all(each) for each in product(*parts)}

    def has_doubtful_weight(self, body: MaximumContacts, place: int) -> bool:
        """Return whether an attribute that says what the event counts does not read."""
        if body.weight is None:
            return False
        weight = Weight(FieldName(body.weight)) if isinstance(body.weight, str) else body.weight
        if weight.values is None:
            texts = texts_of(self.events[place], weight.field, self.channels)
            return bool(texts) and not read_points(texts)
        return self.is_unreadable(weight.field, place)

    def is_unreadable(self, field: str, place: int) -> bool:
        if self.policy.attributes.get(field, "text") == "text":
            return False
        there = texts_of(self.events[place], field, self.channels)
        if self.policy.attributes[field] == "texts":
            return several_of(there) is None
        return bool(there) and not self.passes(Test(exists=True), field, place, self.policy.settings)

    def judge(
        self, name: str, rule: Rule, as_of: int, *, deciding: bool = False, proposed: int | None = None
    ) -> Iterable[tuple[int, Scope, Judgement]]:
        """Judge every event that the rule is about, those that keep it too.

        When `deciding`, a share of a period is judged at the proposed event, whichever part of the period it
        is, and at the last part of later ones.
        """
        settings, common = self.settings(rule.settings), rule.common
        per = per_of(common.per, settings)
        calendar = calendar_named(
            self.policy, settings.calendar if common.calendar is None else common.calendar
        )
        body = rule.body
        judged: set[int]
        if isinstance(body, ResponseWindow | ThankYouWindow):
            judged = self.selected(rule, body.after) - self.selected(rule, common.exempt)
        elif isinstance(body, MaximumGap):
            contacts = self.contacts(rule, body.contact)
            begun = contacts if body.from_ is None else contacts | self.selected(rule, body.from_)
            judged = begun - self.selected(rule, common.exempt)
        elif isinstance(body, MaximumShare):
            judged = self.parts(rule, body)
        else:
            judged = self.contacts(rule, getattr(body, "contact"))  # noqa: B009
        if isinstance(body, ContactWindow):
            judged = {p for p in judged if self.passes(Test(exists=True), body.around, p, settings)}
        for place in sorted(judged):
            event = self.events[place]
            zone = zone_of(event, common.timezone, settings.timezone)
            log, asked_at = self.as_frozen(place)

            def in_force(day: int, zone: str | None = zone) -> bool:
                dates = common.effective, settings.effective
                return all(self.in_effect(each, zone, day) for each in dates)

            if not isinstance(body, MaximumGap) and not in_force(log.events[asked_at].at):
                continue
            zones = zones_of(event, common.timezone, settings.timezone)
            for scope in scopes_of(event, per, self.channels):
                if None in scope and common.absent == "skip":
                    continue
                alone = None in scope and common.absent == "alone"
                members = [place] if alone else self.members(per, scope)
                before = [p for p in members if p < place]
                asked = Asked(rule, place, before, zone, zones, settings.timezone, calendar)
                made = Judgement(
                    policy=self.policy.id,
                    rule=name,
                    kind=body.kind,
                    severity=common.severity,
                    status="kept",
                    person=event.person,
                    scope=dict(zip(per, scope, strict=True)),
                    event=self.label(place),
                    at=event.at,
                    begins=event.at,
                    evidence=[],
                    due=None,
                    measured=None,
                    allowed=None,
                )
                if isinstance(body, MaximumGap):
                    if not self.begins_period(asked, body, members):
                        continue
                    yield place, scope, made
                    for begins, due, status in self.missed_periods(asked, body, members, as_of):
                        if in_force(begins):
                            missed = made.copy()
                            missed["begins"], missed["due"] = begins, due
                            missed["status"], missed["measured"] = status, "none"
                            yield place, scope, missed
                elif isinstance(body, MaximumShare) and body.window.startswith("same"):
                    start, end = self.period_of(zone, calendar, body.window, event.at)
                    its_place = None if proposed is None else self.inputs.index(proposed)
                    inside = [p for p in members if start <= self.events[p].at <= end]
                    contacts = self.parts(rule, body)
                    parts, wholes = len(contacts & {*inside}), len(self.selected(rule, body.of) & {*inside})
                    told = place == max(contacts & {*inside})
                    if its_place is not None:
                        other = self.events[its_place]
                        its_zone = zone_of(other, common.timezone, settings.timezone)
                        told &= place > its_place and not (
                            its_place in judged
                            and its_place in members
                            and in_force(self.asked_at(its_place), its_zone)
                            and self.period_of(its_zone, calendar, body.window, other.at) == (start, end)
                        )
                        told |= place == its_place
                    if told and exceeds(body, parts, wholes):
                        made["due"] = None if deciding else end
                        made["status"] = "pending" if end > as_of and not deciding else "violation"
                        made["measured"] = share_of(body, parts, wholes)
                elif isinstance(body, ResponseWindow | ThankYouWindow):
                    if self.due(asked, body.within) is None:
                        continue
                    due, held = self.moved(asked, body, members, event.at, None, as_of)
                    if not self.answered(asked, body, members, ALWAYS_LATER if held else due):
                        made["due"] = due
                        made["status"] = "pending" if held or due > as_of else "violation"
                        made["measured"] = "none"
                else:
                    made["allowed"] = partial(self.allows, asked, body)
                    evidence = self.broken(asked, body, event.at)
                    if evidence is not None:
                        made["evidence"] = [self.label(p) for p in evidence]
                        made["status"] = "violation"
                        made["measured"] = self.measured(asked, body, evidence)
                    if isinstance(body, ContactHours | ContactWindow) and self.lacks_time(
                        asked, body, event.at
                    ):
                        made["status"] = "indeterminate"
                        made["allowed"] = None
                yield place, scope, made

    def asked_at(self, place: int) -> int:
        """Return the instant at which an event asks for its roles: the proposed one before it was moved."""
        log, asked_at = self.as_frozen(place)
        return log.events[asked_at].at

    def period_of(self, zone: str | None, calendar: Calendar, window: str, instant: int) -> tuple[int, int]:
        """Return the first and the last instant of the period that holds an instant."""
        end = deadline_after(window, zone, calendar, instant)
        inside = partial(is_within, window, zone, calendar, later=instant)
        return first_that(inside, instant - 400 * DAY, instant), end

    def begins_period(self, asked: Asked, body: MaximumGap, members: Sequence[int]) -> bool:
        """Return whether the event starts a scope that is not open, or is a contact in one that is."""
        contacts = self.contacts(asked.rule, body.contact)
        contacts -= self.selected(asked.rule, asked.rule.common.exempt)
        starts = contacts if body.from_ is None else self.selected(asked.rule, body.from_)
        stops = self.selected(asked.rule, body.until)
        is_open = False
        for p in sorted(p for p in members if p <= asked.place):
            was_open = is_open and p not in stops
            is_open = was_open or p in starts
        return is_open and (asked.place in contacts or not was_open)

    def missed_periods(
        self, asked: Asked, body: MaximumGap, members: Sequence[int], as_of: int
    ) -> Iterable[tuple[int, int, str]]:
        """Yield where each period without a contact begins, its due instant, and its status."""
        answers = self.contacts(asked.rule, body.contact) - self.selected(
            asked.rule, asked.rule.common.exempt
        )
        answers |= self.selected(asked.rule, body.until)
        answer = next((self.events[p].at for p in sorted(members) if p in answers and p > asked.place), None)
        start, missed = self.events[asked.place].at, None
        while True:
            due, held = self.moved(asked, body, members, start, missed, as_of)
            if answer is not None and (held or answer <= due):
                return
            yield start, due, "pending" if held or due > as_of else "violation"
            missed = due
            start = due if self.due_after(asked, body.gap, due) > due else due + 1
            if held or start > as_of:
                return

    def moved(
        self,
        asked: Asked,
        body: ResponseWindow | ThankYouWindow | MaximumGap,
        members: Sequence[int],
        start: int,
        missed: int | None,
        as_of: int,
    ) -> tuple[int, bool]:
        """Return the deadline that pauses have moved, and whether the clock stands still at the end.

        The deadline is then the one that it would be if the clock ran again from as-of on. A period begins at
        `start`: with the event itself, or after a deadline that was missed.
        """
        span = body.gap if isinstance(body, MaximumGap) else body.within
        due, paused = self.due_after(asked, span, start), 0
        for begin, end in [] if body.pause is None else self.pauses(asked, body.pause, members):
            since = self.events[begin].at
            if missed is None and end is not None and end <= asked.place:
                continue
            if missed is not None and since <= missed:
                continue
            stands = max(since, start)
            if stands > due:
                break
            runs = max(as_of, stands) if end is None else self.events[end].at
            paused += self.passed(asked, span, stands, runs)
            due = self.due_after(asked, span, start, paused)
            if due < runs:
                due = self.first_due(asked, span, runs)
            if end is None:
                return due, True
        return due, False

    def pauses(self, asked: Asked, pause: PauseTable, members: Sequence[int]) -> list[tuple[int, int | None]]:
        """List the pauses of a scope: the events that begin and end each, None where none ends it."""
        starts, stops = self.selected(asked.rule, pause.from_), self.selected(asked.rule, pause.until)
        found: list[tuple[int, int | None]] = []
        begun: int | None = None
        for p in sorted(members):
            if p in stops and begun is not None:
                found.append((begun, p))
                begun = None
            if p in starts and begun is None:
                begun = p
        return found if begun is None else [*found, (begun, None)]

    def own_due(self, asked: Asked, span: OwnInstant) -> int | None:
        """Return the deadline that the event's own field gives."""
        return self.due(asked, attrs.evolve(span, else_=None))

    def due_after(self, asked: Asked, span: str | OwnInstant, start: int, further: int = 0) -> int:
        """Return the last instant of a deadline, so many ticks of its clock further."""
        if isinstance(span, OwnInstant):
            own = self.own_due(asked, span)
            if own is not None:
                return self.moved_on(asked, span, own, further)
            assert span.else_ is not None
            span = span.else_
        if not further:
            return deadline_after(span, asked.zone, asked.calendar, start)
        read = read_span(span)
        if read.clock == "elapsed":
            return start + read.count + further
        assert asked.zone is not None
        if read.clock == "open":
            enough = partial(has_been_open, asked.zone, asked.calendar, read.count + further, start)
            return first_that(enough, start, start + 400 * DAY)
        last = local_day(asked.zone, start)
        wanted = tick_of(read, asked.calendar, last) + further
        wanted += 31 * read.count if read.clock == "months" else read.count
        if read.clock.startswith("same"):
            while tick_of(read, asked.calendar, last + 1) < wanted:
                last += 1
        else:
            while tick_of(read, asked.calendar, last) < wanted:
                last += 1
        return day_begins(asked.zone, last + read.further + 1) - 1

    def clock_of(self, asked: Asked, span: OwnInstant) -> str | None:
        """Return the text whose clock the event's deadline has, None where it is elapsed time."""
        if span.else_ is None or self.own_due(asked, span) is not None:
            return span.plus or span.minus
        return span.else_

    def moved_on(self, asked: Asked, span: OwnInstant, own: int, further: int) -> int:
        """Return an own deadline, so many ticks of the clock of its distance further."""
        text = span.plus or span.minus
        read = None if text is None else read_span(text)
        if read is None or read.clock == "elapsed" or not further:
            return own + further
        assert asked.zone is not None
        if read.clock == "open":
            enough = partial(has_been_open, asked.zone, asked.calendar, further, own)
            return first_that(enough, own, own + 400 * DAY)
        first = last = local_day(asked.zone, own)
        wanted = tick_of(read, asked.calendar, first) + further
        while tick_of(read, asked.calendar, last) < wanted:
            last += 1
        return day_begins(asked.zone, last + 1) - 1

    def first_due(self, asked: Asked, span: str | OwnInstant, instant: int) -> int:
        """Return the first instant from one on that can be a deadline: in open hours, or the end of a day."""
        text = self.clock_of(asked, span) if isinstance(span, OwnInstant) else span
        read = None if text is None else read_span(text)
        if read is None or read.clock == "elapsed":
            return instant
        assert asked.zone is not None
        if read.clock == "open":
            days = range(instant // DAY, instant // DAY + 400)
            pieces = (each for day in days for each in open_stretches(asked.zone, asked.calendar, day))
            return next(max(begin, instant) for begin, end in pieces if end > instant)
        day = local_day(asked.zone, instant)
        if read.clock == "business day":
            while not asked.calendar.is_business_day(dt.date.fromordinal(day)):
                day += 1
        return day_begins(asked.zone, day + 1) - 1

    def passed(self, asked: Asked, span: str | OwnInstant, earlier: int, later: int) -> int:
        """Return how much of a span's clock passes between two instants."""
        if isinstance(span, OwnInstant):
            text = self.clock_of(asked, span)
            if text is None:
                return later - earlier
            span = text
        read = read_span(span)
        if read.clock in ("elapsed", "open"):
            return ticks_between(read, asked.zone, asked.calendar, earlier, later)
        assert asked.zone is not None
        first, last = local_day(asked.zone, earlier), local_day(asked.zone, later)
        return tick_of(read, asked.calendar, last) - tick_of(read, asked.calendar, first)

    def answered(
        self, asked: Asked, body: ResponseWindow | ThankYouWindow, members: Iterable[int], due: int
    ) -> bool:
        answers = self.selected(asked.rule, body.expect) | self.selected(asked.rule, body.unless)
        at = self.events[asked.place].at
        return any(p in answers and p != asked.place and at <= self.events[p].at <= due for p in members)

    def broken(self, asked: Asked, body: RuleKind, instant: int) -> list[int] | None:
        """Return the evidence that the event breaks the rule at an instant, None where it does not."""
        match body:
            case MinimumGap():
                return self.too_early(asked, body, instant)
            case MaximumContacts():
                return self.too_many(asked, body, instant)
            case MaximumShare():
                return [] if exceeds(body, *self.parts_and_wholes(asked, body, instant)) else None
            case StopAfter():
                return self.stopped(asked, body, instant)
            case Requires():
                return None if any(self.grounded(asked, g, instant) for g in grounds_of(body)) else []
            case ContactHours():
                if (said := self.of_date(asked, body, instant)) is not None:
                    return None if said == {True} else []
                passes = all(
                    self.in_hours(body, asked.calendar, wall_clock(zone, instant)) for zone in asked.zones
                )
                return None if passes else []
            case ContactWindow():
                if (said := self.of_date_around(asked, body, instant)) is not None:
                    return None if said == {True} else []
                return None if self.in_window(asked, body, instant) is not body.deny else []
            case MessageStyle():
                texts = texts_of(self.events[asked.place], body.field, self.channels)
                return None if all(keeps_style(body, text) for text in texts) else []
            case Forbidden():
                return []
        raise AssertionError(body)

    def measured(self, asked: Asked, body: RuleKind, evidence: list[int]) -> str | None:
        """Say in the rule's own units what breaks it, None where this reading has no words for it."""
        at = self.events[asked.place].at
        match body:
            case MinimumGap(gap=span):
                return distance(span, asked.zone, asked.calendar, self.events[evidence[0]].at, at)
            case StopAfter(for_=for_, honour_within=honour):
                span_or_none = for_ or honour
                return distance(span_or_none, asked.zone, asked.calendar, self.events[evidence[0]].at, at)
            case MaximumContacts(window=window):
                words = {"ever": "in all"}.get(
                    window, f"in {'the ' if window.startswith('same') else ''}{window}"
                )
                if body.distinct is not None:
                    values = self.values_of(asked, body.distinct, asked.place, at)
                    for p in self.counted(asked, body, at):
                        values |= self.values_of(asked, body.distinct, p, self.events[p].at)
                    one = len(values) == 1
                    if body.distinct == "day":
                        return f"{len(values)} day{'' if one else 's'} {words}"
                    noun = "value" if one else "different values"
                    return f"{len(values)} {noun} of `{body.distinct}` {words}"
                if body.weight is None:
                    return f"{len(self.counted(asked, body, at)) + 1} {words}"
                places = [asked.place, *self.counted(asked, body, at)]
                points = sum((self.weight_of(p, body.weight) for p in places), Decimal(0)).normalize()
                return f"{points:f} point{'' if points == 1 else 's'} {words}"
            case MaximumShare():
                return share_of(body, *self.parts_and_wholes(asked, body, at))
            case Requires():
                said = [self.found_for(asked, ground, at) for ground in grounds_of(body)]
                return " or ".join(dict.fromkeys(said))
            case ContactWindow(around=field):
                if self.events[asked.place].date_only:
                    return None
                first, last = self.around(asked, body)
                if body.yearly:
                    return None
                if first <= at <= last:
                    return f"at its `{field}`"
                if at < first:
                    return f"{length(first - at)} before its `{field}`"
                return f"{length(at - last - (first < last))} after its `{field}`"
            case Forbidden():
                return "1"
            case _:
                return None

    def lacks_time(self, asked: Asked, body: ContactHours | ContactWindow, instant: int) -> bool:
        """Return whether the event has a date alone which does not say whether it was allowed."""
        if isinstance(body, ContactWindow):
            said = self.of_date_around(asked, body, instant)
            return said is not None and len(said) > 1
        said = self.of_date(asked, body, instant)
        return said is not None and said != {True} and False not in said

    def of_date(self, asked: Asked, body: ContactHours, instant: int) -> set[bool | None] | None:
        """Tell for each zone whether all times of a date alone are in the hours, none is (False) or some."""
        event = self.events[asked.place]
        if not event.date_only or instant != event.at:
            return None
        said: set[bool | None] = set()
        for zone, begins, ends in self.date_of(asked):
            edges = {
                time_of_day(t, 0) for s in (*(body.allow or ()), *(body.deny or ())) for t in (s.from_, s.to)
            }
            turns = {begins} | {
                turn
                for utc_day in range(begins // DAY - 2, ends // DAY + 3)
                for turn in (
                    *changes_on(zone, utc_day),
                    *(
                        utc_day * DAY + edge - offset_at(zone, near)
                        for edge in (0, *edges)
                        for near in (begins, ends)
                    ),
                )
                if begins <= turn < ends
            }
            tried = {self.in_hours(body, asked.calendar, wall_clock(zone, turn)) for turn in turns}
            said.add(tried.pop() if begins < ends and len(tried) == 1 else None)
        return said

    def of_date_around(self, asked: Asked, body: ContactWindow, instant: int) -> set[bool | None] | None:
        """Tell whether times of a date alone are allowed by a window: some, some not, or both."""
        event = self.events[asked.place]
        if not event.date_only or instant != event.at:
            return None
        _, begins, ends = self.date_of(asked)[0]
        edges = {edge for window in self.windows(asked, body, begins) for edge in window}
        turns = {begins} | {turn for edge in edges for turn in (edge, edge + 1) if begins <= turn < ends}
        return {self.in_window(asked, body, turn) is not body.deny for turn in turns}

    def date_of(self, asked: Asked) -> list[tuple[str, int, int]]:
        """Return the begin and the end of a date alone, in each zone in which it is read."""
        event = self.events[asked.place]
        own = zones_of(event, None, None)
        date = written_date(event.at, [*own, *asked.zones, *filter(None, [asked.fallback])])
        if own and asked.zones == own:
            days = [(zone, day_begins(zone, date), day_begins(zone, date + 1)) for zone in own]
        else:
            [zone] = asked.zones
            begins, ends = day_begins(zone, date), day_begins(zone, date + 1)
            if own:
                begins = min(day_begins(each, date) for each in own)
                ends = max(day_begins(each, date + 1) for each in own)
            elif begins != event.at:
                begins, ends = event.at, event.at + DAY
            days = [(zone, begins, ends)]
        return days

    def allows(self, asked: Asked, body: RuleKind, instant: int) -> bool:
        return self.broken(asked, body, instant) is None

    def between(self, asked: Asked, place: int, selected: set[int]) -> bool:
        return any(q in selected and place < q < asked.place for q in asked.before)

    def within(self, asked: Asked, span: str | OwnInstant | None, place: int, instant: int) -> bool:
        settings, timezone = self.settings(asked.rule.settings), asked.rule.common.timezone
        return self.still(span, place, instant, asked.zone, timezone, settings, asked.calendar)

    def parts_and_wholes(self, asked: Asked, body: MaximumShare, instant: int) -> tuple[int, int]:
        """Count what is in the window that ends at an instant, the event itself included."""
        contacts, whole = self.parts(asked.rule, body), self.selected(asked.rule, body.of)
        inside = {p for p in asked.before if self.within(asked, body.window, p, instant)}
        return len(inside & contacts) + 1, len(inside & whole) + (asked.place in whole)

    def too_early(self, asked: Asked, body: MinimumGap, instant: int) -> list[int] | None:
        rule = asked.rule
        starts = self.contacts(rule, body.contact) if body.since is None else self.selected(rule, body.since)
        lifts = self.selected(rule, body.until)
        found = [
            p
            for p in asked.before
            if p in starts and self.within(asked, body.gap, p, instant) and not self.between(asked, p, lifts)
        ]
        return [max(found)] if found else None

    def too_many(self, asked: Asked, body: MaximumContacts, instant: int) -> list[int] | None:
        if body.weight is not None:
            return self.over_weight(asked, body, instant)
        if body.distinct is not None:
            return self.over_different(asked, body, instant)
        found = self.counted(asked, body, instant)
        if len(found) < body.limit:
            return None
        return found[len(found) - int(body.limit) :]

    def counted(self, asked: Asked, body: MaximumContacts, instant: int) -> list[int]:
        """Return the counted events in the window that ends at an instant, after the last restart."""
        rule = asked.rule
        counted = (
            self.contacts(rule, body.contact) if body.counted is None else self.selected(rule, body.counted)
        )
        selected = self.selected(rule, body.restart)
        restarts = [p for p in asked.before if p in selected]
        return [
            p
            for p in asked.before
            if p in counted
            and self.within(asked, body.window, p, instant)
            and all(p > restart for restart in restarts)
        ]

    def weight_of(self, place: int, weight: str | Weight) -> Decimal:
        """Return the points of an event: those that a field says, or that its value stands for."""
        weight = Weight(FieldName(weight)) if isinstance(weight, str) else weight
        event = self.events[place]
        otherwise = Decimal(1) if weight.otherwise is None else Decimal(str(weight.otherwise))
        if weight.values is None:
            return next(iter(read_points(texts_of(event, weight.field, self.channels))), otherwise)
        texts = texts_of(event, weight.field, self.channels)
        if self.policy.attributes.get(weight.field, "text") != "text":
            texts = [text for text in texts if not self.is_unreadable(weight.field, place)]
        found = []
        for text in texts:
            listed = [
                Decimal(str(points))
                for value, points in weight.values.items()
                if self.stands_for(weight.field, value, text)
            ]
            found.append(listed[0] if listed else otherwise)
        return max(found, default=otherwise)

    def stands_for(self, field: str, value: str, text: str) -> bool:
        """Return whether a value that a policy writes as a key is one that an event has."""
        typed = self.policy.attributes.get(field, "text")
        if typed == "number":
            return read_number(text) == read_number(value)
        if typed == "boolean":
            return read_boolean(text) == read_boolean(value)
        return text == (self.channels.canonical(field, value) if field in FOLDED else composed(value))

    def values_of(self, asked: Asked, name: str, place: int, instant: int) -> set[str | int]:
        """Return the values of a field, or of the local day at an instant, by which events differ."""
        settings, timezone = self.settings(asked.rule.settings), asked.rule.common.timezone
        return self.differs_by(name, place, instant, timezone, settings.timezone)

    def over_different(self, asked: Asked, body: MaximumContacts, instant: int) -> list[int] | None:
        """Return the latest events whose other values leave no room for those of the contact."""
        assert body.distinct is not None
        own = self.values_of(asked, body.distinct, asked.place, instant)
        others: list[tuple[str | int, int]] = []
        for p in reversed(self.counted(asked, body, instant)):
            for value in self.values_of(asked, body.distinct, p, self.events[p].at):
                if value not in own and value not in [other for other, _ in others]:
                    others.append((value, p))
        room = int(body.limit) - len(own)
        if len(others) <= room:
            return None
        return sorted({p for _, p in others[: max(room + 1, 0)]})

    def over_weight(self, asked: Asked, body: MaximumContacts, instant: int) -> list[int] | None:
        """Return the latest events that, with the contact, have more points than the limit."""
        assert body.weight is not None
        room = Decimal(str(body.limit)) - self.weight_of(asked.place, body.weight)
        found = [p for p in self.counted(asked, body, instant) if self.weight_of(p, body.weight)]
        for size in range(len(found) + 1):
            latest = found[len(found) - size :]
            if sum(self.weight_of(p, body.weight) for p in latest) > room:
                return latest
        return None

    def stopped(self, asked: Asked, body: StopAfter, instant: int) -> list[int] | None:
        stops, lifts = self.selected(asked.rule, body.after), self.selected(asked.rule, body.until)
        found = []
        for p in asked.before:
            if p not in stops or self.between(asked, p, lifts):
                continue
            if not self.within(asked, body.for_, p, instant):
                continue
            honour = body.honour_within
            start = self.events[p].at
            if honour is None or instant > deadline_after(honour, asked.zone, asked.calendar, start):
                found.append(p)
        return [max(found)] if found else None

    def grounded(self, asked: Asked, ground: Ground, instant: int) -> bool:
        return self.how_many(asked, ground, instant) >= (1 if ground.at_least is None else ground.at_least)

    def how_many(self, asked: Asked, ground: Ground, instant: int) -> int:
        """Count the events that speak for a contact at an instant, or their different values."""
        events, lifts = self.selected(asked.rule, ground.event), self.selected(asked.rule, ground.until)
        found = [
            p
            for p in asked.before
            if p in events
            and self.within(asked, ground.in_last, p, instant)
            and not self.between(asked, p, lifts)
        ]
        timezone, fallback = asked.rule.common.timezone, self.settings(asked.rule.settings).timezone
        return self.number_of(found, ground.distinct, timezone, fallback)

    def found_for(self, asked: Asked, ground: Ground, instant: int) -> str:
        """Say in a ground's own units what was found."""
        if ground.distinct is None and (ground.at_least or 1) == 1:
            return "none"
        number = self.how_many(asked, ground, instant)
        said = str(number)
        if ground.distinct == "day":
            said = counted_in("day", number)
        elif ground.distinct is not None:
            said = f"{number} {'value' if number == 1 else 'different values'} of `{ground.distinct}`"
        if isinstance(ground.in_last, str):
            said += f" in {'the ' if ground.in_last.startswith('same') else ''}{ground.in_last}"
        return said

    def in_window(self, asked: Asked, body: ContactWindow, instant: int) -> bool:
        """Return whether an instant is from one distance through another of what is in the event's field."""
        return any(first <= instant <= last for first, last in self.windows(asked, body, instant))

    def windows(self, asked: Asked, body: ContactWindow, instant: int) -> list[tuple[int, int]]:
        """Return the first and the last instant of each window that may hold an instant."""
        zone = asked.zone
        assert zone is not None
        first, last = self.around(asked, body)
        if not body.yearly:
            return [window_around(body, zone, asked.calendar, first, last)]
        wall = wall_clock(zone, first)
        date = dt.date.fromordinal(local_day(zone, first)) if first < last else wall.date()
        here = dt.date.fromordinal(local_day(zone, instant)).year
        found = []
        for year in range(here - 3, here + 4):
            try:
                day = date.replace(year=year).toordinal()
            except ValueError:
                day = dt.date(year, 3, 1).toordinal()
            begins = ends = 0
            if first < last:
                begins, ends = day_begins(zone, day), day_begins(zone, day + 1) - 1
            else:
                moment = dt.datetime.combine(dt.date.fromordinal(day), wall.time(), zone_named(zone))
                begins = ends = (moment - EPOCH) // MICROSECOND
            found.append(window_around(body, zone, asked.calendar, begins, ends))
        return found

    def around(self, asked: Asked, body: ContactWindow) -> tuple[int, int]:
        """Return the first and the last instant of what is in the event's field."""
        assert asked.zone is not None
        texts = instant_texts(self.events[asked.place], body.around)
        instant, is_date = next(read for text in texts if (read := instant_of(text, asked.zone)) is not None)
        if not is_date:
            return instant, instant
        return day_begins(asked.zone, dt.date.fromisoformat(texts[0].strip()).toordinal()), instant - 1

    def in_hours(self, body: ContactHours, calendar: Calendar, wall: dt.datetime) -> bool:
        if body.allow is not None:
            return any(in_slot(slot, calendar, wall) for slot in body.allow)
        return not any(in_slot(slot, calendar, wall) for slot in body.deny or ())
