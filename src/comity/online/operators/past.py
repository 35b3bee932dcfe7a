"""The operator past: some selected event before e that counts, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from comity.clock.instants import format_elapsed
from comity.clock.zones import Zone
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.fields import values_that_differ
from comity.online.operators.lookups.deadline_state import DeadlineState
from comity.online.operators.lookups.enough_state import EnoughState
from comity.online.operators.lookups.expiry_state import ExpiryState
from comity.online.operators.lookups.latest_state import LatestState
from comity.online.operators.lookups.lookup_state import LookupState
from comity.online.operators.operator import Operator
from comity.online.operators.rule import EventRef, Flags, Label, name_of
from comity.online.operators.states.snapshot_values import SnapshotReader, items
from comity.online.operators.states.state_codec import State
from comity.plan import FieldSpan, Lookup, Past, PlannedRule, Span
from comity.plan.fingerprint import fingerprint

Hit = tuple[int, EventRef]
"""The number of a lookup, and the event that counts in it."""
PastFacts = tuple[Hit | None, str]
"""The event that must not count; or none if one must, and what was found instead."""


class PastOperator(Operator[list[State], PastFacts]):
    """Judges by the events before e that count in one of the lookups; it has a state for each lookup."""

    def __init__(self, number: int, rule: PlannedRule, past: Past, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._past = past
        self._lookup_states: list[LookupState[Any]] = [
            make_lookup_state(lookup, self.zone, channels) for lookup in past.lookups
        ]
        self.fires_on_empty_state = past.must_exist
        self.by_time_alone = self._zone_sources is None
        self._counts = any(lookup.counts for lookup in past.lookups)

    @property
    def can_scan_back(self) -> bool:
        """Whether the state can be gathered: there is one lookup, and its state can be.

        Several lookups cannot, since a reset of one does not end the scan for the others.
        """
        return len(self._lookup_states) == 1 and self._lookup_states[0].can_scan_back

    def check(self, state: list[State] | None, event: Event, flags: Flags) -> PastFacts | None:
        """Return the event that must not count, or none if one must; None if the rule is kept."""
        hit = self._hit(state, self.zone(event), event.at)
        if (hit is not None) == self._past.must_exist:
            return None
        return hit, self._measured(state, event) if hit is None else ""

    def describe_breach(self, facts: PastFacts, event: Event) -> tuple[str, tuple[Label, ...]]:
        """Return how far back the event is."""
        hit, measured = facts
        if hit is None:
            return measured, ()
        return self._distance(hit, event), (hit[1][1],)

    def _measured(self, state: list[State] | None, event: Event) -> str:
        """Say how much of what must be there is."""
        nothing = self._past.wording.nothing
        if not self._counts:
            return nothing
        zone, own = self.zone(event), state or [None] * len(self._lookup_states)
        pairs = zip(self._lookup_states, own, strict=True)
        found = [lookup_state.measured(each, zone, event.at) or nothing for lookup_state, each in pairs]
        return " or ".join(dict.fromkeys(found))

    def _distance(self, hit: Hit, event: Event) -> str:
        number, (at, _) = hit
        lookup = self._lookup_states[number].lookup
        span = lookup.within or lookup.after
        if not isinstance(span, Span):
            return format_elapsed(event.at - at)
        return span.measure(self.zone(event), at, event.at)

    def usage(self, state: list[State] | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Return how far back the nearest event is, whether it counts or not."""
        zone = self.zone(event)
        hit = self._hit(state, zone, event.at)
        if self._counts and self._past.must_exist:
            if hit is None:
                return self._measured(state, event), None
            enough = self._lookup_states[hit[0]]
            if enough.lookup.counts:
                return f"at least {enough.measured((state or ())[hit[0]], zone, event.at)}", None
        for number, (lookup_state, own) in enumerate(zip(self._lookup_states, state or (), strict=False)):
            if hit is None and own is not None:
                hit = (number, lookup_state.latest(own))
        if hit is None:
            return "nothing before it that counts", None
        return f"{self._distance(hit, event)} after `{name_of(hit[1][1])}`", None

    def next_allowed(self, state: list[State] | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the end of the forbidden stretches, or the start of one in which an event counts."""
        zone = self.zone(event)
        if self._past.must_exist:
            if self._hit(state, zone, instant) is not None:
                return instant
            return min(self._openings(state, zone, instant), default=None)
        return self._beyond(state, zone, instant)

    def next_forbidden(
        self, state: list[State] | None, event: Event, instant: int, flags: Flags
    ) -> int | None:
        """Return when an event starts to count that must not, or when none counts although one must."""
        zone = self.zone(event)
        if not self._past.must_exist:
            return min((o for o in self._openings(state, zone, instant) if o > instant), default=None)
        return self._beyond(state, zone, instant)

    def _beyond(self, state: list[State] | None, zone: Zone | None, instant: int) -> int | None:
        """Return the first instant, from this one on, at which no event counts."""
        while (hit := self._hit(state, zone, instant)) is not None:
            number, seen = hit
            assert state is not None
            leave = self._lookup_states[number].leave(state[number], seen, zone)
            if leave is None:
                return None
            instant = leave
        return instant

    def _openings(self, state: list[State] | None, zone: Zone | None, instant: int) -> list[int]:
        pairs = zip(self._lookup_states, state or (), strict=False)
        return [
            o
            for lookup_state, own in pairs
            if own is not None
            for o in lookup_state.openings(own, zone, instant)
        ]

    def _hit(self, state: list[State] | None, zone: Zone | None, instant: int) -> Hit | None:
        """Return the nearest event that counts for a contact at an instant, with the number of its lookup."""
        best: Hit | None = None
        for number, (lookup_state, own) in enumerate(zip(self._lookup_states, state or (), strict=False)):
            seen = None if own is None else lookup_state.hit(own, zone, instant)
            if seen is not None and (best is None or seen[0] > best[1][0]):
                best = (number, seen)
        return best

    def update_state(
        self, state: list[State] | None, seen: EventRef, event: Event, flags: Flags
    ) -> list[State] | None:
        """Update the state of every lookup."""
        states = state or [None] * len(self._lookup_states)
        for number, lookup_state in enumerate(self._lookup_states):
            selected, resets = flags[1 + 2 * number], flags[2 + 2 * number]
            if selected or resets:
                states[number] = lookup_state.update_state(
                    states[number], seen, event, selected=selected, resets=resets
                )
        return None if states.count(None) == len(states) else states

    def copied(self, state: list[State]) -> list[State]:
        """Return copies of the states of the lookups."""
        return [own.copy() if isinstance(own, list) else own for own in state]

    def alike(self, one: list[State] | None, other: list[State] | None, now: int, *, exact: bool) -> bool:
        """Compare the states of each lookup."""
        none = [None] * len(self._lookup_states)
        trios = zip(self._lookup_states, one or none, other or none, strict=True)
        return all(lookup_state.alike(mine, others, now, exact=exact) for lookup_state, mine, others in trios)

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield the turns of all lookups."""
        zone, own = self.zone(event), self.zone(moved)
        for lookup_state in self._lookup_states:
            yield from lookup_state.turns(event, zone, moved, own, low, high)

    def first_turn(self, instant: int) -> int | None:
        """Return the earliest of the lookups."""
        turns = [lookup_state.first_turn(instant) for lookup_state in self._lookup_states]
        return min((turn for turn in turns if turn is not None), default=None)

    def scan_back(self, found: list[Any], seen: EventRef, event: Event, flags: Flags) -> bool:
        """Take the event for the only lookup."""
        return self._lookup_states[0].scan_back(found, seen, event, selected=flags[1]) or flags[2]

    def state_from_scan(self, found: list[Any]) -> list[State] | None:
        """Return the state of the only lookup."""
        state = self._lookup_states[0].state_from_scan(found)
        return None if state is None else [state]

    def earliest_relevant(self, instant: int) -> int | None:
        """Return the earliest instant that is relevant to one of the lookups."""
        earliest_ones = [lookup_state.earliest_relevant(instant) for lookup_state in self._lookup_states]
        known = [earliest for earliest in earliest_ones if earliest is not None]
        return min(known) if len(known) == len(earliest_ones) and known else None

    def is_live(self, state: list[State], now: int) -> bool:
        """Return whether the state of one of the lookups can still matter."""
        pairs = zip(self._lookup_states, state, strict=True)
        return any(own is not None and lookup_state.is_live(own, now) for lookup_state, own in pairs)

    def state_key(self) -> str:
        """Return a text of what is looked for and how far back; with the zone, if events are read in it."""
        rule, lookups = self.rule, self._past.lookups
        dated = any(isinstance(lookup.within, FieldSpan) for lookup in lookups)
        dated |= self._past.asks_local_day()
        read_in = (rule.zone, rule.default_zone, rule.zone_sources) if dated else ()
        return fingerprint("past", *self.scope_key(), lookups, *read_in)

    def dump(self, state: list[State]) -> object:
        """Return copies of the states of the lookups."""
        return [own.copy() if isinstance(own, list) else own for own in state]

    def load(self, data: object, reader: SnapshotReader) -> list[State]:
        """Read the states of the lookups."""
        pairs = zip(
            self._lookup_states, items(data, "what lookups keep", len(self._lookup_states)), strict=True
        )
        return [None if own is None else lookup_state.load(own, reader) for lookup_state, own in pairs]


def make_lookup_state(
    lookup: Lookup, zone: Callable[[Event], Zone | None], channels: Channels
) -> LookupState[Any]:
    """Return the state that fits a lookup; `zone` returns the zone in which an event is read."""
    if lookup.counts:
        different = lookup.distinct
        values = None if different is None else values_that_differ(different, zone, channels)
        return EnoughState(lookup, values)
    if isinstance(lookup.within, FieldSpan):
        return ExpiryState(lookup, lookup.within, zone)
    return LatestState(lookup) if lookup.after is None else DeadlineState(lookup)
