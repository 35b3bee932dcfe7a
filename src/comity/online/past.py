"""The operator past: some selected event before e that counts, or none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator

from comity.events import Event
from comity.findings import Finding
from comity.instants import format_elapsed
from comity.online.fields import Scope
from comity.online.memory import TRIM_EVERY, Seen, elapsed_of
from comity.online.runner import Context, Flags, Runner
from comity.plan import Lookup, Past, PlannedRule, Selector
from comity.zones import Zone


class Memory(ABC):
    """The events of one lookup that later contacts may meet, scope by scope."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    @abstractmethod
    def remember(self, scope: Scope, seen: Seen, *, selected: bool, lifting: bool) -> None:
        """Forget what a lifting event lifts, then keep a selected one."""

    @abstractmethod
    def hit(self, scope: Scope, zone: Zone | None, instant: int) -> Seen | None:
        """Find the nearest event that counts for a contact at an instant."""

    def openings(self, scope: Scope, zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield instants after this one from which an event counts that does not yet."""
        yield from ()


class Nearest(Memory):
    """Keeps the last event alone: where no deadline must pass first, it counts longest."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        self.last: dict[Scope, Seen] = {}

    def remember(self, scope: Scope, seen: Seen, *, selected: bool, lifting: bool) -> None:
        """Keep a selected event in place of the one before."""
        if selected:
            self.last[scope] = seen
        elif lifting:
            self.last.pop(scope, None)

    def hit(self, scope: Scope, zone: Zone | None, instant: int) -> Seen | None:
        """Give the last event where it is within the span."""
        seen, within = self.last.get(scope), self.lookup.within
        if seen is None or within is None or seen[0] >= within.start(zone, instant):
            return seen
        return None


class Ranked(Memory):
    """Keeps all events that may count once their deadlines have passed."""

    def __init__(self, lookup: Lookup) -> None:
        super().__init__(lookup)
        assert lookup.after is not None
        self._deadline = lookup.after
        self._lists: dict[Scope, list[Seen]] = {}

    def remember(self, scope: Scope, seen: Seen, *, selected: bool, lifting: bool) -> None:
        """Drop the list at a lifting event, lengthen it by a selected one."""
        if lifting:
            self._lists.pop(scope, None)
        if selected:
            items = self._lists.setdefault(scope, [])
            items.append(seen)
            if not len(items) % TRIM_EVERY:
                self._trim(items, seen[0])

    def hit(self, scope: Scope, zone: Zone | None, instant: int) -> Seen | None:
        """Find the latest event whose deadline has passed, where it is within the span."""
        within = self.lookup.within
        start = None if within is None else within.start(zone, instant)
        for seen in reversed(self._lists.get(scope, ())):
            if start is not None and seen[0] < start:
                return None
            if self._deadline.deadline(zone, seen[0]) < instant:
                return seen
        return None

    def openings(self, scope: Scope, zone: Zone | None, instant: int) -> Iterator[int]:
        """Yield when the deadline of each event will have passed, where it still is within the span then."""
        within = self.lookup.within
        for at, _ in self._lists.get(scope, ()):
            begin = max(instant, self._deadline.deadline(zone, at) + 1)
            if within is None or begin < within.leave(zone, at):
                yield begin

    def _trim(self, items: list[Seen], now: int) -> None:
        """Drop what left the span, and all but the last of those whose deadline has passed."""
        if self.lookup.within is not None:
            del items[: bisect_left(items, (self.lookup.within.floor(now),))]
        settled = bisect_left(items, (self._deadline.settled(now),))
        del items[: max(0, settled - 1)]


class PastRunner(Runner):
    """Judges by the events before e that count in one of the lookups."""

    def __init__(self, rule: PlannedRule, past: Past, context: Context) -> None:
        roles: list[Selector | None] = []
        for lookup in past.lookups:
            roles += (lookup.event, lookup.lift)
        super().__init__(rule, context, *roles)
        self._past = past
        self._memories: list[Memory] = [
            Nearest(lookup) if lookup.after is None else Ranked(lookup) for lookup in past.lookups
        ]
        self._only = self._memories[0] if len(self._memories) == 1 and not past.wanted else None
        self._elapsed = elapsed_of(past.lookups[0].within) if past.lookups else None

    def visit(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Judge and remember, at little cost for a plain gap of elapsed time."""
        only, at = self._only, event.at
        if flags[0] and (self._always or self.in_force(event)):
            self.judged += 1
            if isinstance(only, Nearest):
                seen = only.last.get(scope)
                if seen is not None and (self._elapsed is None or seen[0] > at - self._elapsed):
                    self.note(self.judge(scope, event, label))
            else:
                self.note(self.judge(scope, event, label))
        if only is not None:
            if flags[1] or flags[2]:
                only.remember(scope, (at, label), selected=flags[1], lifting=flags[2])
        else:
            self.remember(scope, event, label, flags)

    def judge(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Look for an event that counts."""
        past, zone = self._past, self.zone(event)
        hit = self._hit(scope, zone, event.at)
        if (hit is not None) == past.wanted:
            return None
        measured, evidence = past.wording.nothing, tuple[str, ...]()
        if hit is not None:
            lookup, (at, name) = hit
            span = lookup.within or lookup.after
            measured = format_elapsed(event.at - at) if span is None else span.measure(zone, at, event.at)
            evidence = (name,)
        return self.finding(
            scope,
            event,
            label,
            past.wording,
            measured,
            evidence=evidence,
            allowed_from=self.earliest(scope, event, event.at),
        )

    def remember(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Let every lookup forget and keep."""
        seen = (event.at, label)
        for number, memory in enumerate(self._memories):
            selected, lifting = flags[1 + 2 * number], flags[2 + 2 * number]
            if selected or lifting:
                memory.remember(scope, seen, selected=selected, lifting=lifting)

    def earliest(self, scope: Scope, event: Event, instant: int) -> int | None:
        """Leave the forbidden stretches one after another, or find the first in which an event counts."""
        zone = self.zone(event)
        if self._past.wanted:
            if self._hit(scope, zone, instant) is not None:
                return instant
            openings = (o for memory in self._memories for o in memory.openings(scope, zone, instant))
            return min(openings, default=None)
        while (hit := self._hit(scope, zone, instant)) is not None:
            lookup, seen = hit
            if lookup.within is None:
                return None
            instant = lookup.within.leave(zone, seen[0])
        return instant

    def _hit(self, scope: Scope, zone: Zone | None, instant: int) -> tuple[Lookup, Seen] | None:
        """Find the nearest event that counts for a contact at an instant."""
        best: tuple[Lookup, Seen] | None = None
        for memory in self._memories:
            seen = memory.hit(scope, zone, instant)
            if seen is not None and (best is None or seen[0] > best[1][0]):
                best = (memory.lookup, seen)
        return best
