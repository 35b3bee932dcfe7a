"""The operator count: fewer than N selected events before e within a span, since the last restart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.counts.window import WindowOperator
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.states.memory import TRIM_EVERY, seen_from
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse
from comity.online.operators.turns import Play, Turns
from comity.plan import Count, PlannedRule
from comity.plan.fingerprint import fingerprint


class CountState(list[EventRef]):
    """The latest counted events since the last restart, and their total, if the window has no end."""

    __slots__ = ("total",)

    def __init__(self, seen: list[EventRef], total: int) -> None:
        super().__init__(seen)
        self.total = total


class CountOperator(WindowOperator[list[EventRef]]):
    """Fewer than `limit` counted events before e in the window, since the last restart."""

    def __init__(self, number: int, rule: PlannedRule, count: Count, channels: Channels) -> None:
        super().__init__(number, rule, count, channels)
        self.fires_on_empty_state = not count.limit
        self.by_time_alone = self._zone_sources is None

    def check(
        self, state: list[EventRef] | None, event: Event, flags: Flags
    ) -> tuple[int, tuple[Label, ...]] | None:
        """Return how many events are in the window and the latest `limit` of them, if these are too many."""
        limit = self._limit
        if not limit:
            return self._inside(state, self._start(event)), ()
        if state is None or len(state) < limit:
            return None
        latest = state[-limit:]
        if self._elapsed is not None:
            start = event.at - self._elapsed + 1
            if latest[0][0] < start:
                return None
            inside = len(state) - bisect_left(state, (start,))
        else:
            first = self._start(event)
            if first is not None and latest[0][0] < first:
                return None
            inside = self._inside(state, first)
        return inside, tuple([label for _, label in latest])

    def _inside(self, state: list[EventRef] | None, start: int | None) -> int:
        if state is None:
            return 0
        if isinstance(state, CountState):
            return state.total
        assert start is not None, "INVARIANT: only events in a window are kept without a total"
        return len(state) - bisect_left(state, (start,))

    def describe_breach(
        self, facts: tuple[int, tuple[Label, ...]], event: Event
    ) -> tuple[str, tuple[Label, ...]]:
        """Return how many events there would be, and the latest of them."""
        inside, latest = facts
        return f"{inside + 1} {self._count.wording.nothing}", latest

    def usage(self, state: list[EventRef] | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Return how much of the limit is used, and how much is left."""
        used = self._inside(state, self._start(event))
        return f"{used} of {self._limit} {self._count.wording.nothing} used", max(self._limit - used, 0)

    def next_allowed(
        self, state: list[EventRef] | None, event: Event, instant: int, flags: Flags
    ) -> int | None:
        """Return when the limit-th latest counted event has left the window."""
        limit = self._limit
        if not limit:
            return None
        if state is None or len(state) < limit:
            return instant
        if self._elapsed is not None:
            left = state[-limit][0] + self._elapsed
        elif self._window is None:
            return None
        else:
            left = self._window.leave(self.zone(event), state[-limit][0])
        return left if left > instant else instant  # noqa: FURB136 (a call of `max` takes 2% of a decision)

    def update_state(
        self, state: list[EventRef] | None, seen: EventRef, event: Event, flags: Flags
    ) -> list[EventRef] | None:
        """Forget all at a restart, which is not counted; else add the event and drop what left the window."""
        if flags[2]:
            return None
        if state is None:
            return [seen] if self._window is not None else CountState([seen], 1)
        state.append(seen)
        if self._elapsed is not None:
            if state[0][0] <= seen[0] - self._elapsed:
                del state[: bisect_left(state, (seen[0] - self._elapsed + 1,))]
        elif isinstance(state, CountState):
            state.total += 1
            del state[: max(0, len(state) - max(self._limit, 1))]
        elif not len(state) % TRIM_EVERY and self._window is not None:
            del state[: bisect_left(state, (self._window.earliest_start(seen[0]),))]
        return state

    def suspects(
        self, turns: Turns, slot: int, plays: Sequence[Play | None]
    ) -> Iterator[tuple[int, list[EventRef]]] | None:
        """Yield the events with at least `limit` counted ones before them in a window of elapsed time."""
        if self._elapsed is None or not self._limit:
            return None
        return self._crowded(turns, slot, plays, self._elapsed, self._limit)

    @staticmethod
    def _crowded(
        turns: Turns, slot: int, plays: Sequence[Play | None], elapsed: int, limit: int
    ) -> Iterator[tuple[int, list[EventRef]]]:
        for place, (states, seen, kind) in enumerate(zip(turns.states, turns.seen, turns.kinds, strict=True)):
            play = plays[kind]
            if play is None:
                continue
            judges, keeps, flags = play
            state = states[slot]
            left = seen[0] - elapsed
            if judges and state is not None and len(state) >= limit and state[-limit][0] > left:
                yield place, state
            if not keeps:
                continue
            if flags[2]:
                states[slot] = None
            elif state is None:
                states[slot] = [seen]
            else:
                state.append(seen)
                if state[0][0] <= left:
                    del state[: bisect_left(state, (left + 1,))]

    def copied(self, state: list[EventRef]) -> list[EventRef]:
        """Copy the list."""
        return CountState(state, state.total) if isinstance(state, CountState) else state.copy()

    def alike(
        self, one: list[EventRef] | None, other: list[EventRef] | None, now: int, *, exact: bool
    ) -> bool:
        """Compare the events in the window at `now`: only the latest `limit` ones, or all if `exact`."""
        earliest = self.earliest_relevant(now)
        mine, others = [seen_from(state, earliest) for state in (one, other)]
        if not exact:
            limit = self._limit
            return not limit or mine[-limit:] == others[-limit:]
        totals = [state.total for state in (one, other) if isinstance(state, CountState)]
        return mine == others and len({*totals}) < 2

    def scan_back(self, found: list[Any], seen: EventRef, event: Event, flags: Flags) -> bool:
        """Count back to the last restart."""
        if flags[2]:
            return True
        found.append(seen)
        return False

    def state_from_scan(self, found: list[Any]) -> list[EventRef] | None:
        """Return the gathered events in time order."""
        found.reverse()
        if not found:
            return None
        return found if self._window is not None else CountState(found, len(found))

    def is_live(self, state: list[EventRef], now: int) -> bool:
        """Return whether the latest event is still in the window."""
        return self._window is None or state[-1][0] >= self._window.earliest_start(now)

    def remaining(self, now: int) -> Callable[[list[EventRef]], list[EventRef] | None]:
        """Return a function that drops the events that have left the window."""
        if self._window is None:
            return lambda state: state
        earliest = self._window.earliest_start(now)

        def remaining(state: list[EventRef]) -> list[EventRef] | None:
            if state[-1][0] < earliest:
                return None
            if state[0][0] < earliest:
                del state[: bisect_left(state, (earliest,))]
            return state

        return remaining

    def state_key(self) -> str:
        """Return a text of what is counted and how far back, and of the limit if the window has no end."""
        count = self._count
        kept = self._limit if self._window is None else None
        return fingerprint("count", *self.scope_key(), count.counted, count.restart, self._window, kept)

    def dump(self, state: list[EventRef]) -> object:
        """Return the events, and the total if some of them are dropped."""
        return [state.copy(), state.total] if isinstance(state, CountState) else [state.copy()]

    def load(self, data: object, reader: SnapshotReader) -> list[EventRef]:
        """Read the events."""
        if self._window is not None:
            return reader.sees(*items(data, "a count", 1))
        counted, total = items(data, "a count", 2)
        found = reader.sees(counted)
        number = reader.number(total, "a count", 1, reader.events)
        if len(found) != min(number, max(self._limit, 1)):
            refuse("a count", data)
        return CountState(found, number)
