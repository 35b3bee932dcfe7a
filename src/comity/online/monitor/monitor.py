"""The monitor: events one by one, findings as they become certain, state bounded by the rules' windows."""

from __future__ import annotations

from collections.abc import Iterable

from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.columns.event_columns import ArrowStream
from comity.errors import EventError
from comity.events.channels.directions import DIRECTIONS
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.events.repeated import Repeated
from comity.events.values import Instant, read_at
from comity.online.batches.batch import Batch
from comity.online.batches.batch_evaluator import BatchEvaluator
from comity.online.batches.column_batch import ColumnBatch
from comity.online.batches.event_rows import PLAIN, EventRows, late_message
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.monitor.exclusive import INTERRUPTED
from comity.online.monitor.monitor_base import MonitorBase
from comity.online.operators.states.memory import Memory
from comity.online.queries.obligations import obligations
from comity.online.state.eviction import Eviction
from comity.online.state.snapshot import Snapshot, take_snapshot
from comity.plan.unread_counts import UnreadCounts
from comity.results.findings import Finding
from comity.results.obligations import Obligation

CHECK_EVERY = 1024
"""After so many events the monitor checks whether it can evict states; a check counts all scopes."""


class Monitor(MonitorBase):
    """Takes the events of all persons one by one, and returns the findings that each makes certain.

    `Engine.monitor` makes it. Only one thread at a time may use it; a second one gets a UsageError.
    """

    def __init__(
        self, compiled: CompiledPlan, policies: tuple[str, ...], repeated: Repeated = "refuse"
    ) -> None:
        super().__init__(compiled, policies, repeated)
        self._evaluator = BatchEvaluator(compiled, streams=True)
        self._eviction = Eviction(self._evaluator)

    def feed(self, event: EventLike) -> list[Finding]:
        """Take the next event, and return the findings that it makes certain, in the order of judged events.

        An event is repeated if an earlier one had the same id, person and instant: it is refused, or ignored
        if the monitor was made so. Raises EventError for an event that is unusable, refused or earlier than
        `now`; such an event changes nothing.
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
                raise EventError(late_message(at, self._latest))
            self._trouble = INTERRUPTED
            evaluator, position = self._evaluator, self.events
            try:
                evaluator.take(event, position)
            except EventError:  # The kind, channel, direction or outcome is unusable: nothing has changed.
                self._trouble = ""
                check_event(event)
                self._trouble = INTERRUPTED
                raise
            self._latest = at
            if event.id:
                self._known.add(event)
            self.events = position = position + 1
            if not position % CHECK_EVERY:
                self._eviction.evict_some(at)
                self._known.evict(at)
            self._trouble = ""
            return self._certain() if evaluator.found or evaluator.expired else []
        finally:
            lock.release()

    def feed_many(self, events: Iterable[EventLike] | ArrowStream) -> list[Finding]:
        """Take the next events, and return the findings that `feed` would give one after another.

        `events` are events or mappings of fields, or a table or data frame whose columns are read as an audit
        reads them (local times without an offset are refused). It takes less time than feeding them one by
        one. An event without an id is called by its place among all events that were fed.

        All events are taken or none: raises EventError, with the number of the event or row, for one that is
        unusable, refused or late, and InputError for a table without a column for the person or the instant.
        """
        given = self._read_many(events)
        self._enter()
        try:
            evaluator, dispatch_of = self._evaluator, self._evaluator.dispatch_of
            if isinstance(given, list):
                batch: Batch = EventRows(given, self._latest, self._known, dispatch_of)
            else:
                batch = ColumnBatch(given, self._latest, self._known, dispatch_of)
            if not len(batch.instants):
                return []
            self._trouble = INTERRUPTED
            found = evaluator.take_batch(batch, self.events)
            self._latest = int(batch.instants[-1])
            self._known.add_all(batch.ids)
            before, self.events = self.events, self.events + len(batch.instants)
            if before // CHECK_EVERY != self.events // CHECK_EVERY:
                self._eviction.evict_some(self._latest)
                self._known.evict(self._latest)
            self._trouble = ""
            return found
        finally:
            self._leave()

    def advance(self, now: Instant) -> list[Finding]:
        """Let time pass without events up to an instant, and return the findings that this makes certain.

        Events at this instant may still come; earlier ones are late from then on. Raises EventError for an
        instant earlier than `now`.
        """
        now = read_at(now)
        self._enter()
        try:
            self._check_time(now, "time does not go back:")
            self._trouble = INTERRUPTED
            self._latest = now
            self._evaluator.expire(now)
            self._eviction.evict_some(now)
            self._trouble = ""
            return self._certain()
        finally:
            self._leave()

    def close(self, as_of: Instant | None = None) -> list[Finding]:
        """End the monitor, and return findings about open responses, pending if due after `as_of`.

        `as_of` is `now` by default. All findings together are those of an audit.
        """
        self._enter()
        try:
            self._evaluator.close(self.now if as_of is None else read_at(as_of))
            self._trouble = "it is closed"
            return self._certain()
        finally:
            self._leave()

    def obligations(self, now: Instant | None = None) -> tuple[Obligation, ...]:
        """Return the responses that are open at an instant, by default at `now`, the first due first.

        Raises EventError for an instant earlier than `now`.
        """
        self._enter()
        try:
            return obligations(self._evaluator, self._time(now))
        finally:
            self._leave()

    def _checkpoint(self) -> Snapshot:
        """Return the state as a record; `snapshot` is its text."""
        self._enter()
        try:
            return take_snapshot(self._evaluator, self._policies, self.events, self.now, self._known)
        finally:
            self._leave()

    def _restore_from(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
        """Continue from a snapshot, and return the names of the rules that lack their state.

        Rules that find no state in the snapshot get it from `history`, the events that were fed.
        """
        self._go_on_from(snapshot)
        return snapshot.restore_into(self._evaluator, None, history)

    def _settled(self) -> Evaluator:
        return self._evaluator

    def _unread(self) -> UnreadCounts:
        return self._evaluator.unread

    def _memory(self, proposed: Event) -> Memory:
        return self._evaluator.memory

    def _certain(self) -> list[Finding]:
        if self._evaluator.expired:
            self._evaluator.report_expired()
        return self._evaluator.take_found() if self._evaluator.found else []
