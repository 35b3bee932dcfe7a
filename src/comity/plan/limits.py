"""The limits of a rule, each moved by its smallest step, which cases at the limit must notice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from comity.plan.constraints import Move, MovedLimit
from comity.plan.constraints.limits import STEPS, moved_ends, moved_numbers
from comity.plan.plan import PlannedRule
from comity.plan.selectors import Node, Preceded, walk


def moved_limits(rule: PlannedRule) -> Iterator[MovedLimit[PlannedRule]]:
    """Yield the rule with each number of its constraint one step less, and one step more.

    A step is 1 for counts, days and words, and a second for elapsed time and wall clocks.
    """
    for each in rule.constraint.moved_limits():
        yield MovedLimit(each.limit, each.move, attrs.evolve(rule, constraint=each.moved))


def moved_lookbacks(rule: PlannedRule) -> Iterator[tuple[str, Move, Preceded, Preceded]]:
    """Yield each `preceded-by` of the rule with each of its numbers one step less, and one step more."""
    seen: set[Preceded] = set()
    for selector in rule.selectors():
        for part in walk(selector):
            if isinstance(part, Preceded) and part not in seen:
                seen.add(part)
                if part.at_least > 1 or part.distinct is not None:
                    for move, least in moved_numbers(part.at_least, least=1):
                        yield f"at-least {part.at_least}", move, part, attrs.evolve(part, at_least=least)
                for move, span in moved_ends(part.span):
                    yield f"in-last {part.span}", move, part, attrs.evolve(part, span=span)


def with_lookback(rule: PlannedRule, old: Preceded, new: Preceded) -> PlannedRule:
    """Return the rule with another `preceded-by` in place of one, in all its selectors."""
    changed: PlannedRule = _replaced(rule, old, new)
    return changed


def _replaced(part: object, old: Preceded, new: Preceded) -> Any:
    if part == old:
        return new
    if isinstance(part, tuple):
        return tuple(_replaced(item, old, new) for item in part)
    return part.with_fields(lambda value: _replaced(value, old, new)) if isinstance(part, Node) else part


def moved_dates(rule: PlannedRule) -> Iterator[MovedLimit[PlannedRule]]:
    """Yield the rule with its first and its last effective day one day earlier, and one day later."""
    dates = rule.in_effect()
    for move, step in STEPS:
        for name, word in (("start", "from"), ("through", "through")):
            day = getattr(dates, name)
            if day is not None:
                moved = (attrs.evolve(dates, **{name: day + step}),)
                yield MovedLimit(f"effective {word}", move, attrs.evolve(rule, effective=moved))
