"""What the operator response keeps: the responses of one rule that are waited for, scope by scope."""

from __future__ import annotations

import heapq
import math
from typing import Final

from comity.events.event import Event
from comity.online.operators.deadlines.response import OpenResponse, ResponseRule
from comity.online.operators.fields import Scope
from comity.online.operators.rule import Flags, Label
from comity.online.operators.states.memory import write_event
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse, table
from comity.plan.constraints.response import MOST_MISSED

_KEYS: Final = frozenset({"now", "answered", "open"})
_ALL_KEYS: Final = _KEYS | {"running", "paused", "unlisted"}


class OpenResponses:
    """The open responses of one rule."""

    __slots__ = (
        "_answered_now",
        "_by_deadline",
        "_entered",
        "_now",
        "_number",
        "_open",
        "_paused",
        "_running",
        "_since",
        "_until",
        "bound",
        "unlisted",
    )

    def __init__(self, bound: ResponseRule, since: int | None = None, until: int | None = None) -> None:
        """Wait for the responses of a rule; periods are judged that begin from `since` to before `until`."""
        self.bound = bound
        self._since, self._until = since, until
        self._open: dict[Scope, list[OpenResponse]] = {}
        self._by_deadline: list[tuple[int, int, OpenResponse]] = []
        """A heap; an entry is passed over if its response is closed or held, or has another deadline.

        A pause in which no tick of the span's clock passes leaves two entries with one deadline.
        """
        self._now: int | None = None
        self._answered_now: set[Scope] = set()
        self._running: set[Scope] = set()
        """The scopes in which answers are asked for again and again."""
        self._paused: dict[Scope, int] = {}
        """Since when the clocks of a scope have stood still."""
        self._number = 0
        self._entered: list[int] = []
        """Where the first judged periods of events begin that were not judged themselves."""
        self.unlisted = 0
        """How many periods passed without an answer and are no findings, since too many before them are."""

    def take(
        self, scope: Scope, event: Event, label: Label, position: int, flags: Flags, *, judged: bool
    ) -> bool:
        """Take an event in a scope, and return whether it is judged there; deadlines before it have passed.

        Another event at the same instant answers, whichever comes first; an event never answers itself.
        """
        _, responds, contact, starts, stops, pauses, resumes = (*flags, *_PLAIN)[:7]
        if event.at != self._now:
            self._now = event.at
            self._answered_now.clear()
        if resumes:
            self._resume(scope, event.at)
        opens = judged
        if self.bound.recurs:
            opens = self._runs_on(scope, contact=contact, starts=starts, stops=stops) and flags[0]
            judged &= opens
        if opens:
            deadline = self.bound.deadline(event)
            if self.bound.recurs or deadline < event.at or scope not in self._answered_now:
                opened = OpenResponse(scope, event, label, position, deadline)
                if self.bound.recurs:
                    opened.in_force = self.bound.in_force(event, self._since, self._until)
                if scope in self._paused and deadline >= event.at:
                    opened.held = event.at
                self._add(opened)
        if responds:
            kept = []
            for waiting in self._open.pop(scope, ()):
                if waiting.position == position or (waiting.held is None and waiting.deadline < event.at):
                    kept.append(waiting)
                else:
                    waiting.closed = True
            if kept:
                self._open[scope] = kept
            self._answered_now.add(scope)
        if pauses:
            self._pause(scope, event.at)
        return judged

    def _runs_on(self, scope: Scope, *, contact: bool, starts: bool, stops: bool) -> bool:
        """Note what starts and stops the scope, and return whether the event begins a period in it."""
        was_running = scope in self._running and not stops
        if starts:
            if type(scope) is tuple:  # Nothing comes after an event that is alone in its scope.
                self._running.add(scope)
        elif stops:
            self._running.discard(scope)
        return (starts or was_running) and (contact or not was_running)

    def _pause(self, scope: Scope, at: int) -> None:
        if scope in self._paused:
            return
        if type(scope) is tuple:  # Nothing comes after an event that is alone in its scope.
            self._paused[scope] = at
        for waiting in self._open.get(scope, ()):
            if waiting.deadline >= at:
                waiting.held = at

    def _resume(self, scope: Scope, at: int) -> None:
        if self._paused.pop(scope, None) is not None:
            for waiting in self._open.get(scope, ()):
                if waiting.held is not None:
                    waiting.deadline = self.bound.resume(waiting, at)
                    waiting.held = None
                    self._push(waiting)

    def _add(self, waiting: OpenResponse) -> None:
        self._open.setdefault(waiting.scope, []).append(waiting)
        self._push(waiting)

    def _push(self, waiting: OpenResponse) -> None:
        if waiting.held is None:
            self._number += 1
            heapq.heappush(self._by_deadline, (waiting.deadline, self._number, waiting))

    @property
    def next_deadline(self) -> float:
        """Return the first deadline that is still to pass, of an answered response too; infinity for none."""
        return self._by_deadline[0][0] if self._by_deadline else math.inf

    def expire(self, now: int) -> list[OpenResponse]:
        """Return those whose deadline before an instant has passed unanswered.

        They are no longer open; one that recurs has another deadline then.
        """
        expired = []
        while self._by_deadline and self._by_deadline[0][0] < now:
            deadline, _, waiting = heapq.heappop(self._by_deadline)
            if waiting.closed or waiting.held is not None or waiting.deadline != deadline:
                continue
            if self.bound.recurs:
                expired += self._go_on(waiting, now)
                if waiting.begins < waiting.in_force[1]:
                    self._push(waiting)
                    continue
            else:
                expired.append(waiting)
            waiting.closed = True
            left = [other for other in self._open.get(waiting.scope, ()) if other is not waiting]
            if left:
                self._open[waiting.scope] = left
            else:
                self._open.pop(waiting.scope, None)
        return expired

    def _go_on(self, waiting: OpenResponse, now: int) -> list[OpenResponse]:
        """Let one that recurs miss the periods that are over before an instant, and return those judged."""
        missed: list[OpenResponse] = []
        bound, (first, end) = self.bound, waiting.in_force
        while waiting.deadline < now and waiting.begins < end:
            was_judged = waiting.begins >= first
            if was_judged:
                missed.append(waiting.copied())
                if waiting.missed == MOST_MISSED:
                    missed[-1].over = now
                    bound.pass_over(waiting, now)
                    continue
                waiting.missed += 1
            bound.miss(waiting)
            if waiting.begins < first:
                bound.leap(waiting, min(now, first))
            if not was_judged and waiting.counts:
                self._entered.append(waiting.begins)
        return missed

    def entered(self, as_of: int | None) -> int:
        """Return how many events are judged at as-of alone for periods that began later than they."""
        return sum(as_of is None or begins <= as_of for begins in self._entered)

    def open(self) -> list[OpenResponse]:
        """List what is open, by deadline; the deadline of what is held is the one that it had."""
        if not self.bound.pauses:
            entries = sorted(self._by_deadline, key=_in_order)
            return [each for at, _, each in entries if not each.closed and each.deadline == at]
        found = [each for own in self._open.values() for each in own]
        return sorted(found, key=lambda each: (each.deadline, each.position))

    def evict(self, now: int) -> None:
        """Drop nothing: what is open or paused matters until it ends, and nothing else is kept."""

    def clear(self) -> None:
        """Forget what is open."""
        self._open.clear()
        self._by_deadline.clear()
        self._running.clear()
        self._paused.clear()

    def go_on_from(self, other: OpenResponses) -> None:
        """Wait for what another one of the same rule waits for, which goes its own way."""
        self._now, self._answered_now = other._now, other._answered_now.copy()
        self._running, self._paused = other._running.copy(), other._paused.copy()
        self.unlisted = other.unlisted
        for waiting in other.open():
            self._add(waiting.copied())

    def dump(self) -> dict[str, object]:
        """Write the state as values that JSON has."""
        bound = self.bound
        written: dict[str, object] = {
            "now": self._now,
            "answered": sorted(map(list, self._answered_now), key=str),
            "open": [
                [list(w.scope), write_event(w.event), w.label, w.position, w.deadline, *self._moved(w)]
                for w in self.open()
            ],
        }
        if bound.recurs or bound.pauses:
            written["running"] = sorted(map(list, self._running), key=str)
            written["paused"] = sorted(([list(scope), at] for scope, at in self._paused.items()), key=str)
            written["unlisted"] = self.unlisted
        return written

    def _moved(self, waiting: OpenResponse) -> list[object]:
        """Write what a plain response does not have."""
        if not (self.bound.recurs or self.bound.pauses):
            return []
        return [waiting.begins, waiting.missed, waiting.paused, waiting.held]

    def load(self, data: object, reader: SnapshotReader) -> None:
        """Read a state that `dump` wrote; raises SnapshotError for what it did not."""
        size = len(self.bound.rule.per)
        moved = self.bound.recurs or self.bound.pauses
        written = table(data, "what is open", _ALL_KEYS if moved else _KEYS)
        self._now = None if written["now"] is None else reader.instant(written["now"])
        answered = items(written["answered"], "what is answered")
        self._answered_now = {reader.scope(scope, size) for scope in answered}
        if moved:
            running = items(written["running"], "where answers are asked for")
            self._running = {reader.scope(scope, size) for scope in running}
            pairs = [items(each, "a pause", 2) for each in items(written["paused"], "what is paused")]
            self._paused = {reader.scope(scope, size): reader.instant(at) for scope, at in pairs}
            self.unlisted = reader.number(written["unlisted"], "how many periods are not listed")
        for each in items(written["open"], "what is open"):
            scope, event, label, position, deadline, *more = items(
                each, "an open response", 9 if moved else 5
            )
            waiting = OpenResponse(
                reader.scope(scope, size),
                reader.event(event),
                reader.label(label),
                reader.position(position),
                reader.later(deadline, "a deadline"),
            )
            if more:
                begins, missed, paused, held = more
                waiting.begins = reader.later(begins, "where a period begins")
                waiting.missed = reader.number(missed, "how many were missed", 0, MOST_MISSED)
                waiting.paused = reader.number(paused, "how long was paused")
                waiting.held = None if held is None else reader.instant(held)
                if self.bound.recurs:
                    waiting.in_force = self.bound.in_force(waiting.event, None, None)
                if not self._is_right_about_pauses(waiting):
                    refuse("an open response", each)
            self._add(waiting)

    def _is_right_about_pauses(self, waiting: OpenResponse) -> bool:
        """Return whether a response that was read is held where pauses say so."""
        since = self._paused.get(waiting.scope)
        if since is None:
            is_alone = self.bound.rule.absent == "alone" and None in waiting.scope
            return waiting.held is None or is_alone
        return (waiting.held is not None) == (waiting.deadline >= max(since, waiting.event.at))


_PLAIN: Final = (False,) * 5
"""The roles that a response does not have which neither recurs nor pauses."""


def _in_order(item: tuple[int, int, OpenResponse]) -> tuple[int, int]:
    return item[:2]
