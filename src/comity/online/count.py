"""The operator count: fewer than N selected events before e within a span, since the last restart."""

from __future__ import annotations

from bisect import bisect_left

from comity.events import Event
from comity.findings import Finding
from comity.online.fields import Scope
from comity.online.memory import TRIM_EVERY, Seen, elapsed_of
from comity.online.runner import Context, Flags, Runner
from comity.plan import Count, PlannedRule


class Tallied:
    """The counted events of a scope since the last restart."""

    __slots__ = ("items", "total")

    def __init__(self) -> None:
        self.total = 0
        self.items: list[Seen] = []


class CountRunner(Runner):
    """Fewer than `limit` counted events before e in the window, since the last restart."""

    def __init__(self, rule: PlannedRule, count: Count, context: Context) -> None:
        super().__init__(rule, context, count.counted, count.restart)
        self._count = count
        self._limit = count.limit
        self._elapsed = elapsed_of(count.window)
        self._states: dict[Scope, Tallied] = {}

    def visit(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Judge and remember, at little cost where the window is elapsed time and far from full."""
        judged, counted, restart = flags
        state, at = self._states.get(scope), event.at
        if judged and (self._always or self.in_force(event)):
            self.judged += 1
            limit = self._limit
            if not limit or (
                state is not None
                and len(state.items) >= limit
                and (self._elapsed is None or state.items[-limit][0] > at - self._elapsed)
            ):
                self.note(self.judge(scope, event, label))
        if counted and not restart and state is not None:
            items = state.items
            state.total += 1
            items.append((at, label))
            if not len(items) % TRIM_EVERY:
                self._trim(items, at)
        elif counted or restart:
            self.remember(scope, event, label, flags)

    def judge(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Count what is in the window."""
        state, limit = self._states.get(scope), self._limit
        if limit and (state is None or len(state.items) < limit):
            return None
        count = self._count
        items = () if state is None else state.items
        if count.window is None:
            inside = 0 if state is None else state.total
        else:
            start = self.start(count.window, event)
            if limit and items[-limit][0] < start:
                return None
            inside = len(items) - bisect_left(items, (start,))
        return self.finding(
            scope,
            event,
            label,
            count.wording,
            f"{inside + 1} {count.wording.nothing}",
            evidence=tuple([seen[1] for seen in items[-limit:]]) if limit else (),
            allowed_from=self.earliest(scope, event, event.at),
        )

    def earliest(self, scope: Scope, event: Event, instant: int) -> int | None:
        """Wait until the limit-th latest counted event has left the window."""
        count, state = self._count, self._states.get(scope)
        if count.limit == 0:
            return None
        if state is None or len(state.items) < count.limit:
            return instant
        if count.window is None:
            return None
        return max(instant, count.window.leave(self.zone(event), state.items[-count.limit][0]))

    def remember(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Forget at a restart, which is not after itself; else begin to count."""
        _, counted, restart = flags
        if restart:
            self._states.pop(scope, None)
        elif counted:
            state = self._states[scope] = Tallied()
            state.total = 1
            state.items.append((event.at, label))

    def _trim(self, items: list[Seen], now: int) -> None:
        window = self._count.window
        if window is None:
            del items[: max(0, len(items) - max(self._limit, 1))]
        else:
            del items[: bisect_left(items, (window.floor(now),))]
