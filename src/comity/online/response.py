"""The operator response: a selected event from e's instant to a deadline."""

from __future__ import annotations

import heapq
from typing import ClassVar

from comity.events import Event
from comity.online.fields import Scope
from comity.online.runner import Context, Flags, Runner
from comity.plan import PlannedRule, Response


class Open:
    """A response that is waited for."""

    __slots__ = ("answered", "deadline", "event", "label", "position", "scope")

    def __init__(self, scope: Scope, event: Event, label: str, position: int, deadline: int) -> None:
        self.scope = scope
        self.event = event
        self.label = label
        self.position = position
        self.deadline = deadline
        self.answered = False


class ResponseRunner(Runner):
    """An answer from e's instant on and not after the deadline."""

    answers_decisions: ClassVar[bool] = False

    def __init__(self, rule: PlannedRule, response: Response, context: Context) -> None:
        super().__init__(rule, context, response.answer)
        self._response = response
        self._open: dict[Scope, list[Open]] = {}
        self._by_deadline: list[tuple[int, int, Open]] = []
        self._now: int | None = None
        self._answered_now: set[Scope] = set()
        self._number = 0
        self.lapsed: list[Open] = []
        """Those whose deadline passed unanswered, not reported yet."""

    def visit(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Let deadlines pass, then take the event as a trigger and as an answer."""
        if event.at != self._now:
            self.advance(event.at)
        super().visit(scope, event, label, flags)

    def judge(self, scope: Scope, event: Event, label: str) -> None:
        """Begin to wait, unless another event at the same instant has answered."""
        if scope in self._answered_now:
            return
        deadline = self._response.within.deadline(self.zone(event), event.at)
        waiting = Open(scope, event, label, self.context.position, deadline)
        self._number += 1
        self._open.setdefault(scope, []).append(waiting)
        heapq.heappush(self._by_deadline, (deadline, self._number, waiting))

    def remember(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Let an answer discharge whatever is open but itself."""
        if flags[1]:
            kept = []
            for waiting in self._open.pop(scope, ()):
                if waiting.position == self.context.position:
                    kept.append(waiting)
                else:
                    waiting.answered = True
            if kept:
                self._open[scope] = kept
            self._answered_now.add(scope)

    def advance(self, now: int) -> None:
        """Let the deadlines before an instant pass."""
        self._now = now
        self._answered_now.clear()
        while self._by_deadline and self._by_deadline[0][0] < now:
            waiting = heapq.heappop(self._by_deadline)[2]
            if not waiting.answered:
                self.lapsed.append(waiting)
                left = [other for other in self._open.get(waiting.scope, ()) if other is not waiting]
                if left:
                    self._open[waiting.scope] = left
                else:
                    self._open.pop(waiting.scope, None)

    def close(self, as_of: int | None) -> None:
        """Report what was not answered: pending while the deadline is later than the as-of instant."""
        still_open = [waiting for _, _, waiting in self._by_deadline if not waiting.answered]
        for waiting in (*self.lapsed, *still_open):
            self._report(waiting, pending=as_of is not None and waiting.deadline > as_of)
        self.lapsed.clear()
        self._by_deadline.clear()
        self._open.clear()

    def _report(self, waiting: Open, *, pending: bool) -> None:
        finding = self.finding(
            waiting.scope,
            waiting.event,
            waiting.label,
            self._response.wording,
            self._response.wording.nothing,
            status="pending" if pending else "violation",
            due=waiting.deadline,
        )
        self.context.found.append((waiting.position, finding))
