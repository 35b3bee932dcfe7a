"""The operator response: a selected event from e's instant to a deadline."""

from __future__ import annotations

import heapq
import math
from typing import Final

from comity.events.channels import Channels
from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.memory import write_event
from comity.online.operators.rule import BoundRule, Label
from comity.online.operators.snapshot_values import SnapshotReader, items, table
from comity.plan import FieldSpan, PlannedRule, Response
from comity.plan.fingerprint import fingerprint
from comity.results.findings import Finding

_KEYS: Final = frozenset({"now", "answered", "open"})


class OpenResponse:
    """A response that may still come."""

    __slots__ = ("answered", "deadline", "event", "label", "position", "scope")

    def __init__(self, scope: Scope, event: Event, label: Label, position: int, deadline: int) -> None:
        self.scope = scope
        self.event = event
        self.label = label
        self.position = position
        self.deadline = deadline
        self.answered = False


class ResponseRule(BoundRule):
    """An answer from e's instant on and not after the deadline."""

    def __init__(self, number: int, rule: PlannedRule, response: Response, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self.response = response

    def deadline(self, event: Event) -> int:
        """Return the last instant at which an answer to the event is in time."""
        within, zone = self.response.within, self.zone(event)
        if isinstance(within, FieldSpan):
            return within.deadline(event.attributes.get(within.field), zone, event.at)
        return within.deadline(zone, event.at)

    def state_key(self) -> str:
        """Return a text of what triggers, what answers, until when, and when the rule is in effect."""
        rule = self.rule
        zones = (rule.zone, rule.default_zone)
        return fingerprint(
            "response", rule.name, *self.scope_key(), rule.judged, self.response, rule.effective, zones
        )

    def finding(self, waiting: OpenResponse, *, pending: bool) -> Finding:
        """Make the finding about a response that did not come, or, if `pending`, has not come yet."""
        wording = self.response.wording
        return self.make_finding(
            waiting.scope,
            waiting.event,
            waiting.label,
            wording,
            wording.nothing,
            status="pending" if pending else "violation",
            due=waiting.deadline,
        )


class OpenResponses:
    """The open responses of one rule."""

    __slots__ = ("_answered_now", "_by_deadline", "_now", "_number", "_open", "bound")

    def __init__(self, bound: ResponseRule) -> None:
        self.bound = bound
        self._open: dict[Scope, list[OpenResponse]] = {}
        self._by_deadline: list[tuple[int, int, OpenResponse]] = []
        self._now: int | None = None
        self._answered_now: set[Scope] = set()
        self._number = 0

    def take(
        self, scope: Scope, event: Event, label: Label, position: int, *, triggers: bool, responds: bool
    ) -> None:
        """Take an event in a scope as a trigger, an answer, or both; call `expire` for its instant first.

        Another event at the same instant is an answer, whichever comes first. An event never answers itself.
        """
        if event.at != self._now:
            self._now = event.at
            self._answered_now.clear()
        if triggers:
            deadline = self.bound.deadline(event)
            if deadline < event.at or scope not in self._answered_now:
                self._add(OpenResponse(scope, event, label, position, deadline))
        if responds:
            kept = []
            for waiting in self._open.pop(scope, ()):
                if waiting.position == position or waiting.deadline < event.at:
                    kept.append(waiting)
                else:
                    waiting.answered = True
            if kept:
                self._open[scope] = kept
            self._answered_now.add(scope)

    def _add(self, waiting: OpenResponse) -> None:
        self._number += 1
        self._open.setdefault(waiting.scope, []).append(waiting)
        heapq.heappush(self._by_deadline, (waiting.deadline, self._number, waiting))

    @property
    def next_deadline(self) -> float:
        """The first deadline that has not passed, also of an answered response; infinity for none."""
        return self._by_deadline[0][0] if self._by_deadline else math.inf

    def expire(self, now: int) -> list[OpenResponse]:
        """Remove and return the unanswered responses whose deadline is before an instant."""
        expired = []
        while self._by_deadline and self._by_deadline[0][0] < now:
            waiting = heapq.heappop(self._by_deadline)[2]
            if not waiting.answered:
                expired.append(waiting)
                left = [other for other in self._open.get(waiting.scope, ()) if other is not waiting]
                if left:
                    self._open[waiting.scope] = left
                else:
                    self._open.pop(waiting.scope, None)
        return expired

    def open(self) -> list[OpenResponse]:
        """Return the open responses, by deadline."""
        return [waiting for _, _, waiting in sorted(self._by_deadline, key=_in_order) if not waiting.answered]

    def clear(self) -> None:
        """Forget all open responses."""
        self._open.clear()
        self._by_deadline.clear()

    def go_on_from(self, other: OpenResponses) -> None:
        """Take over copies of the open responses of another object of the same rule."""
        self._now, self._answered_now = other._now, other._answered_now.copy()
        for waiting in other.open():
            self._add(
                OpenResponse(waiting.scope, waiting.event, waiting.label, waiting.position, waiting.deadline)
            )

    def dump(self) -> dict[str, object]:
        """Return the state as JSON values."""
        return {
            "now": self._now,
            "answered": sorted(map(list, self._answered_now), key=str),
            "open": [
                [list(w.scope), write_event(w.event), w.label, w.position, w.deadline] for w in self.open()
            ],
        }

    def load(self, data: object, reader: SnapshotReader) -> None:
        """Read a state that `dump` wrote; raises SnapshotError for anything else."""
        size = len(self.bound.rule.per)
        written = table(data, "what is open", _KEYS)
        self._now = None if written["now"] is None else reader.instant(written["now"])
        answered = items(written["answered"], "what is answered")
        self._answered_now = {reader.scope(scope, size) for scope in answered}
        for each in items(written["open"], "what is open"):
            scope, event, label, position, deadline = items(each, "an open response", 5)
            waiting = OpenResponse(
                reader.scope(scope, size),
                reader.event(event),
                reader.label(label),
                reader.position(position),
                reader.later(deadline, "a deadline"),
            )
            self._add(waiting)


def _in_order(item: tuple[int, int, OpenResponse]) -> tuple[int, int]:
    return item[:2]
