"""The constraint that a part of some events is not too large."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import gcd

import attrs

from comity.clock.zones import Zone
from comity.plan.constraints.constraint import ConstraintBase
from comity.plan.constraints.limits import STEPS, MovedLimit, moved_numbers, moved_spans
from comity.plan.selectors import Selector
from comity.plan.time.clocks import Periods
from comity.plan.time.spans import Span
from comity.plan.wording import Wording
from comity.records import frozen


@frozen
class Share(ConstraintBase):
    """Of the events of `whole` in the window, the events of `part` are at most a share.

    A window that is a period is judged when it ends, at the last part in it; any other one at each part.
    """

    part: Selector
    whole: Selector
    share: tuple[int, int]
    """Numerator and denominator, in lowest terms."""
    at_least: int
    """With fewer events of the whole, nothing is judged."""
    window: Span
    wording: Wording

    @property
    def waits(self) -> bool:
        """Whether a finding can be pending, since the period is not over."""
        return self.by_period

    @property
    def by_period(self) -> bool:
        """Whether the window is a period, such as a day or a month."""
        return isinstance(self.window.clock, Periods)

    def roles(self) -> tuple[Selector | None, ...]:
        """Return the part and the whole."""
        return (self.part, self.whole)

    def tests_of_judged(self) -> tuple[Selector, ...]:
        """Return the whole, of which the judged event may be one."""
        return (self.whole,)

    def spans(self) -> tuple[Span, ...]:
        """Return the window."""
        return (self.window,)

    def exceeds(self, parts: int, wholes: int) -> bool:
        """Return whether so many parts are too many of the whole."""
        numerator, denominator = self.share
        return wholes >= self.at_least and parts * denominator > wholes * numerator

    def first_when(
        self,
        parts: Sequence[int],
        wholes: Sequence[int],
        zone: Zone | None,
        instant: int,
        *,
        is_whole: bool,
        exceeded: bool,
    ) -> int | None:
        """Return the first instant, from one on, at which one more part would exceed the share, or would not.

        The instants of the earlier events are in order. What one more makes changes only when one of them
        leaves the window.
        """
        start = self.window.start(zone, instant)
        inside = [*parts[bisect_left(parts, start) :], *wholes[bisect_left(wholes, start) :]]
        for at in sorted({instant, *(max(self.window.leave(zone, each), instant) for each in inside)}):
            first = self.window.start(zone, at)
            count = len(parts) - bisect_left(parts, first) + 1
            whole = len(wholes) - bisect_left(wholes, first) + is_whole
            if self.exceeds(count, whole) == exceeded:
                return at
        return None

    def measured(self, parts: int, wholes: int) -> str:
        """Say how many of how many there are."""
        percent = f" ({self._percent(parts, wholes)}%)" if wholes else ""
        return f"{parts} of {wholes}{percent}"

    def _percent(self, parts: int, wholes: int) -> str:
        """Write parts in percent, with as many digits as show on which side of the share they are."""
        shown, limit = f"{100 * parts / wholes:.4g}", Fraction(100 * self.share[0], self.share[1])
        exact, digits = Fraction(100 * parts, wholes), 5
        while (Fraction(shown) > limit, Fraction(shown) < limit) != (exact > limit, exact < limit):
            with localcontext(prec=digits):
                shown = f"{Decimal(100 * parts) / wholes:f}"
            digits += 1
        return shown

    def moved_limits(self) -> Iterator[MovedLimit[Share]]:
        """Yield the moved share, the moved least number and the moved window."""
        # A share moves by a tenth of a percent.
        numerator, denominator = self.share
        for move, step in STEPS:
            moved, whole = 1000 * numerator + step * denominator, 1000 * denominator
            if 0 <= moved <= whole:
                pair = moved // gcd(moved, whole), whole // gcd(moved, whole)
                yield MovedLimit(f"share {shown_share(self.share)}", move, attrs.evolve(self, share=pair))
        if self.at_least > 1:
            for move, least in moved_numbers(self.at_least, least=1):
                yield MovedLimit(f"at-least {self.at_least}", move, attrs.evolve(self, at_least=least))
        if not self.by_period:
            for move, window in moved_spans(self.window):
                yield MovedLimit(f"window {self.window}", move, attrs.evolve(self, window=window))


def shown_share(share: tuple[int, int]) -> str:
    """Write a share in percent."""
    return f"{100 * share[0] / share[1]:.10g}%"
