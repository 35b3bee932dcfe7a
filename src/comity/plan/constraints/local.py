"""The constraint on an event alone."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.constraints.constraint import ConstraintBase, FieldRead, MovedLimit
from comity.plan.constraints.hours import Hours
from comity.plan.constraints.text_requirements import TextRequirements
from comity.plan.selectors import Selector
from comity.plan.wording import Wording


@attrs.frozen
class Local(ConstraintBase):
    """A predicate of e alone: hours, the style of its text, or a selector that must hold."""

    test: Hours | TextRequirements | Selector
    wording: Wording

    def roles(self) -> tuple[Selector | None, ...]:
        """Return the selector that must hold, None for hours and style."""
        return (None if isinstance(self.test, Hours | TextRequirements) else self.test,)

    def tests_of_judged(self) -> tuple[Selector, ...]:
        """Return the selector that must hold."""
        return () if isinstance(self.test, Hours | TextRequirements) else (self.test,)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the field that holds the text."""
        if isinstance(self.test, TextRequirements):
            yield FieldRead(self.test.field, None)

    def asks_time_of_day(self) -> bool:
        """Return whether it is about hours."""
        return isinstance(self.test, Hours)

    def moved_limits(self) -> Iterator[MovedLimit[Local]]:
        """Yield the constraint with each edge of its hours, or each length of its style, moved."""
        if isinstance(self.test, Hours | TextRequirements):
            for each in self.test.moved_limits():
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, test=each.moved))
