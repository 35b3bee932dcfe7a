"""The constraint that Python checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from comity.events.event import Event
from comity.plan.constraints.constraint import ConstraintBase, FieldRead
from comity.plan.constraints.limits import MovedLimit
from comity.plan.selectors import ALWAYS, Selector
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class Verdict:
    """What a check says of an event that breaks the rule."""

    measured: str
    """Short text in the rule's own units."""
    evidence: tuple[int, ...] = ()
    """Places in the history of the events that prove it, oldest first; 0 is its first event."""
    allowed_from: int | None = None
    """The earliest later instant at which the same event would be allowed, None for never."""


@frozen
class PythonCheck(ConstraintBase):
    """A check in Python, for what no other constraint says; it runs event by event in every back end.

    `judge` gets the events of a scope in order, the judged one last. It returns None where that one is
    allowed, and always the same for the same events. If it raises, the finding is indeterminate, once for
    a scope.
    """

    judge: Callable[[Sequence[Event]], Verdict | None]
    wording: Wording
    fields: frozenset[str] = frozenset()
    """The attributes that it reads."""

    def roles(self) -> tuple[Selector | None, ...]:
        """Return the role that every event of the scope plays."""
        return (ALWAYS,)

    @property
    def in_python(self) -> bool:
        """It is."""
        return True

    def reads(self) -> Iterator[FieldRead]:
        """Yield the attributes that the check reads."""
        for name in sorted(self.fields):
            yield FieldRead(name, None)

    def moved_limits(self) -> Iterator[MovedLimit[PythonCheck]]:
        """Yield nothing: its limits are in its code."""
        yield from ()


Judgement = PythonCheck
"""The older name of `PythonCheck`; deprecated: use `PythonCheck`."""
