"""The constraint that something must have happened before, or must not."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from comity.plan.added import ADDED
from comity.plan.constraints.constraint import ConstraintBase, FieldRead
from comity.plan.constraints.limits import MovedLimit, moved_ends, moved_numbers, moved_spans
from comity.plan.selectors import Different, Node, Selector
from comity.plan.time.clocks import Periods
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class Lookup(Node):
    """Selected events before e, within a span, whose deadline has passed, with no reset between.

    It finds something if there are `at_least` of them, or so many different values; then the event by which
    there are enough is the one that counts. Raises ValueError where these are asked for together with a
    deadline, or with a span that ends at a field's instant.
    """

    event: Selector
    within: Span | FieldSpan | None = None
    after: Span | None = None
    """The deadline that must have passed."""
    reset: Selector | None = None
    """Events after which earlier ones no longer count."""
    at_least: int = attrs.field(default=1, metadata=ADDED)
    distinct: Different | None = attrs.field(default=None, metadata=ADDED)
    """What the different values of events are counted of, where events are not."""

    def __attrs_post_init__(self) -> None:
        if self.counts and (self.after is not None or isinstance(self.within, FieldSpan)):
            raise ValueError(
                "a lookup that counts has no `after`, and a span that is the same for all events"
            )

    @property
    def counts(self) -> bool:
        """Whether one event may not be enough."""
        return self.at_least > 1 or self.distinct is not None

    def said(self, number: int) -> str:
        """Write for people how many events there are, or how many different values."""
        found = str(number) if self.distinct is None else self.distinct.said(number)
        if not isinstance(self.within, Span):
            return found
        return f"{found} in {'the ' if isinstance(self.within.clock, Periods) else ''}{self.within}"

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
        if self.counts:
            for move, least in moved_numbers(self.at_least, least=1):
                yield MovedLimit(f"at-least {self.at_least}", move, attrs.evolve(self, at_least=least))


@frozen
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

    def different(self) -> Iterator[Different]:
        """Yield what lookups count different values of."""
        yield from (lookup.distinct for lookup in self.lookups if lookup.distinct is not None)

    def moved_limits(self) -> Iterator[MovedLimit[Past]]:
        """Yield the constraint with each span of each lookup moved."""
        for index, lookup in enumerate(self.lookups):
            for each in lookup.moved_limits():
                lookups = (*self.lookups[:index], each.moved, *self.lookups[index + 1 :])
                yield MovedLimit(each.limit, each.move, attrs.evolve(self, lookups=lookups))
