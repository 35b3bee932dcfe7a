"""The operator count of different values: those in the window and those of e are at most a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.counts.window import CountFacts, WindowOperator
from comity.online.operators.fields import DistinctValue, values_that_differ
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.plan import Count, Different, PlannedRule
from comity.plan.constraints.different_days import (
    day_turns,
    first_day_turn,
    next_allowed_day,
    next_forbidden_day,
)
from comity.plan.fingerprint import fingerprint

DifferentState = dict[DistinctValue, EventRef]
"""The latest event of each different value since the last restart, in the order of the events."""


class DifferentOperator(WindowOperator[DifferentState]):
    """The different values in the window, since the last restart, and those of e are at most `limit`."""

    def __init__(
        self, number: int, rule: PlannedRule, count: Count, different: Different, channels: Channels
    ) -> None:
        super().__init__(number, rule, count, channels)
        self._different = different
        self._values = values_that_differ(different, self.zone, channels)
        self.fires_on_empty_state = not count.limit or different.field is not None

    def check(self, state: DifferentState | None, event: Event, flags: Flags) -> CountFacts | None:
        """Return how many different values there are, and the latest events that leave no room."""
        own = self._values(event)
        others = self._others(state, own, self._start(event))
        room = self._limit - len(own)
        if len(others) <= room:
            return None
        latest = dict.fromkeys(label for _, label in others[: max(room + 1, 0)])
        return len(others) + len(own), tuple(reversed(latest))

    @staticmethod
    def _others(
        state: DifferentState | None, own: tuple[DistinctValue, ...], start: int | None
    ) -> list[EventRef]:
        """Return the latest event of each value in the window that is not the event's own, latest first."""
        if state is None:
            return []
        found = []
        for value in reversed(state):
            seen = state[value]
            if start is not None and seen[0] < start:
                break
            if value not in own:
                found.append(seen)
        return found

    def describe_breach(self, facts: CountFacts, event: Event) -> tuple[str, tuple[Label, ...]]:
        """Say how many different values there would be."""
        number, latest = facts
        return f"{self._different.said(number)} {self._count.wording.nothing}", latest

    def usage(self, state: DifferentState | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Say how many different values there are before the event."""
        used = len(self._others(state, (), self._start(event)))
        said = f"{used} of {self._different.said(self._limit)} {self._count.wording.nothing} used"
        return said, max(self._limit - used, 0)

    def next_allowed(
        self, state: DifferentState | None, event: Event, instant: int, flags: Flags
    ) -> int | None:
        """Wait until enough values have left the window; a day of its own, the contact may leave too."""
        if self._different.field is None:
            zone, latest = self.zone(event), _latest(state)
            return next_allowed_day(latest, self._limit, self._window, zone, instant)
        own = self._values(event)
        room = self._limit - len(own)
        others = self._others(state, own, None)
        if room < 0:
            return None
        if len(others) <= room:
            return instant
        if self._window is None:
            return None
        return max(self._window.leave(self.zone(event), others[room][0]), instant)

    def next_forbidden(
        self, state: DifferentState | None, event: Event, instant: int, flags: Flags
    ) -> int | None:
        """Return when the contact would be on one day too many."""
        if self._different.field is not None:
            return None
        return next_forbidden_day(_latest(state), self._limit, self._window, self.zone(event), instant)

    def update_state(
        self, state: DifferentState | None, seen: EventRef, event: Event, flags: Flags
    ) -> DifferentState | None:
        """Forget at a restart, which is not after itself; else keep its values, drop what left the window."""
        if flags[2]:
            return None
        values = self._values(event)
        if not values:
            return state
        state = {} if state is None else state
        for value in values:
            state.pop(value, None)
            state[value] = seen
        if self._window is not None:
            earliest = self._window.earliest_start(seen[0])
            for value in self._before(state, earliest):
                del state[value]
        return state

    @staticmethod
    def _before(state: DifferentState, earliest: int) -> list[DistinctValue]:
        found = []
        for value, (at, _) in state.items():
            if at >= earliest:
                break
            found.append(value)
        return found

    def copied(self, state: DifferentState) -> DifferentState:
        """Copy the values."""
        return state.copy()

    def alike(
        self, one: DifferentState | None, other: DifferentState | None, now: int, *, exact: bool
    ) -> bool:
        """Compare what is in the window at `now`: the latest values, one more than the limit, or all."""
        mine, others = [self._latest_values(state, now) for state in (one, other)]
        return mine == others if exact else mine[: self._limit + 1] == others[: self._limit + 1]

    def _latest_values(self, state: DifferentState | None, now: int) -> list[tuple[DistinctValue, EventRef]]:
        earliest = self.earliest_relevant(now)
        pairs = [] if state is None else [(value, state[value]) for value in reversed(state)]
        return [pair for pair in pairs if earliest is None or pair[1][0] >= earliest]

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield the start of the window, and the days on which the moved event is alone or beside others."""
        yield from super().turns(event, moved, low, high)
        if self._different.field is None:
            yield from day_turns(self.zone(moved), low, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the window, or what is before the day."""
        earliest = super().first_turn(instant)
        return earliest if self._different.field is not None else first_day_turn(earliest, instant)

    def scan_back(self, found: list[Any], seen: EventRef, event: Event, flags: Flags) -> bool:
        """Go back to the last restart."""
        if flags[2]:
            return True
        if values := self._values(event):
            found.append((values, seen))
        return False

    def state_from_scan(self, found: list[Any]) -> DifferentState | None:
        """Return the values of the gathered events, the latest last."""
        state: DifferentState = {}
        for values, seen in reversed(found):
            for value in values:
                state.pop(value, None)
                state[value] = seen
        return state or None

    def is_live(self, state: DifferentState, now: int) -> bool:
        """Return whether the latest event is still in the window."""
        return self._window is None or state[next(reversed(state))][0] >= self._window.earliest_start(now)

    def state_key(self) -> str:
        """Return a text of what is counted and how far back; the zone too, if days are counted."""
        count, rule = self._count, self.rule
        read_in = (rule.zone, rule.default_zone, rule.zone_sources) if self._different.field is None else ()
        parts = (count.counted, count.restart, self._window, self._different, *read_in)
        return fingerprint("different", *self.scope_key(), *parts)

    def dump(self, state: DifferentState) -> Any:
        """Write the values with their events."""
        return [[value, *seen] for value, seen in state.items()]

    def load(self, data: object, reader: SnapshotReader) -> DifferentState:
        """Read the values with their events."""
        state: DifferentState = {}
        latest: int | None = None
        for each in items(data, "different values"):
            value, *rest = items(each, "a value with its event", 3)
            seen = reader.seen(rest)
            value = reader.different(value, of_days=self._different.field is None)
            if value in state or (latest is not None and seen[0] < latest):
                refuse("different values", data)
            state[value], latest = seen, seen[0]
        if not state:
            refuse("different values", data)
        return state


def _latest(state: DifferentState | None) -> Mapping[int, int]:
    """Return the latest instant of each day."""
    return {int(day): at for day, (at, _) in (state or {}).items()}
