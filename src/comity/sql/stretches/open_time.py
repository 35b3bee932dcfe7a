"""Business hours as a line of open time: how much was open up to an instant, and when so much was open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from comity.clock.instants import DAY, MAX_INSTANT, MIN_INSTANT
from comity.clock.zones import Zone
from comity.plan.time.calendars import Calendar
from comity.plan.time.opening import HORIZON, OpenSpan
from comity.plan.time.wall_clock import stretches_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_NONE_OPEN = "nothing is open within thousands of days"


class OpenTime:
    """The opening of a calendar in a zone, from as far before some instants as a span may reach, to after."""

    def __init__(self, zone: Zone, calendar: Calendar, first: int, last: int) -> None:
        first = max(first - HORIZON * DAY, MIN_INSTANT)
        last = min(last + HORIZON * DAY, MAX_INSTANT)
        pairs = np.array(list(stretches_from(zone, first, last, calendar.open_on)), np.int64).reshape(-1, 2)
        self._zone = zone
        self.begins, self.ends = pairs[:, 0], pairs[:, 1]
        self._after: Ints = np.cumsum(self.ends - self.begins)
        """The open time up to the end of each opening."""
        self._before = self._after - (self.ends - self.begins)

    def is_open(self, instants: Ints) -> Bools:
        """Return whether it is open at instants."""
        number = np.searchsorted(self.begins, instants, "right") - 1
        found: Bools = (
            (number >= 0) & (instants < self.ends[np.maximum(number, 0)])
            if len(self.ends)
            else (np.zeros(len(instants), np.bool_))
        )
        return found

    def spent(self, instants: Ints) -> Ints:
        """Return how much was open before instants."""
        if not len(self.ends):
            return np.zeros(len(instants), np.int64)
        number = np.maximum(np.searchsorted(self.begins, instants, "right") - 1, 0)
        inside = np.minimum(instants, self.ends[number]) - self.begins[number]
        return self._before[number] + np.maximum(inside, 0)

    def leave(self, span: OpenSpan, instants: Ints) -> Ints:
        """Return the first instants by which so much has been open since these."""
        target = self.spent(instants) + span.count
        number = np.searchsorted(self._after, target, "left")
        return self._at(number, target, instants, span.leave)

    def start(self, span: OpenSpan, instants: Ints) -> Ints:
        """Return the first instants within a span, looking back from these."""
        target = self.spent(instants) - span.count
        number = np.searchsorted(self._before, target, "right") - 1
        return self._at(number, target, instants, lambda zone, at: span.start(zone, at) - 1) + 1

    def _at(self, number: Ints, target: Ints, instants: Ints, ask: object) -> Ints:
        """Return when so much was open, asking the plan where that is beyond the known openings."""
        known = (number >= 0) & (number < len(self.begins))
        found = np.empty(len(number), np.int64)
        found[known] = self.begins[number[known]] + target[known] - self._before[number[known]]
        assert callable(ask)
        found[~known] = [ask(self._zone, at) for at in instants[~known].tolist()]
        return found

    def leave_edges(self, span: OpenSpan) -> Ints:
        """Return the instants at which the end of a span jumps to another opening."""
        return self._reached(self._after - span.count) + 1

    def start_edges(self, span: OpenSpan) -> Ints:
        """Return the instants at which the start of a span jumps to another opening."""
        return self._reached(self._before + span.count)

    def _reached(self, spent: Ints) -> Ints:
        """Return the first and the last instants at which so much has been open."""
        first = np.searchsorted(self._after, spent, "left")
        last = np.searchsorted(self._before, spent, "right") - 1
        found = []
        for number in (first, last):
            known = (number >= 0) & (number < len(self.begins))
            chosen = number[known]
            found.append(self.begins[chosen] + spent[known] - self._before[chosen])
        return np.concatenate(found)
