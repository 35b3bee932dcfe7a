"""The limits of a rule, each moved by its smallest step: what a case at the limit tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from comity.plan.constraints import Move, MovedLimit
from comity.plan.constraints.limits import STEPS, moved_ends, moved_numbers
from comity.plan.plan import PlannedRule
from comity.plan.selectors import Node, Preceded, walk


def moved_limits(rule: PlannedRule) -> Iterator[MovedLimit[PlannedRule]]:
    """Yield the rule with each number of its constraint a step less, and a step more.

    A step is one for counts, days, months' days and words, and a second for elapsed time and wall clocks.
    """
    for each in rule.constraint.moved_limits():
        yield MovedLimit(each.limit, each.move, attrs.evolve(rule, constraint=each.moved))


def moved_lookbacks(rule: PlannedRule) -> Iterator[tuple[str, Move, Preceded, Preceded]]:
    """Yield what the rule's selectors look back for, with each number a step less, and a step more."""
    seen: set[Preceded] = set()
    for selector in rule.selectors():
        for part in walk(selector):
            if isinstance(part, Preceded) and part not in seen:
                seen.add(part)
                if part.at_least > 1:
                    for move, least in moved_numbers(part.at_least, least=1):
                        yield f"at-least {part.at_least}", move, part, attrs.evolve(part, at_least=least)
                for move, span in moved_ends(part.span):
                    yield f"in-last {part.span}", move, part, attrs.evolve(part, span=span)


def with_lookback(rule: PlannedRule, old: Preceded, new: Preceded) -> PlannedRule:
    """Return a rule that looks back in another way, wherever its selectors did so."""
    changed: PlannedRule = _replaced(rule, old, new)
    return changed


def _replaced(part: Any, old: Preceded, new: Preceded) -> Any:
    if part == old:
        return new
    if isinstance(part, tuple):
        return tuple(_replaced(item, old, new) for item in part)
    return part.with_fields(lambda value: _replaced(value, old, new)) if isinstance(part, Node) else part


def moved_dates(rule: PlannedRule) -> Iterator[MovedLimit[PlannedRule]]:
    """Yield the rule with the first and the last day on which it is in effect a day less, and a day more."""
    dates = rule.in_effect()
    for move, step in STEPS:
        for name, word in (("start", "from"), ("through", "through")):
            day = getattr(dates, name)
            if day is not None:
                moved = (attrs.evolve(dates, **{name: day + step}),)
                yield MovedLimit(f"effective {word}", move, attrs.evolve(rule, effective=moved))
