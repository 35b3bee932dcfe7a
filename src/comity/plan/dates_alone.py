"""Contact hours, windows and events that have a date alone: what holds at every time of that date.

The date is the one that was written. It is a day of the wall clock of the event. If the event has no zone, it
is a day in the zone of the rule. If the date does not begin at midnight there, it is the 24 hours from its
beginning.
"""

from __future__ import annotations

from collections.abc import Iterator

from comity.clock.instants import DAY, HOUR, day_to_date
from comity.clock.zones import UTC, Zone
from comity.plan.constraints.around import Around, InstantRange
from comity.plan.constraints.hours import Hours
from comity.plan.plan import PlannedRule
from comity.plan.time.calendars import WEEKDAYS
from comity.plan.time.wall_clock import stretches_from
from comity.plan.wording import describe_wall
from comity.records import frozen

_AHEAD = DAY - 10 * HOUR - HOUR // 2
"""A midnight up to 10:30 in UTC is one west of Greenwich; a later one is east, and of the next date."""


@frozen
class DateAlone:
    """The verdict of contact hours, or of a window around an instant, on a date alone."""

    allowed: bool | None
    """True if all times of the date are allowed, False if none is, None if some are."""
    measured: str


def judge_date(rule: PlannedRule, hours: Hours, own: tuple[Zone, ...], at: int) -> DateAlone:
    """Judge an event with a date alone that begins at the instant `at`; `own` are the zones of the event."""
    day = _written_day(rule, own, at)
    verdicts: list[bool | None] = []
    others: list[str] = []
    for zone, begin, end in _stretches(rule, own, day, at):
        verdicts.append(_verdict(hours, zone, begin, end))
        if begin != zone.day_start(day) or end != zone.day_start(day + 1):
            begins, ends = describe_wall((zone,), begin), describe_wall((zone,), end)
            others.append(f"{begins.removesuffix(f' in {zone.name}')} to {ends}")
    allowed = False if False in verdicts else None if None in verdicts else True
    date = _shown(day)
    measured = f"{date} without a time" if allowed is None else f"an unknown time on {date}"
    return DateAlone(allowed, measured + (f" ({' and '.join(others)})" if others else ""))


def judge_date_around(
    rule: PlannedRule, around: Around, own: tuple[Zone, ...], at: int, within: InstantRange
) -> DateAlone:
    """Judge an event with a date alone by the window around what is in its field, `within`.

    The event is read in one zone, the first of its own zones `own` if the rule has none itself.
    """
    day = _written_day(rule, own, at)
    if own or rule.zone or rule.default_zone:
        zone, begin, end = next(_stretches(rule, own, day, at))
    else:
        zone, begin, end = UTC, at, at + DAY
    windows = around.windows(within, zone, begin)
    allowed: bool | None = around.allows(windows, begin)
    turn = around.next_forbidden(windows, begin) if allowed else around.next_allowed(windows, begin)
    if turn is not None and turn < end:
        allowed = None
    date = _shown(day)
    return DateAlone(
        allowed, f"{date} without a time" if allowed is None else f"at an unknown time on {date}"
    )


def _shown(day: int) -> str:
    return f"{WEEKDAYS[(day + 3) % 7].title()} {day_to_date(day)}"


def _written_day(rule: PlannedRule, own: tuple[Zone, ...], at: int) -> int:
    """Return the date that begins at an instant: in a known zone, else in any zone on Earth."""
    for zone in (*own, rule.zone, rule.default_zone):
        if zone is not None and zone.day_start(day := zone.local_day(at)) == at:
            return day
    return (at + _AHEAD) // DAY


def _stretches(
    rule: PlannedRule, own: tuple[Zone, ...], day: int, at: int
) -> Iterator[tuple[Zone, int, int]]:
    """Yield the zones in which the rule reads the event, each with the begin and end of the date."""
    if own and rule.zone is None:
        for zone in own:
            yield zone, zone.day_start(day), zone.day_start(day + 1)
        return
    read_in = rule.default_zone if rule.zone is None else rule.zone
    assert read_in is not None, "INVARIANT: lowering refuses hours without a zone"
    if own:
        yield read_in, min(each.day_start(day) for each in own), max(each.day_start(day + 1) for each in own)
    else:
        yield read_in, at, read_in.day_start(day + 1) if read_in.day_start(day) == at else at + DAY


def _verdict(hours: Hours, zone: Zone, begin: int, end: int) -> bool | None:
    """Return whether a stretch is in the hours of the wall clock of a zone, None if a part of it is."""
    found = stretches_from(zone, begin, end, hours.open_on)
    inside = sum(max(min(until, end) - since, 0) for since, until in found)
    return True if begin < end == begin + inside else False if begin < end and not inside else None
