"""What every constraint says of itself, so that nobody else has to know its fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Literal, Self

from comity.plan.constraints.limits import MovedLimit
from comity.plan.constraints.measures import Points
from comity.plan.constraints.text_requirements import TextRequirements
from comity.plan.selectors import Different, Field, Node, Selector
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.offsets import Offset
from comity.plan.time.spans import Span
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class FieldRead:
    """A declared attribute that a constraint reads of events as a value, not as a test."""

    field: str
    events: Selector | None
    """The events of which it is read; None stands for the judged one."""
    ends: Literal["leave", "deadline", "begin"] | None = None
    """What ends at the instant in the field: the span of a look back, or a deadline."""
    offset: Offset | None = None
    """How far from it that is."""
    points: bool = False
    """Whether it is read as points."""


Derived = Points | TextRequirements
"""What is worked out of an event once for each distinct value of one of its fields."""


class ConstraintBase(Node, ABC):
    """What a rule requires of the events that it judges."""

    __slots__ = ()

    wording: Wording

    @abstractmethod
    def roles(self) -> tuple[Selector | None, ...]:
        """Return the selectors by which an event plays a part, the judged one aside.

        Operators ask for the roles by their place, so that one that is left out is None.
        """

    @abstractmethod
    def moved_limits(self) -> Iterator[MovedLimit[Self]]:
        """Yield the constraint with each of its numbers a step less, and a step more."""

    @property
    def waits(self) -> bool:
        """Whether a finding can be pending, since what the rule asks for may still come."""
        return False

    @property
    def forbids_all(self) -> bool:
        """Whether no event that is judged can keep the rule."""
        return False

    @property
    def in_python(self) -> bool:
        """Whether it is judged by a function in Python, which takes one event after another and may fail."""
        return False

    def spans(self) -> tuple[Span | FieldSpan, ...]:
        """Return the spans that the constraint measures by."""
        return ()

    def reads(self) -> Iterator[FieldRead]:
        """Yield the attributes whose values it reads."""
        yield from ()

    def derived(self) -> Iterator[Derived]:
        """Yield what is worked out once for each distinct value of a field, not for each event."""
        yield from ()

    def different(self) -> Iterator[Different]:
        """Yield what it counts different values of."""
        yield from ()

    def measured_fields(self) -> Iterator[Field]:
        """Yield the fields and attributes whose values it compares, beside what selectors test."""
        yield from (each.field for each in self.different() if each.field is not None)

    def tests_of_judged(self) -> tuple[Selector, ...]:
        """Return the selectors that the judged event itself must meet."""
        return ()

    def asks_local_day(self) -> bool:
        """Return whether it asks for the local days of events, beside spans."""
        return any(each.field is None for each in self.different())

    def asks_time_of_day(self) -> bool:
        """Return whether it asks at what time of its date the judged event was."""
        return False
