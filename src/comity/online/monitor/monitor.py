"""The monitor: events one by one, findings as they become certain, state bounded by the rules' windows."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from comity.clock.instants import MAX_INSTANT, UNSURE, format_instant
from comity.errors import EventError
from comity.events.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.events.repeated import Repeated
from comity.events.values import Instant, read_at
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.monitor.exclusive import INTERRUPTED
from comity.online.monitor.monitor_base import MonitorBase
from comity.online.operators.memory import Memory
from comity.online.queries.obligations import obligations
from comity.online.state.eviction import Eviction
from comity.online.state.snapshot import Snapshot, take_snapshot
from comity.online.unread import Unread
from comity.results.findings import Finding
from comity.results.obligations import Obligation

PLAIN = (MappingProxyType, dict)
"""Mappings of attributes that need no check."""
CHECK_EVERY = 1024
"""After so many events it is seen whether there is much to forget."""


class Monitor(MonitorBase):
    """Takes the events of all persons one by one and gives the findings that each makes certain.

    One thread at a time may use it; a second one gets a UsageError. `Engine.monitor` makes it.
    """

    def __init__(
        self, compiled: CompiledPlan, policies: tuple[str, ...], repeated: Repeated = "refuse"
    ) -> None:
        super().__init__(compiled, policies, repeated)
        self._evaluator = Evaluator(compiled)
        self._eviction = Eviction(self._evaluator)

    def feed(self, event: EventLike) -> list[Finding]:
        """Take the next event and give what it makes certain, in the order of the judged events.

        One with the id, the person and the instant of an event that was taken is that event again: it is
        refused, or ignored where that was asked for. Raises EventError for an event that is unusable, refused
        or earlier than `now`; it is then as if it had not been fed.
        """
        if (
            type(event) is not Event
            or type(event.person) is not str
            or type(event.at) is not int
            or event.at < UNSURE
            or event.timezone
            or event.matter != ()
            or type(event.attributes) not in PLAIN
            or event.direction not in DIRECTIONS
        ):
            event = to_event(event)
        at, lock = event.at, self._lock
        if self._trouble or not lock.acquire(False):
            self._refuse()
        try:
            if event.id and self._known.holds(event):
                return []
            if not self._latest <= at <= MAX_INSTANT:
                check_event(event)
                raise EventError(
                    f"the event at {format_instant(at)} is late: the monitor has been told of "
                    f"{format_instant(self._latest)}; `lateness` lets a monitor take late events"
                )
            self._trouble = INTERRUPTED
            evaluator, position = self._evaluator, self.events
            try:
                evaluator.take(event, position)
            except EventError:  # of its kind, channel, direction or outcome: nothing has been done yet
                self._trouble = ""
                check_event(event)
                self._trouble = INTERRUPTED
                raise
            self._latest = at
            if event.id:
                self._known.add(event)
            self.events = position = position + 1
            if not position % CHECK_EVERY:
                self._eviction.evict_if_grown(at)
                self._known.evict(at)
            self._trouble = ""
            return self._certain() if evaluator.found or evaluator.expired else []
        finally:
            lock.release()

    def advance(self, now: Instant) -> list[Finding]:
        """Let time pass without events up to an instant, and give what that makes certain.

        Events at this very instant may still come; earlier ones are late from then on. Raises EventError for
        an instant earlier than `now`.
        """
        now = read_at(now)
        self._enter()
        try:
            self._check_time(now, "time does not go back:")
            self._trouble = INTERRUPTED
            self._latest = now
            self._evaluator.expire(now)
            self._eviction.evict_if_grown(now)
            self._trouble = ""
            return self._certain()
        finally:
            self._leave()

    def close(self, as_of: Instant | None = None) -> list[Finding]:
        """End the monitor: what is open is reported, as pending where the deadline is later than as-of.

        As-of is `now` unless it is given. With it the findings are, all in all, those of an audit.
        """
        self._enter()
        try:
            self._evaluator.close(self.now if as_of is None else read_at(as_of))
            self._trouble = "it is closed"
            return self._certain()
        finally:
            self._leave()

    def obligations(self, now: Instant | None = None) -> tuple[Obligation, ...]:
        """List the responses that are open at an instant, by default at `now`, the first due first.

        Raises EventError for an instant earlier than `now`.
        """
        self._enter()
        try:
            return obligations(self._evaluator, self._time(now))
        finally:
            self._leave()

    def checkpoint(self) -> Snapshot:
        """Return the state as a record; `snapshot` is its text."""
        self._enter()
        try:
            return take_snapshot(self._evaluator, self._policies, self.events, self.now, self._known)
        finally:
            self._leave()

    def restore_from(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
        """Go on from a state; rules that it does not serve are served by a history of what was fed.

        Gives the names of the rules that nothing serves.
        """
        self._go_on_from(snapshot)
        return snapshot.restore_into(self._evaluator, None, history)

    def _unread(self) -> Unread:
        return self._evaluator.unread

    def _memory(self, proposed: Event) -> Memory:
        return self._evaluator.memory

    def _certain(self) -> list[Finding]:
        if self._evaluator.expired:
            self._evaluator.report_expired()
        return self._evaluator.take_found() if self._evaluator.found else []
