"""The constraint that so many events are enough."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.constraints.constraint import ConstraintBase, MovedLimit
from comity.plan.constraints.limits import moved_numbers, moved_spans
from comity.plan.selectors import Selector
from comity.plan.time.spans import Span
from comity.plan.wording import Wording


@attrs.frozen
class Count(ConstraintBase):
    """Fewer than `limit` counted events lie before e within the window and after the last restart."""

    counted: Selector
    limit: int
    window: Span | None
    """None is ever."""
    restart: Selector | None
    wording: Wording

    def roles(self) -> tuple[Selector | None, ...]:
        """Return what is counted, and what starts the count anew."""
        return (self.counted, self.restart)

    def spans(self) -> tuple[Span, ...]:
        """Return the window."""
        return () if self.window is None else (self.window,)

    def moved_limits(self) -> Iterator[MovedLimit[Count]]:
        """Yield the moved limit and the moved window."""
        for move, limit in moved_numbers(self.limit):
            yield MovedLimit(f"limit {self.limit}", move, attrs.evolve(self, limit=limit))
        for move, window in moved_spans(self.window):
            yield MovedLimit(f"window {self.window}", move, attrs.evolve(self, window=window))
