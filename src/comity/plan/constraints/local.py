"""The constraint on an event alone."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.constraints.around import Around
from comity.plan.constraints.constraint import ConstraintBase, Derived, FieldRead
from comity.plan.constraints.hours import Hours
from comity.plan.constraints.limits import MovedLimit
from comity.plan.constraints.text_requirements import TextRequirements
from comity.plan.selectors import NEVER, Selector
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class Local(ConstraintBase):
    """A predicate of e alone: hours, the style of its text, or a selector that must hold."""

    test: Hours | TextRequirements | Around | Selector
    wording: Wording

    def roles(self) -> tuple[Selector | None, ...]:
        """Return the selector that must hold, None for anything else."""
        return (None if isinstance(self.test, Hours | TextRequirements | Around) else self.test,)

    @property
    def forbids_all(self) -> bool:
        """Whether the selector that must hold never does."""
        return self.test == NEVER

    def tests_of_judged(self) -> tuple[Selector, ...]:
        """Return the selector that must hold."""
        return () if isinstance(self.test, Hours | TextRequirements | Around) else (self.test,)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the field that holds the text, or the instant and what is around it."""
        if isinstance(self.test, TextRequirements):
            yield FieldRead(self.test.field, None)
        if isinstance(self.test, Around):
            for offset in dict.fromkeys((None, self.test.start)):
                yield FieldRead(self.test.field, None, "begin", offset=offset)
            for offset in dict.fromkeys((None, self.test.end)):
                yield FieldRead(self.test.field, None, "deadline", offset=offset)

    def derived(self) -> Iterator[Derived]:
        """Yield what its text must be like."""
        if isinstance(self.test, TextRequirements):
            yield self.test

    def asks_local_day(self) -> bool:
        """Return whether it is about an instant in a field, which may be a local time."""
        return isinstance(self.test, Around)

    def asks_time_of_day(self) -> bool:
        """Return whether it is about hours, or about how far an instant is."""
        return isinstance(self.test, Hours | Around)

    def moved_limits(self) -> Iterator[MovedLimit[Local]]:
        """Yield the constraint with each edge of its hours or window, or each length of its style, moved."""
        if isinstance(self.test, Hours | TextRequirements | Around):
            for each in self.test.moved_limits():
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, test=each.moved))
