"""The operator count in points: the points in the window and those of e are at most a limit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.counts.window import WindowOperator
from comity.online.operators.fields import points_of
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.states.memory import TRIM_EVERY
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.plan import Count, PlannedRule, Points
from comity.plan.fingerprint import fingerprint
from comity.plan.points import MOST, POINT

WeighedRef = tuple[int, Label, int]
"""An event that is remembered: its instant, its label, and its points, which are not 0."""


class PointsState(list[WeighedRef]):
    """Counted events since the last restart; where the window is without end, as many as fill the limit."""

    __slots__ = ("dropped", "kept")

    def __init__(self, seen: list[WeighedRef], kept: int, dropped: int = 0) -> None:
        super().__init__(seen)
        self.kept = kept
        """The points of these events."""
        self.dropped = dropped
        """The points of earlier ones, where the window is without end."""


class PointsOperator(WindowOperator[PointsState]):
    """The points in the window, since the last restart, and those of e are at most `limit`."""

    def __init__(
        self, number: int, rule: PlannedRule, count: Count, points: Points, channels: Channels
    ) -> None:
        super().__init__(number, rule, count, channels)
        self._points = points
        self._of = points_of(points, channels)
        most = points.most()
        self.fires_on_empty_state = most is None or max(most, points.otherwise) > count.limit

    def check(
        self, state: PointsState | None, event: Event, flags: Flags
    ) -> tuple[int, tuple[Label, ...]] | None:
        """Add up the points, and list the latest events that together leave no room."""
        own = self._of(event)
        room = self._limit - own
        start = self._start(event)
        if room < 0:
            return self._inside(state, start) + own, ()
        last = self._blocking(state, room)
        if state is None or last is None or (start is not None and state[last][0] < start):
            return None
        return self._inside(state, start) + own, tuple([seen[1] for seen in state[last:]])

    @staticmethod
    def _blocking(state: PointsState | None, room: int) -> int | None:
        """Return the place of the latest event that, with those after it, leaves no room."""
        if state is None or state.kept <= room:
            return None
        place = len(state)
        while room >= 0:
            place -= 1
            room -= state[place][2]
        return place

    def _inside(self, state: PointsState | None, start: int | None) -> int:
        if state is None:
            return 0
        if start is None:
            return state.dropped + state.kept
        return state.kept - sum([state[place][2] for place in range(bisect_left(state, (start,)))])

    def describe_breach(
        self, facts: tuple[int, tuple[Label, ...]], event: Event
    ) -> tuple[str, tuple[Label, ...]]:
        """Say how many points there would be."""
        points, latest = facts
        return f"{self._points.said(points)} {self._count.wording.nothing}", latest

    def usage(self, state: PointsState | None, event: Event, flags: Flags) -> tuple[str, float | None]:
        """Say how many points of the limit are used."""
        used, limit = self._inside(state, self._start(event)), self._limit
        window = self._count.wording.nothing
        room = max(limit - used, 0)
        said = f"{self._points.shown(used)} of {self._points.said(limit)} {window} used"
        return said, room / POINT if room % POINT else room // POINT

    def next_allowed(self, state: PointsState | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Wait until enough points have left the window."""
        room = self._limit - self._of(event)
        if room < 0:
            return None
        last = self._blocking(state, room)
        if state is None or last is None:
            return instant
        if self._elapsed is not None:
            left = state[last][0] + self._elapsed
        elif self._window is None:
            return None
        else:
            left = self._window.leave(self.zone(event), state[last][0])
        return max(left, instant)

    def update_state(
        self, state: PointsState | None, seen: EventRef, event: Event, flags: Flags
    ) -> PointsState | None:
        """Forget at a restart, which is not after itself; else add up, and drop what left the window."""
        if flags[2]:
            return None
        points = self._of(event)
        if not points:
            return state
        if state is None:
            return PointsState([(*seen, points)], points)
        state.append((*seen, points))
        state.kept += points
        if self._window is None:
            first = 0
            while state.kept - state[first][2] > self._limit:
                state.kept -= state[first][2]
                state.dropped += state[first][2]
                first += 1
            del state[:first]
        elif self._elapsed is not None:
            self._drop(state, seen[0] - self._elapsed + 1)
        elif not len(state) % TRIM_EVERY:
            self._drop(state, self._window.earliest_start(seen[0]))
        return state

    @staticmethod
    def _drop(state: PointsState, start: int) -> None:
        first = bisect_left(state, (start,))
        state.kept -= sum([points for _, _, points in state[:first]])
        del state[:first]

    def copied(self, state: PointsState) -> PointsState:
        """Copy the list."""
        return PointsState(state, state.kept, state.dropped)

    def alike(self, one: PointsState | None, other: PointsState | None, now: int, *, exact: bool) -> bool:
        """Compare what is in the window at `now`: as many of the latest as fill the limit, or all of it."""
        earliest = self.earliest_relevant(now)
        mine, others = [[] if state is None else _from(state, earliest) for state in (one, other)]
        if not exact:
            return self._latest(mine) == self._latest(others)
        dropped = [0 if state is None else state.dropped for state in (one, other)]
        return mine == others and dropped[0] == dropped[1]

    def _latest(self, seen: Sequence[WeighedRef]) -> Sequence[WeighedRef]:
        left, place = self._limit, len(seen)
        while left >= 0 and place:
            place -= 1
            left -= seen[place][2]
        return seen[place:]

    def scan_back(self, found: list[Any], seen: EventRef, event: Event, flags: Flags) -> bool:
        """Count back to the last restart."""
        if flags[2]:
            return True
        points = self._of(event)
        if points:
            found.append((*seen, points))
        return False

    def state_from_scan(self, found: list[Any]) -> PointsState | None:
        """Put what was counted in order."""
        found.reverse()
        return PointsState(found, sum([points for _, _, points in found])) if found else None

    def is_live(self, state: PointsState, now: int) -> bool:
        """Return whether the latest event is still in the window."""
        return self._window is None or state[-1][0] >= self._window.earliest_start(now)

    def state_key(self) -> str:
        """Return a text of what is counted and how far back; of the limit too where that never ends."""
        count = self._count
        kept = self._limit if self._window is None else None
        parts = (count.counted, count.restart, self._window, kept, self._points)
        return fingerprint("points", *self.scope_key(), *parts)

    def dump(self, state: PointsState) -> Any:
        """Write the events, and the points of those that were dropped."""
        return [state.copy(), state.dropped]

    def load(self, data: object, reader: SnapshotReader) -> PointsState:
        """Read the events."""
        counted, dropped = items(data, "points", 2)
        triples = [items(each, "an event with points", 3) for each in items(counted, "events with points")]
        seen = reader.sees([each[:2] for each in triples])
        points = [reader.number(each[2], "points", 1, MOST * POINT) for each in triples]
        before = reader.number(dropped, "points", 0, reader.events * MOST * POINT)
        if before and (self._window is not None or sum(points) <= self._limit):
            refuse("points", data)
        weighed = [(*ref, own) for ref, own in zip(seen, points, strict=True)]
        return PointsState(weighed, sum(points), before)


def _from(state: PointsState, earliest: int | None) -> Sequence[WeighedRef]:
    return state if earliest is None else state[bisect_left(state, (earliest,)) :]
