"""When the wall clock of a zone is in hours that dates have: what contact hours and business hours both mean.

An instant is in the hours where its own local time of day is in those of the local date that the wall clock
shows. So what begins in a gap begins at its end, the repeated hour comes twice, and a date that the zone
skips has no hours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from comity.clock.instants import DAY
from comity.clock.zones import Zone

Interval = tuple[int, int]
"""From (inclusive) and to (exclusive), in microseconds: of instants, or after midnight."""
HoursOf = Callable[[int], Sequence[Interval]]
"""Gives the hours of a date (0 is 1970-01-01), ascending and apart, in microseconds after midnight."""


def is_inside(zone: Zone, instant: int, hours_of: HoursOf) -> bool:
    """Return whether an instant is in the hours."""
    day, time = divmod(zone.wall(instant), DAY)
    for start, end in hours_of(day):  # noqa: SIM110 - a generator would cost as much again
        if start <= time < end:
            return True
    return False


def stretches_from(zone: Zone, instant: int, last: int, hours_of: HoursOf) -> Iterator[Interval]:
    """Yield the stretches of instants in the hours from an instant on; some follow one another at once.

    No date that begins after `last` is looked at.
    """
    while instant <= last:
        run = zone.run(instant)
        day = (instant + run.offset) // DAY
        midnight = day * DAY - run.offset
        for start, end in hours_of(day):
            begin, until = max(instant, midnight + start), min(midnight + end, run.end)
            if begin < until:
                yield begin, until
        instant = min(midnight + DAY, run.end)


def first_stretch(zone: Zone, instant: int, last: int, hours_of: HoursOf) -> Interval | None:
    """Return the first stretch that `stretches_from` yields, in less time; None where there is none."""
    _, ends, offset, _ = zone.run(instant)
    day = (instant + offset) // DAY
    midnight = day * DAY - offset
    for start, end in hours_of(day):
        begin, until = midnight + start, midnight + end
        begin = instant if begin < instant else begin  # noqa: FURB136 - this is asked of each decision
        until = ends if until > ends else until  # noqa: FURB136
        if begin < until:
            return begin, until
    return next(stretches_from(zone, min(midnight + DAY, ends), last, hours_of), None)


def stretches_before(zone: Zone, instant: int, first: int, hours_of: HoursOf) -> Iterator[Interval]:
    """Yield the stretches of instants in the hours up to an instant, exclusive, the last one first.

    No date that ends before `first` is looked at.
    """
    while instant > first:
        run = zone.run(instant - 1)
        day = (instant - 1 + run.offset) // DAY
        midnight = day * DAY - run.offset
        earliest = max(midnight, run.start)
        for start, end in reversed(hours_of(day)):
            begin, until = max(midnight + start, earliest), min(midnight + end, instant)
            if begin < until:
                yield begin, until
        instant = earliest
