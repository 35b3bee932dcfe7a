"""What the two monitors share: how far time has passed, and answers from their memory."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from comity.clock.instants import MIN_INSTANT, format_instant
from comity.columns.event_columns import ArrowStream, EventColumns
from comity.errors import EventError, UsageError
from comity.events.event import Event
from comity.events.event_like import EventLike, to_event
from comity.events.repeated import Repeated, read_repeated
from comity.events.values import Instant, read_at
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.monitor.exclusive import ExclusiveUse
from comity.online.operators.states.memory import Memory
from comity.online.queries.decide import decide
from comity.online.queries.explain import explain
from comity.online.queries.slots import find_slots
from comity.online.queries.with_history import Ask
from comity.online.state.eviction import Eviction
from comity.online.state.known_ids import KnownIds
from comity.online.state.snapshot import Snapshot, read_key
from comity.plan.unread_counts import UnreadCounts
from comity.results.decisions import Decision
from comity.results.explanations import Explanation
from comity.results.findings import Finding
from comity.results.revisions import Revision
from comity.results.slots import Slot

T = TypeVar("T")
BEFORE_ALL = MIN_INSTANT - 1


class MonitorBase(ExclusiveUse, ABC):
    """A monitor: it takes events as time passes, and answers questions about the next event."""

    _eviction: Eviction

    def __init__(
        self, compiled: CompiledPlan, policies: tuple[str, ...], repeated: Repeated = "refuse"
    ) -> None:
        super().__init__()
        self._known = KnownIds(compiled, repeated)
        self._compiled = compiled
        self._policies = policies
        self._latest = BEFORE_ALL
        self.events = 0
        """How many events were fed."""

    @property
    def now(self) -> int | None:
        """The latest instant that an event or `advance` has named; None before the first."""
        return None if self._latest == BEFORE_ALL else self._latest

    @property
    def unreadable(self) -> dict[str, int]:
        """For `policy/attribute`, how many values of the fed events cannot be read and count as absent."""
        return dict(sorted(self._unread().by_attribute.items()))

    @property
    def unlisted(self) -> dict[str, int]:
        """For `policy/rule`, how many missed periods are no findings, as 1,000 after the same event are."""
        responses = self._settled().open_responses.values()
        return {each.bound.rule.name: each.unlisted for each in responses if each.unlisted}

    def _go_on_from(self, snapshot: Snapshot) -> None:
        """Take over the counts and ids of a snapshot."""
        self.events = snapshot.events
        self._latest = BEFORE_ALL if snapshot.now is None else snapshot.now
        self._known.repeated = read_repeated(snapshot.state.repeated)
        self._known.load(snapshot.state.known, snapshot.reader)

    def decide(self, proposed: EventLike) -> Decision:
        """Return whether a proposed contact is allowed after the events that were fed; it is not fed itself.

        Raises EventError for a contact earlier than `now`.
        """
        return self._ask(proposed, decide)

    def explain(self, proposed: EventLike) -> tuple[Explanation, ...]:
        """Return what every rule measures of a proposed contact, and how much room is left.

        Events that no rule can need any more may be forgotten; they are then not described.
        """
        return self._ask(proposed, explain)

    def slots(self, proposed: EventLike, n: int = 1, until: Instant | None = None) -> tuple[Slot, ...]:
        """Return the next n stretches of time in which a contact is allowed and that begin before `until`."""
        return self._ask(proposed, find_slots(n, None if until is None else read_at(until)))

    def snapshot(self, *, key: str | bytes | None = None) -> str:
        """Write the state as one line of JSON that `Engine.restore` reads, now or in another process.

        With a key, nobody without that key can make or change a snapshot (HMAC-SHA-256); `restore` needs the
        same key. Without a key, a digest shows damage, but no forgery. Raises UsageError for an empty key.
        """
        return self._checkpoint().dump(None if key is None else read_key(key))

    @property
    def wakes(self) -> int | None:
        """The instant after which time alone may change what is known; None if only an event can.

        Once no earlier event can come, `advance` returns what has become certain.
        """
        deadlines = [each.next_deadline for each in self._settled().open_responses.values()]
        waiting = [int(each) for each in (*deadlines, *self._waiting()) if each < math.inf]
        return min(waiting, default=None)

    def _waiting(self) -> Iterable[int]:
        """Return the instants of events that wait for late ones before them."""
        return ()

    def forget(self) -> int:
        """Drop the states that no rule can need any more, and return how many scopes are still remembered.

        The monitor also does so step by step, those first that no event has used for the longest time.
        """
        self._enter()
        try:
            until = self._certain_until()
            if until is not None:
                self._known.evict(until, if_grown=False)
            return self._eviction.evict(until)
        finally:
            self._leave()

    def _read_many(self, events: Iterable[EventLike] | ArrowStream) -> list[EventLike] | EventColumns:
        """Return events as a list, or the columns of a table; raises UsageError for anything else."""
        if hasattr(events, "__arrow_c_stream__"):
            read_table = self._compiled.read_table
            assert read_table is not None, "INVARIANT: engines read tables"
            table: Any = events
            return read_table(table)
        if isinstance(events, Event | Mapping | str | bytes | bytearray) or not isinstance(events, Iterable):
            advice = (
                "; give columns as a table: `pyarrow.table(columns)`" if isinstance(events, Mapping) else ""
            )
            raise UsageError(
                f"`{type(events).__name__}` is not a batch: allowed are events or mappings of fields in a "
                f"list, and a table or data frame{advice}"
            )
        return list(events)

    def _certain_until(self) -> int | None:
        """Return the instant before which no further event may come; None before the first event."""
        return self.now

    @abstractmethod
    def feed_many(self, events: Iterable[EventLike] | ArrowStream) -> Sequence[Finding | Revision]:
        """Take the next events, all or none, and return what `feed` would give one after another."""

    @abstractmethod
    def _checkpoint(self) -> Snapshot:
        """Return the state as a record; `snapshot` is its text."""

    @abstractmethod
    def _restore_from(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
        """Continue from a snapshot, and return the names of the rules that lack their state."""

    @abstractmethod
    def _settled(self) -> Evaluator:
        """Return what has taken the events that are settled."""

    @abstractmethod
    def _unread(self) -> UnreadCounts:
        """Return the counts of values that cannot be read."""

    @abstractmethod
    def _memory(self, proposed: Event) -> Memory:
        """Return the memory for a proposed event."""

    def _ask(self, proposed: EventLike, answer: Ask[T]) -> T:
        proposed = to_event(proposed)
        self._enter()
        try:
            self._check_time(proposed.at, "the proposed event at")
            return answer(self._compiled, self._memory(proposed), proposed, self.events, None)
        finally:
            self._leave()

    def _time(self, instant: Instant | None) -> int | None:
        """Read an instant, by default `now`; raises EventError for an earlier one."""
        if instant is None:
            return self.now
        at = read_at(instant)
        self._check_time(at, "the instant")
        return at

    def _check_time(self, instant: int, what: str) -> None:
        """Raise EventError for an instant that is earlier than `now`."""
        if instant < self._latest:
            raise EventError(
                f"{what} {format_instant(instant)} is earlier than what the monitor has been told of, "
                f"{format_instant(self._latest)}"
            )


def checkpoint(monitor: MonitorBase) -> Snapshot:
    """Return the state of a monitor as a record that does not change with the monitor."""
    return monitor._checkpoint()


def restore_from(monitor: MonitorBase, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
    """Let a new monitor continue from a snapshot, and return the names of the rules that lack their state."""
    return monitor._restore_from(snapshot, history)
