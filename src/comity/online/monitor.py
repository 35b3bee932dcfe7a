"""The monitor: events one by one, findings as they become certain, state bounded by the rules' windows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from comity.decisions import Decision, Explanation, Obligation, Slot
from comity.errors import EventError
from comity.events import DIRECTIONS, Event, EventLike, to_event
from comity.findings import Finding
from comity.instants import MIN_INSTANT, format_instant
from comity.online.decide import decide
from comity.online.evaluator import Evaluator
from comity.online.explain import explain
from comity.online.forget import Forgetting
from comity.online.memory import Memory
from comity.online.obligations import obligations
from comity.online.program import Program
from comity.online.slots import find_slots
from comity.online.snapshot import Snapshot, take_snapshot
from comity.online.turns import INTERRUPTED, Turns

T = TypeVar("T")
BEFORE_ALL = MIN_INSTANT - 1
CHECK_EVERY = 1024
"""After so many events it is seen whether there is much to forget."""


class Monitor(Turns):
    """Takes the events of all persons one by one and gives the findings that each makes certain.

    One thread at a time may use it; a second one gets a UsageError. `Engine.monitor` makes it.
    """

    def __init__(self, program: Program, policies: tuple[str, ...]) -> None:
        super().__init__()
        self._program = program
        self._policies = policies
        self._evaluator = Evaluator(program)
        self._forgetting = Forgetting(self._evaluator)
        self.events = 0
        """How many events were fed."""
        self._latest = BEFORE_ALL

    @property
    def now(self) -> int | None:
        """The latest instant that was told, by an event or by `advance`."""
        return None if self._latest == BEFORE_ALL else self._latest

    def feed(self, event: EventLike) -> list[Finding]:
        """Take the next event and give what it makes certain, in the order of the judged events.

        Raises EventError for an event that is unusable or earlier than `now`; it is then as if it had not
        been fed.
        """
        if (
            type(event) is not Event
            or type(event.at) is not int
            or event.timezone
            or event.direction not in DIRECTIONS
        ):
            event = to_event(event)
        at, lock = event.at, self._lock
        if self._trouble or not lock.acquire(False):
            self.refuse()
        try:
            if at < self._latest:
                raise EventError(
                    f"the event at {format_instant(at)} is late: the monitor has been told of "
                    f"{format_instant(self._latest)}; `lateness` lets a monitor take late events"
                )
            self._trouble = INTERRUPTED
            evaluator, position = self._evaluator, self.events
            evaluator.take(event, position)
            self._latest = at
            self.events = position = position + 1
            if not position % CHECK_EVERY:
                self._forgetting.forget_if_grown(at)
            self._trouble = ""
            return self._certain() if evaluator.found or evaluator.lapsed else []
        finally:
            lock.release()

    def advance(self, now: int) -> list[Finding]:
        """Let time pass without events up to an instant, and give what that makes certain.

        Events at this very instant may still come; earlier ones are late from then on. Raises EventError for
        an instant earlier than `now`.
        """
        self.enter()
        try:
            if now < self._latest:
                raise EventError(
                    f"time does not go back: the monitor has been told of {format_instant(self._latest)}, "
                    f"and {format_instant(now)} is earlier"
                )
            self._trouble = INTERRUPTED
            self._latest = now
            self._evaluator.lapse(now)
            self._forgetting.forget_if_grown(now)
            self._trouble = ""
            return self._certain()
        finally:
            self.leave()

    def close(self, as_of: int | None = None) -> list[Finding]:
        """End the monitor: what is open is reported, as pending where the deadline is later than as-of.

        As-of is `now` unless it is given. With it the findings are, all in all, those of an audit.
        """
        self.enter()
        try:
            self._evaluator.close(self.now if as_of is None else as_of)
            self._trouble = "it is closed"
            return self._certain()
        finally:
            self.leave()

    def decide(self, proposed: EventLike) -> Decision:
        """Say whether a proposed contact may be made after what was fed; it is not fed itself.

        Raises EventError for one earlier than `now`.
        """
        return self._ask(proposed, decide)

    def explain(self, proposed: EventLike) -> tuple[Explanation, ...]:
        """Say of every rule what it measures of a proposed contact, and how much room is left."""
        return self._ask(proposed, explain)

    def slots(self, proposed: EventLike, n: int = 1, until: int | None = None) -> tuple[Slot, ...]:
        """Give the next n stretches of time in which a contact is allowed, if they begin before `until`."""
        return self._ask(proposed, find_slots(n, until))

    def obligations(self, now: int | None = None) -> tuple[Obligation, ...]:
        """List the responses that are open at an instant, by default at `now`, the first due first.

        Raises EventError for an instant earlier than `now`.
        """
        self.enter()
        try:
            if now is not None and now < self._latest:
                raise EventError(f"the monitor has been told of {format_instant(self._latest)} already")
            return obligations(self._evaluator, self.now if now is None else now)
        finally:
            self.leave()

    def snapshot(self) -> str:
        """Write the state as one line of JSON that `Engine.restore` reads, now or in another process."""
        return self.take_out().dump()

    def take_out(self) -> Snapshot:
        """Give the state as a record; `snapshot` is its text."""
        self.enter()
        try:
            return take_snapshot(self._evaluator, self._policies, self.events, self.now)
        finally:
            self.leave()

    def put_in(self, snapshot: Snapshot, history: Iterable[EventLike] | None) -> list[str]:
        """Go on from a state; rules that it does not serve are served by a history of what was fed.

        Gives the names of the rules that nothing serves.
        """
        self.events = snapshot.events
        self._latest = BEFORE_ALL if snapshot.now is None else snapshot.now
        return snapshot.put_into(self._evaluator, None, history)

    def forget(self) -> int:
        """Drop what no rule can need any more, and say how many scopes are still remembered.

        It is done from time to time in any case, so that the state has at most about twice as many scopes as
        are needed.
        """
        self.enter()
        try:
            return self._forgetting.forget(self.now)
        finally:
            self.leave()

    def _ask(self, proposed: EventLike, answer: Callable[[Program, Memory, Event, int], T]) -> T:
        proposed = to_event(proposed)
        self.enter()
        try:
            if proposed.at < self._latest:
                raise EventError(
                    f"the proposed event at {format_instant(proposed.at)} is earlier than what the "
                    f"monitor has been told of, {format_instant(self._latest)}"
                )
            return answer(self._program, self._evaluator.memory, proposed, self.events)
        finally:
            self.leave()

    def _certain(self) -> list[Finding]:
        if self._evaluator.lapsed:
            self._evaluator.report_lapsed()
        return self._evaluator.take_found() if self._evaluator.found else []
