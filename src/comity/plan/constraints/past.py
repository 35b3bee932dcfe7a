"""The constraint that something must have happened before, or must not."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.constraints.constraint import ConstraintBase, FieldRead, MovedLimit
from comity.plan.constraints.limits import moved_ends, moved_spans
from comity.plan.selectors import Node, Selector
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.plan.wording import Wording


@attrs.frozen
class Lookup(Node):
    """Selected events before e, within a span, whose deadline has passed, with no reset between."""

    event: Selector
    within: Span | FieldSpan | None = None
    after: Span | None = None
    """The deadline that must have passed."""
    reset: Selector | None = None
    """Events after which earlier ones no longer count."""

    @property
    def lift(self) -> Selector | None:
        """The same as `reset`: its older name."""
        return self.reset

    def moved_limits(self) -> Iterator[MovedLimit[Lookup]]:
        """Yield the lookup with each span moved."""
        for move, within in moved_ends(self.within):
            yield MovedLimit(f"within {self.within}", move, attrs.evolve(self, within=within))
        for move, after in moved_spans(self.after):
            yield MovedLimit(f"after {self.after}", move, attrs.evolve(self, after=after))


@attrs.frozen
class Past(ConstraintBase):
    """Some event of one of the lookups must lie before e (`must_exist`), or none may."""

    lookups: tuple[Lookup, ...]
    must_exist: bool
    wording: Wording

    @property
    def wanted(self) -> bool:
        """The same as `must_exist`: its older name."""
        return self.must_exist

    def roles(self) -> tuple[Selector | None, ...]:
        """Return, for each lookup in turn, what it looks for and what resets it."""
        return tuple(role for lookup in self.lookups for role in (lookup.event, lookup.reset))

    def spans(self) -> tuple[Span | FieldSpan, ...]:
        """Return the spans of all lookups."""
        spans = [span for lookup in self.lookups for span in (lookup.within, lookup.after)]
        return tuple(span for span in spans if span is not None)

    def reads(self) -> Iterator[FieldRead]:
        """Yield the fields at whose instants lookups end."""
        for lookup in self.lookups:
            if isinstance(lookup.within, FieldSpan):
                yield FieldRead(lookup.within.field, lookup.event, "leave", offset=lookup.within.offset)

    def moved_limits(self) -> Iterator[MovedLimit[Past]]:
        """Yield the constraint with each span of each lookup moved."""
        for index, lookup in enumerate(self.lookups):
            for each in lookup.moved_limits():
                lookups = (*self.lookups[:index], each.moved, *self.lookups[index + 1 :])
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, lookups=lookups))
