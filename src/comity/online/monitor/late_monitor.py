"""A monitor that takes late events: it may revise findings about events that are not settled yet."""

from __future__ import annotations

from collections.abc import Iterable

from comity.clock.instants import format_elapsed, format_instant
from comity.columns.event_columns import ArrowStream
from comity.errors import EventError
from comity.events.event import Event
from comity.events.event_like import EventLike, to_event
from comity.events.repeated import Repeated
from comity.events.values import Instant, read_at
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.monitor.exclusive import INTERRUPTED
from comity.online.monitor.monitor_base import BEFORE_ALL, MonitorBase
from comity.online.monitor.unsettled import Reported, Unsettled, UnsettledEvents
from comity.online.operators.states.memory import Memory, write_event
from comity.online.queries.obligations import obligations
from comity.online.state.eviction import Eviction
from comity.online.state.fork import fork, fork_whole
from comity.online.state.snapshot import Snapshot, take_snapshot
from comity.plan.unread_counts import UnreadCounts
from comity.results.findings import Finding
from comity.results.obligations import Obligation
from comity.results.revisions import Revision


class LateMonitor(MonitorBase):
    """Takes events that are late by no more than its allowed lateness; `Engine.monitor` makes it.

    It returns a finding about an event at once, and a revision if a late event changes it. It reports a
    missing response when no event can be the response any more: after its deadline plus the allowed lateness.
    """

    def __init__(
        self,
        compiled: CompiledPlan,
        policies: tuple[str, ...],
        allowed_lateness: int,
        repeated: Repeated = "refuse",
    ) -> None:
        super().__init__(compiled, policies, repeated)
        self._final = Evaluator(compiled)
        self._eviction = Eviction(self._final)
        self._unsettled = UnsettledEvents(by_person=compiled.by_person)
        self.allowed_lateness = allowed_lateness
        """How late an event may be, in microseconds."""

    @property
    def watermark(self) -> int | None:
        """The instant before which everything is settled: `now` less the allowed lateness; None at first."""
        return None if self._latest == BEFORE_ALL else self._latest - self.allowed_lateness

    @property
    def settled(self) -> int | None:
        """The same as `watermark`: its older name."""
        return self.watermark

    @property
    def lateness(self) -> int:
        """The same as `allowed_lateness`: its older name."""
        return self.allowed_lateness

    def feed(self, event: EventLike) -> list[Finding | Revision]:
        """Take an event, and return what changes: revisions first, then findings, by judged event.

        An event is repeated if an earlier one had the same id, person and instant: it is refused, or ignored
        if the monitor was made so. Raises EventError for an event that is unusable, refused or too late; such
        an event changes nothing.
        """
        event = to_event(event)
        self._enter()
        try:
            if event.id and self._known.holds(event):
                return []
            self._check_lateness(event, self._latest)
            self._trouble = INTERRUPTED
            changes = self._take(event)
            self._trouble = ""
            return changes
        finally:
            self._leave()

    def feed_many(self, events: Iterable[EventLike] | ArrowStream) -> list[Finding | Revision]:
        """Take the next events, and return what `feed` would give one after another.

        `events` are events or mappings of fields, or a table or data frame. All events are taken or none:
        raises EventError, with the number of the event or row, for one that is unusable, refused or too late.
        """
        given = self._read_many(events)
        if not isinstance(given, list):
            from comity.columns.column_rows import ColumnRows

            rows = ColumnRows(given)
            given = [rows.event(row) for row in range(len(rows))]
        self._enter()
        try:
            checked = self._check_all(given)
            self._trouble = INTERRUPTED
            changes = [change for event in checked for change in self._take(event)]
            self._trouble = ""
            return changes
        finally:
            self._leave()

    def _check_all(self, given: list[EventLike]) -> list[Event]:
        """Return the events without those that come again; raises EventError for one that is refused."""
        checked, latest, own = list[Event](), self._latest, set[tuple[str, str, int]]()
        for number, each in enumerate(given, start=1):
            try:
                event = to_event(each)
                if event.id:
                    key = event.id, event.person, event.at
                    if key in own or self._known.has(key):
                        self._known.refuse(event)
                        continue
                    own.add(key)
                self._check_lateness(event, latest)
            except EventError as error:
                raise EventError(f"event {number} of the batch: {error}") from error
            latest = max(latest, event.at)
            checked.append(event)
        return checked

    def _check_lateness(self, event: Event, latest: int) -> None:
        if event.at < latest - self.allowed_lateness:
            late = format_elapsed(latest - event.at)
            raise EventError(
                f"the event at {format_instant(event.at)} is {late} late: "
                f"the monitor takes what is at most {format_elapsed(self.allowed_lateness)} late"
            )

    def _take(self, event: Event) -> list[Finding | Revision]:
        position = self.events
        if event.id:
            self._known.add(event)
        self.events += 1
        self._latest = max(self._latest, event.at)
        unsettled = self._unsettled.add(event, position)
        return [*self._revise(unsettled), *self._settle(self._latest - self.allowed_lateness)]

    def advance(self, now: Instant) -> list[Finding | Revision]:
        """Let time pass without events up to an instant, and return the findings that this makes certain.

        Raises EventError for an instant earlier than `now`.
        """
        now = read_at(now)
        self._enter()
        try:
            self._check_time(now, "time does not go back:")
            self._trouble = INTERRUPTED
            self._latest = now
            changes: list[Finding | Revision] = [*self._settle(now - self.allowed_lateness)]
            self._trouble = ""
            return changes
        finally:
            self._leave()

    def close(self, as_of: Instant | None = None) -> list[Finding | Revision]:
        """End the monitor, and return findings about open responses, pending if due after `as_of`.

        `as_of` is `now` by default. All findings that were not withdrawn are those of an audit.
        """
        self._enter()
        try:
            self._take_settled(None)
            self._final.close(self.now if as_of is None else read_at(as_of))
            self._trouble = "it is closed"
            return [*self._final.take_found()]
        finally:
            self._leave()

    def obligations(self, now: Instant | None = None) -> tuple[Obligation, ...]:
        """Return the responses that are open at an instant, by default at `now`, the first due first.

        It copies the whole memory, which takes time in a large monitor. Raises EventError for an instant
        earlier than `now`.
        """
        self._enter()
        try:
            instant = self._time(now)
            ahead = fork_whole(self._final)
            for _, position, event in self._unsettled.in_order():
                ahead.take(event, position)
            return obligations(ahead, instant)
        finally:
            self._leave()

    def _checkpoint(self) -> Snapshot:
        """Return the state as a record; `snapshot` is its text."""
        self._enter()
        try:
            unsettled = [[position, write_event(event)] for _, position, event in self._unsettled.in_order()]
            return take_snapshot(
                self._final,
                self._policies,
                self.events,
                self.now,
                self._known,
                self.allowed_lateness,
                unsettled,
            )
        finally:
            self._leave()

    def _restore_from(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
        """Continue from a snapshot, and return the names of the rules that lack their state.

        Rules that find no state in the snapshot get it from `history`, the settled events.
        """
        self._go_on_from(snapshot)
        lacking = snapshot.restore_into(self._final, self.watermark, history)
        for position, event in snapshot.unsettled_events():
            self._unsettled.add(event, position)
        for own in self._unsettled.each():
            self._revise(own)
        return lacking

    def _waiting(self) -> Iterable[int]:
        return (own.events[0][0] for own in self._unsettled.each() if own.events)

    def _certain_until(self) -> int | None:
        return self.watermark

    def _settled(self) -> Evaluator:
        return self._final

    def _unread(self) -> UnreadCounts:
        known = self._final.unread.copied()
        for own in self._unsettled.each():
            for _, _, event in own.events:
                known.take(event)
        return known

    def _revise(self, unsettled: Unsettled) -> list[Finding | Revision]:
        """Judge the unsettled events again, and return what differs from the findings so far."""
        before, after = unsettled.reported, _by_matter(self._ahead(unsettled).found)
        unsettled.reported = after
        changes: list[Finding | Revision] = []
        changes += [
            Revision(before[matter], after.get(matter))
            for matter in sorted(before, key=_in_order)
            if after.get(matter) != before[matter]
        ]
        changes += [after[matter] for matter in sorted(after, key=_in_order) if matter not in before]
        return changes

    def _settle(self, until: int) -> list[Finding]:
        """Settle the events that no late event can precede, and return findings about missing responses."""
        self._take_settled(until)
        self._final.expire(until)
        self._final.report_expired()
        self._eviction.evict_some(until)
        self._known.evict(until)
        return self._final.take_found()

    def _take_settled(self, until: int | None) -> None:
        """Settle the events before an instant, or all for None; all their findings are reported already."""
        for position, event in self._unsettled.settle(until):
            self._final.take(event, position)
            self._final.found.clear()

    def _memory(self, proposed: Event) -> Memory:
        unsettled = self._unsettled.of(proposed)
        if unsettled is None:
            return self._final.memory
        return self._ahead(unsettled, proposed).memory

    def _ahead(self, unsettled: Unsettled, *asked: Event) -> Evaluator:
        """Return an evaluator after the unsettled events, with the memory that these and `asked` need."""
        ahead = fork(self._final, [*asked, *(event for _, _, event in unsettled.events)])
        for _, position, event in unsettled.events:
            ahead.take(event, position)
        return ahead


def _by_matter(found: list[tuple[int, Finding]]) -> Reported:
    return {(position, f.policy, f.rule, f.scope): f for position, f in found}


def _in_order(matter: tuple[int, str, str, object]) -> tuple[int, str, str, str]:
    position, policy, rule, scope = matter
    return position, policy, rule, repr(scope)
