"""What counted events come to together, where that is not their number: points, or different values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import gcd

import attrs

from comity.events.values import Scalar
from comity.plan.constraints.limits import MovedLimit, moved_numbers
from comity.plan.points import POINT, points_text, read_points
from comity.plan.selectors import Different, Field, Node
from comity.plan.values import ReadValue
from comity.records import frozen


@frozen
class Points(Node):
    """Each event counts so many points: a number that it has, or what its value of a field stands for."""

    field: Field
    values: tuple[tuple[ReadValue, int], ...] | None = None
    """The points of values, as events have them; None where the field's own number is the points."""
    otherwise: int = POINT
    """The points of events without a value, or with one that is not listed."""
    same: tuple[tuple[ReadValue, ReadValue], ...] = ()
    """Values that mean the same as a listed one, each with that one."""

    def of_number(self, raw: Scalar | None) -> int:
        """Return the points that an attribute says itself."""
        own = read_points(raw)
        return self.otherwise if own is None else own

    def of_values(self, found: Iterable[ReadValue]) -> int:
        """Return the most points that one of a field's values stands for."""
        known, same = dict(self.values or ()), dict(self.same)
        points = (known.get(same.get(value, value), self.otherwise) for value in found)
        return max(points, default=self.otherwise)

    def most(self) -> int | None:
        """Return the most points that an event can have, None where its own number says it."""
        if self.values is None:
            return None
        return max((points for _, points in self.values), default=0)

    def step(self, limit: int) -> int:
        """Return the smallest step by which a limit can matter, as far as the policy's numbers tell."""
        known = [points for _, points in self.values] if self.values is not None else [POINT]
        return gcd(limit, self.otherwise, *known) or POINT

    def said(self, amount: int) -> str:
        """Write so many points for people."""
        return f"{points_text(amount)} point{'' if amount == POINT else 's'}"

    def shown(self, amount: int) -> str:
        """Write a limit for people, without its unit."""
        return points_text(amount)

    def moved_limits(self, limit: int) -> Iterator[MovedLimit[Points]]:
        """Yield the points with those of each value a step less, and a step more."""
        step = self.step(limit)
        for place, (value, points) in enumerate(self.values or ()):
            for move, moved in moved_numbers(points, step=step):
                values = (*(self.values or ()),)
                changed = (*values[:place], (value, moved), *values[place + 1 :])
                limit_text = f"points {points_text(points)} of {value}"
                yield MovedLimit(limit_text, move, attrs.evolve(self, values=changed))
        if self.otherwise != POINT:
            for move, moved in moved_numbers(self.otherwise, step=step):
                limit_text = f"points {points_text(self.otherwise)} otherwise"
                yield MovedLimit(limit_text, move, attrs.evolve(self, otherwise=moved))


Measure = Points | Different
