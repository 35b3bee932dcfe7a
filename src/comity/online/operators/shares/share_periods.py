"""Shares of periods: judged when a period is over, at the last part in it."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from typing import Final

import attrs

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.rule import Flags, Label
from comity.online.operators.states.memory import TRIM_EVERY, write_event
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse, table
from comity.plan import PlannedRule, Share
from comity.plan.fingerprint import fingerprint
from comity.records import define
from comity.results.findings import Finding

_KEYS: Final = frozenset({"open", "scopes"})


@define(eq=False)
class OpenPeriod:
    """The last part of a period that is not over."""

    scope: Scope
    event: Event
    label: Label
    position: int
    deadline: int
    """The last instant of the period."""
    counts: tuple[int, int] = (0, 0)
    """The parts and the whole in the period, once they are asked for."""


class SharePeriods(DeadlineRule):
    """The rule as audits and monitors judge it."""

    def __init__(self, number: int, rule: PlannedRule, share: Share, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self.share = share

    def state_key(self) -> str:
        """Return a text of the rule, its part and whole, and when it is in effect."""
        rule = self.rule
        zones = (rule.zone, rule.default_zone)
        return fingerprint(
            "share-periods", rule.name, *self.scope_key(), rule.judged, self.share, rule.effective, zones
        )

    def report(self, open_one: OpenPeriod, as_of: int | None) -> Finding | None:
        """Return the finding about a period, pending if it ends after as-of; None if the share is kept."""
        if not self.share.exceeds(*open_one.counts):
            return None
        pending = as_of is not None and open_one.deadline > as_of
        return self.make_finding(
            open_one.scope,
            open_one.event,
            open_one.label,
            self.share.wording,
            self.share.measured(*open_one.counts),
            status="pending" if pending else "violation",
            due=open_one.deadline,
        )

    def due(self, open_one: OpenPeriod, now: int | None) -> None:
        """Return nothing: a share asks for no contact."""


class OpenShares:
    """The periods of one rule that are not over."""

    __slots__ = ("_by_deadline", "_last", "_number", "_parts", "_wholes", "bound", "unlisted")

    def __init__(self, bound: SharePeriods) -> None:
        self.bound = bound
        self.unlisted = 0
        self._parts: dict[Scope, list[int]] = {}
        self._wholes: dict[Scope, list[int]] = {}
        self._last: dict[Scope, list[OpenPeriod]] = {}
        """The last parts of periods that are not over: of one period, where all events are in one zone."""
        self._by_deadline: list[tuple[int, int, OpenPeriod]] = []
        """A heap; an entry that is no longer among the last parts is passed over."""
        self._number = 0
        """How many periods were put on the heap: one event may be in several scopes."""

    def take(
        self, scope: Scope, event: Event, label: Label, position: int, flags: Flags, *, judged: bool
    ) -> bool:
        """Count an event; a part is the last of its period until another one comes."""
        at = event.at
        if flags[2]:
            self._wholes.setdefault(scope, []).append(at)
        if flags[1]:
            self._parts.setdefault(scope, []).append(at)
            kept = [each for each in self._last.get(scope, ()) if each.deadline < at]
            if judged:
                end = self.bound.share.window.deadline(self.bound.zone(event), at)
                kept.append(OpenPeriod(scope, event, label, position, end))
                self._push(kept[-1])
            self._last[scope] = kept
        self._trim(scope, at)
        return judged

    def _trim(self, scope: Scope, now: int) -> None:
        """Drop what is in no period that is not over."""
        for known in (self._parts, self._wholes):
            instants = known.get(scope)
            if instants and not len(instants) % TRIM_EVERY:
                oldest = min([now, *(each.event.at for each in self._last.get(scope, ()))])
                del instants[: bisect_left(instants, self.bound.share.window.earliest_start(oldest))]

    @property
    def next_deadline(self) -> float:
        """Return the end of the first period that is not over; infinity for none."""
        return self._by_deadline[0][0] if self._by_deadline else math.inf

    def entered(self, as_of: int | None) -> int:
        """Return 0: each event is judged when it happens, or not at all."""
        return 0

    def expire(self, now: int) -> list[OpenPeriod]:
        """Return the periods that were over before an instant, and forget them."""
        over = []
        while self._by_deadline and self._by_deadline[0][0] < now:
            each = heapq.heappop(self._by_deadline)[2]
            last = self._last.get(each.scope, [])
            if each in last:
                last.remove(each)
                over.append(self._counted(each))
                if not last:
                    del self._last[each.scope]
        return over

    def _counted(self, period: OpenPeriod) -> OpenPeriod:
        share, event = self.bound.share, period.event
        start = share.window.start(self.bound.zone(event), event.at)
        period.counts = tuple(  # type: ignore[assignment]
            bisect_right(known.get(period.scope, []), period.deadline)
            - bisect_left(known.get(period.scope, []), start)
            for known in (self._parts, self._wholes)
        )
        return period

    def open(self) -> list[OpenPeriod]:
        """List the periods that are not over, by their ends, with their counts so far."""
        found = [self._counted(each) for own in self._last.values() for each in own]
        return sorted(found, key=lambda each: (each.deadline, each.position))

    def evict(self, now: int) -> None:
        """Drop the scopes without an open period whose events have left the window."""
        earliest = self.bound.share.window.earliest_start(now)
        for known in (self._parts, self._wholes):
            for scope in [each for each, instants in known.items() if instants[-1] < earliest]:
                if scope not in self._last:
                    del known[scope]

    def clear(self) -> None:
        """Forget everything."""
        for known in (self._parts, self._wholes, self._last):
            known.clear()
        self._by_deadline.clear()

    def go_on_from(self, other: OpenShares) -> None:
        """Count on from another one, which goes its own way."""
        self._parts = {scope: instants.copy() for scope, instants in other._parts.items()}
        self._wholes = {scope: instants.copy() for scope, instants in other._wholes.items()}
        for each in other.open():
            self._put(attrs.evolve(each))

    def _put(self, period: OpenPeriod) -> None:
        self._last.setdefault(period.scope, []).append(period)
        self._push(period)

    def _push(self, period: OpenPeriod) -> None:
        self._number += 1
        heapq.heappush(self._by_deadline, (period.deadline, self._number, period))

    def dump(self) -> dict[str, object]:
        """Write the state as values that JSON has."""
        scopes = sorted(self._parts.keys() | self._wholes.keys(), key=repr)
        return {
            "scopes": [
                [list(scope), self._parts.get(scope, []).copy(), self._wholes.get(scope, []).copy()]
                for scope in scopes
            ],
            "open": [
                [list(each.scope), write_event(each.event), each.label, each.position, each.deadline]
                for each in self.open()
            ],
        }

    def load(self, data: object, reader: SnapshotReader) -> None:
        """Read a state that `dump` wrote; raises SnapshotError for anything else."""
        size = len(self.bound.rule.per)
        written = table(data, "the periods of a share", _KEYS)
        for each in items(written["scopes"], "the events of a share"):
            scope, parts, wholes = items(each, "the events of a share", 3)
            for known, instants in ((self._parts, parts), (self._wholes, wholes)):
                found = [reader.instant(at) for at in items(instants, "the events of a share")]
                if found != sorted(found):
                    refuse("the events of a share", instants)
                if found:
                    known[reader.scope(scope, size)] = found
        for each in items(written["open"], "the periods of a share"):
            scope, event, label, position, deadline = items(each, "a period of a share", 5)
            self._put(
                OpenPeriod(
                    reader.scope(scope, size),
                    reader.event(event),
                    reader.label(label),
                    reader.position(position),
                    reader.later(deadline, "the end of a period"),
                )
            )
