"""The constraint that an answer follows in time."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.constraints.constraint import ConstraintBase, FieldRead, MovedLimit
from comity.plan.constraints.limits import moved_ends
from comity.plan.selectors import Selector
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.plan.wording import Wording


@attrs.frozen
class Response(ConstraintBase):
    """An answer, another event than e, lies from e's instant on and not after the deadline."""

    answer: Selector
    within: Span | FieldSpan
    wording: Wording

    @property
    def waits(self) -> bool:
        """Whether a finding can be pending: the answer may still come."""
        return True

    def roles(self) -> tuple[Selector | None, ...]:
        """Return what answers."""
        return (self.answer,)

    def spans(self) -> tuple[Span | FieldSpan, ...]:
        """Return the span up to the deadline."""
        return (self.within,)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the field of the judged event that holds the deadline."""
        if isinstance(self.within, FieldSpan):
            yield FieldRead(self.within.field, None, "deadline")

    def moved_limits(self) -> Iterator[MovedLimit[Response]]:
        """Yield the moved deadline."""
        for move, within in moved_ends(self.within):
            yield MovedLimit(f"within {self.within}", move, attrs.evolve(self, within=within))
