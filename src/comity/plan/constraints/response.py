"""The constraint that an answer follows in time, once or again and again."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.added import ADDED
from comity.plan.constraints.constraint import ConstraintBase, FieldRead
from comity.plan.constraints.limits import MovedLimit, moved_ends
from comity.plan.selectors import Node, Selector
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.plan.wording import Wording
from comity.records import frozen

MOST_MISSED = 1_000
"""So many periods in a row that pass without an answer are findings about one event; more are counted.

A rule of one second that nobody ended would give more findings than a log has events.
"""


@frozen
class Pause(Node):
    """The clock of a deadline stands still from a `start` event until the next `end` event of the scope."""

    start: Selector
    end: Selector


@frozen
class Recurrence(Node):
    """Answers are asked for again and again from a `start` event until a `stop` event of the scope.

    In an event that is both, the stop comes first.
    """

    contact: Selector
    """What answers; each begins the next period."""
    start: Selector
    stop: Selector | None


@frozen
class Response(ConstraintBase):
    """An answer, another event than e, lies from e's instant on and not after the deadline.

    Where it recurs, e is a start event of a scope that was not open, or a contact in an open one. An answer
    then comes after e in the order of the log, and a deadline that passes begins another period.
    """

    answer: Selector
    within: Span | FieldSpan
    wording: Wording
    recurrence: Recurrence | None = attrs.field(default=None, metadata=ADDED)
    pause: Pause | None = attrs.field(default=None, metadata=ADDED)

    @property
    def waits(self) -> bool:
        """Whether a finding can be pending: the answer may still come."""
        return True

    def roles(self) -> tuple[Selector | None, ...]:
        """Return what answers; and if it recurs or pauses: contact, start, stop, start and end of a pause."""
        recurrence, pause = self.recurrence, self.pause
        if recurrence is None and pause is None:
            return (self.answer,)
        again = (
            (None, None, None)
            if recurrence is None
            else (recurrence.contact, recurrence.start, recurrence.stop)
        )
        return (self.answer, *again, *((None, None) if pause is None else (pause.start, pause.end)))

    def spans(self) -> tuple[Span | FieldSpan, ...]:
        """Return the span up to the deadline."""
        return (self.within,)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the field of the judged event that holds the deadline."""
        if isinstance(self.within, FieldSpan):
            yield FieldRead(self.within.field, None, "deadline", offset=self.within.offset)

    def moved_limits(self) -> Iterator[MovedLimit[Response]]:
        """Yield the moved deadline."""
        for move, within in moved_ends(self.within):
            yield MovedLimit(f"within {self.within}", move, attrs.evolve(self, within=within))
