"""What came before an event, for `preceded-by` in selectors: one state for each of them and each scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comity.clock.zones import Zone
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.fields import event_zone, scopes_of, values_that_differ
from comity.online.operators.states.memory import Memory
from comity.plan import NEVER, FieldSpan, Preceded, Span
from comity.plan.constraints.different_days import day_turns, first_day_turn


class Lookback:
    """The latest events of a `preceded-by` since the last reset, as many as it asks for: their instants.

    Where different values count, it is the latest of each of the latest values, with the value. If events
    name the instant at which they expire, the state is the last such instant instead.
    """

    def __init__(self, number: int, preceded: Preceded, channels: Channels) -> None:
        self.roles = (preceded.event, NEVER if preceded.until is None else preceded.until)
        self.preceded = preceded
        self.number = number
        self.scopes = scopes_of(preceded.per, channels)
        distinct = preceded.distinct
        self._values = None if distinct is None else values_that_differ(distinct, self._zone, channels)
        self._of_days = distinct is not None and distinct.field is None

    def holds(self, event: Event, memory: Memory) -> bool:
        """Return whether enough events come before an event, in one of its scopes."""
        least, span = self.preceded.at_least, self.preceded.span
        states = memory.lookbacks[self.number]
        start: int | None = None
        for scope in self.scopes(event):
            seen = states.get(scope)
            if seen is not None and len(seen) >= least:
                if span is None:
                    return True
                if isinstance(span, FieldSpan):
                    if seen[0] > event.at:
                        return True
                    continue
                if start is None:
                    start = span.start(self._zone(event), event.at)
                if (seen[-least] if self._values is None else seen[-least][0]) >= start:
                    return True
        return False

    def update_state(self, event: Event, memory: Memory, selected: bool, resets: bool) -> None:
        """Forget all at a reset, then keep a selected event."""
        states = memory.lookbacks[self.number]
        for scope in self.scopes(event):
            if resets:
                states.pop(scope, None)
            if selected:
                seen = states.setdefault(scope, [])
                if self._values is not None:
                    self._keep(seen, event)
                    if not seen:
                        del states[scope]
                    continue
                if isinstance(self.preceded.span, FieldSpan):
                    seen[:] = [max((*seen, self._leave(self.preceded.span, event)))]
                    continue
                seen.append(event.at)
                if len(seen) > self.preceded.at_least:
                    del seen[0]

    def _keep(self, seen: list[Any], event: Event) -> None:
        """Put an event's values in place of earlier ones that are the same."""
        assert self._values is not None, "INVARIANT: different values count"
        for value in self._values(event):
            seen[:] = [pair for pair in seen if pair[1] != value]
            seen.append((event.at, value))
        del seen[: -self.preceded.at_least]

    def alike(self, one: list[Any], other: list[Any], now: int) -> bool:
        """Return whether two states give the same answers to all events from `now` on."""
        span, least = self.preceded.span, self.preceded.at_least
        if isinstance(span, FieldSpan):
            mine, others = [[leave for leave in seen if leave > now] for seen in (one, other)]
            return mine == others
        if span is None:
            return one == other or (len(one) >= least and len(other) >= least)
        earliest = span.earliest_start(now)
        if self._values is not None:
            mine, others = [[pair for pair in seen if pair[0] >= earliest] for seen in (one, other)]
        else:
            mine, others = [[at for at in seen if at >= earliest] for seen in (one, other)]
        return mine == others

    def turns(self, event: Event, moved: Event, low: int) -> Iterator[int]:
        """Yield the instants of a moved event, from `low` on, where it may start or stop to count for one."""
        span = self.preceded.span
        if isinstance(span, FieldSpan):
            yield from span.turns(moved.attributes.get(span.field), self._zone(moved), event.at)
        elif span is not None:
            yield span.start(self._zone(event), event.at)
        if self._of_days:
            yield from day_turns(self._zone(moved), low, event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return an instant before which `turns` yields nothing for events at `instant` or later, or None."""
        span = self.preceded.span
        if isinstance(span, FieldSpan):
            span = span.otherwise
        earliest = None if span is None else span.earliest_start(instant)
        return first_day_turn(earliest, instant) if self._of_days else earliest

    def earliest_relevant(self, instant: int) -> int | None:
        """Return an instant before which no event counts at `instant` or later, None if all count."""
        span = self.preceded.span
        return span.earliest_start(instant) if isinstance(span, Span) else None

    def is_live(self, seen: list[Any], now: int) -> bool:
        """Return whether a state can matter to an event at `now` or later."""
        span = self.preceded.span
        if isinstance(span, FieldSpan):
            return bool(seen[-1] > now)
        latest = seen[-1] if self._values is None else seen[-1][0]
        return span is None or bool(latest >= span.earliest_start(now))

    def _leave(self, span: FieldSpan, event: Event) -> int:
        return span.leave(event.attributes.get(span.field), self._zone(event), event.at)

    def _zone(self, event: Event) -> Zone | None:
        return event_zone(event, self.preceded.zone_sources, self.preceded.zone)
