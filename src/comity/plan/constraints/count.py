"""The constraint that so many events are enough."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.added import ADDED
from comity.plan.constraints.constraint import ConstraintBase, Derived, FieldRead
from comity.plan.constraints.limits import MovedLimit, moved_numbers, moved_spans
from comity.plan.constraints.measures import Measure, Points
from comity.plan.selectors import Different, Field, Selector
from comity.plan.time.spans import Span
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class Count(ConstraintBase):
    """What e and the counted events before it come to is at most `limit`.

    The counted events are those within the window and after the last restart. Without a measure each of them
    comes to one, and so does e.
    """

    counted: Selector
    limit: int
    """Of points, in millionths."""
    window: Span | None
    """None is ever."""
    restart: Selector | None
    wording: Wording
    measure: Measure | None = attrs.field(default=None, metadata=ADDED)
    """What events come to, where that is not their number."""

    def roles(self) -> tuple[Selector | None, ...]:
        """Return what is counted, and what starts the count anew."""
        return (self.counted, self.restart)

    def spans(self) -> tuple[Span, ...]:
        """Return the window."""
        return () if self.window is None else (self.window,)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the attribute that says how much an event counts, of the judged one and of those counted."""
        if isinstance(self.measure, Points) and self.measure.field.attribute:
            for events in (None, self.counted):
                yield FieldRead(self.measure.field.name, events, points=self.measure.values is None)

    def derived(self) -> Iterator[Derived]:
        """Yield the points of an event."""
        if isinstance(self.measure, Points):
            yield self.measure

    def measured_fields(self) -> Iterator[Field]:
        """Yield the field that says how much an event counts, or whose different values do."""
        if self.measure is not None and self.measure.field is not None:
            yield self.measure.field

    def different(self) -> Iterator[Different]:
        """Yield what it counts different values of."""
        if isinstance(self.measure, Different):
            yield self.measure

    def moved_limits(self) -> Iterator[MovedLimit[Count]]:
        """Yield the moved limit, the moved points, and the moved window."""
        measure = self.measure
        step = 1 if measure is None else measure.step(self.limit)
        shown = self.limit if measure is None else measure.shown(self.limit)
        for move, limit in moved_numbers(self.limit, step=step):
            yield MovedLimit(f"limit {shown}", move, attrs.evolve(self, limit=limit))
        if isinstance(measure, Points):
            for each in measure.moved_limits(self.limit):
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, measure=each.moved))
        for move, window in moved_spans(self.window):
            yield MovedLimit(f"window {self.window}", move, attrs.evolve(self, window=window))
