"""What the forms of the operator count share: a window that ends at e."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.operator import Operator
from comity.online.operators.rule import Label
from comity.online.operators.states.memory import elapsed_of
from comity.plan import Count, PlannedRule

S = TypeVar("S")


CountFacts = tuple[int, tuple[Label, ...]]
"""What e and the counted events come to, and the latest of these that leave no room."""


class WindowOperator(Operator[S, CountFacts]):
    """Compares what counted events in a window come to with a limit."""

    def __init__(self, number: int, rule: PlannedRule, count: Count, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._count = count
        self._limit = count.limit
        self._window = count.window
        self._elapsed = elapsed_of(count.window)

    def _start(self, event: Event) -> int | None:
        """Return the first instant in the window, None where it is without end."""
        if self._elapsed is not None:
            return event.at - self._elapsed + 1
        return None if self._window is None else self._window.start(self.zone(event), event.at)

    def turns(self, event: Event, moved: Event, low: int, high: int) -> Iterator[int]:
        """Yield the start of the event's window."""
        if self._window is not None:
            yield self._window.start(self.zone(event), event.at)

    def first_turn(self, instant: int) -> int | None:
        """Return the start of the window."""
        return self.earliest_relevant(instant)

    def earliest_relevant(self, instant: int) -> int | None:
        """Return the start of the window, or None where it has none."""
        return None if self._window is None else self._window.earliest_start(instant)
