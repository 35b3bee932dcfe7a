"""Counting different local days: when a contact, whose own day moves with it, is within a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from comity.clock.instants import DAY
from comity.clock.zones import Zone
from comity.plan.time.spans import Span

_FAR: Final = 3 * DAY
"""More than a day and what the clocks of two zones differ."""


def day_turns(zone: Zone | None, low: int, later: int) -> Iterator[int]:
    """Yield where a moved event is on another day: alone on it, or with one of the events around it.

    It is moved on from `low`, where no other event is, and the last of the others is at `later`; the zone is
    its own.
    """
    assert zone is not None, "INVARIANT: lowering refuses local days without a zone"
    first, last = zone.local_day(low), zone.local_day(later)
    for day in {first + 1, first + 2, last - 1, last, last + 1}:
        yield zone.day_start(day)


def first_day_turn(earliest: int | None, instant: int) -> int:
    """Return what comes before all turns of days that matter from an instant on, and before `earliest`."""
    return instant - _FAR if earliest is None else min(earliest, instant - _FAR)


def breaks_days(
    latest: Mapping[int, int], limit: int, window: Span | None, zone: Zone | None, instant: int
) -> bool:
    """Return whether a contact at an instant makes more different days than the limit.

    `latest` has the latest instant of each day of counted events; the zone is that of the contact.
    """
    assert zone is not None, "INVARIANT: lowering refuses local days without a zone"
    start = None if window is None else window.start(zone, instant)
    days = {day for day, at in latest.items() if start is None or at >= start}
    return len(days | {zone.local_day(instant)}) > limit


def next_allowed_day(
    latest: Mapping[int, int], limit: int, window: Span | None, zone: Zone | None, instant: int
) -> int | None:
    """Return the first instant, from one on, at which a contact breaks no limit of days; None for never."""
    assert zone is not None, "INVARIANT: lowering refuses local days without a zone"
    tried = {instant, *map(zone.day_start, latest)}
    if window is not None:
        tried |= {window.leave(zone, at) for at in latest.values()}
    return next(
        (at for at in sorted(tried) if at >= instant and not breaks_days(latest, limit, window, zone, at)),
        None,
    )


def next_forbidden_day(
    latest: Mapping[int, int], limit: int, window: Span | None, zone: Zone | None, instant: int
) -> int | None:
    """Return the first later day's start at which a contact breaks the limit, if it does not now.

    Once a day is later than all others, waiting on makes it no worse.
    """
    assert zone is not None, "INVARIANT: lowering refuses local days without a zone"
    last = max(latest, default=0)
    day = zone.local_day(instant)
    while True:
        day += 1
        begins = zone.day_start(day)
        if breaks_days(latest, limit, window, zone, begins):
            return begins
        if day > last:
            return None
