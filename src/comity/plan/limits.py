"""The limits of a rule, each moved by its smallest step: what a case at the limit tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, assert_never

import attrs

from comity.clock.instants import DAY, SECOND
from comity.plan.constraints import Constraint, Count, Local, Lookup, Past, PythonCheck, Response
from comity.plan.field_spans import FieldSpan
from comity.plan.hours import Hours, Slot
from comity.plan.opening import OpenSpan
from comity.plan.plan import PlannedRule
from comity.plan.selectors import AllOf, AnyOf, Not, Preceded, walk
from comity.plan.spans import Span
from comity.plan.style import Style

Move = Literal["less", "more"]
_PARTS: Final = (PlannedRule, Count, Past, Response, Local, Lookup, AllOf, AnyOf, Not, Preceded)
"""What selectors may be inside of."""
_STEPS: Final[tuple[tuple[Move, int], ...]] = (("less", -1), ("more", 1))


@attrs.frozen
class Moved:
    """A rule with one limit moved."""

    limit: str
    """Which: `window`, `gap 7d`, `from 08:00`, …"""
    move: Move
    """Whether it is a step less or a step more."""
    rule: PlannedRule


def moved_limits(rule: PlannedRule) -> Iterator[Moved]:
    """Yield the rule with each number of its constraint a step less, and a step more.

    A step is one for counts, days, months' days and words, and a second for elapsed time and wall clocks.
    """
    for limit, move, constraint in _constraints(rule.constraint):
        yield Moved(limit, move, attrs.evolve(rule, constraint=constraint))


def moved_lookbacks(rule: PlannedRule) -> Iterator[tuple[str, Move, Preceded, Preceded]]:
    """Yield what the rule's selectors look back for, with each number a step less, and a step more."""
    seen: set[Preceded] = set()
    for selector in rule.selectors():
        for part in walk(selector):
            if isinstance(part, Preceded) and part not in seen:
                seen.add(part)
                for move, step in _STEPS:
                    if part.at_least + step > 0 and part.at_least > 1:
                        other = attrs.evolve(part, at_least=part.at_least + step)
                        yield f"at-least {part.at_least}", move, part, other
                for move, span in _spans_or_fields(part.span):
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
    if not isinstance(part, _PARTS):
        return part
    fields = {field.name: getattr(part, field.name) for field in attrs.fields(type(part))}
    return attrs.evolve(part, **{name: _replaced(value, old, new) for name, value in fields.items()})


def _constraints(constraint: Constraint) -> Iterator[tuple[str, Move, Constraint]]:
    match constraint:
        case Count(limit=limit, window=window):
            for move, step in _STEPS:
                if limit + step >= 0:
                    yield f"limit {limit}", move, attrs.evolve(constraint, limit=limit + step)
            for move, span in _spans(window):
                yield f"window {window}", move, attrs.evolve(constraint, window=span)
        case Past(lookups=lookups):
            for index, lookup in enumerate(lookups):
                before, behind = lookups[:index], lookups[index + 1 :]
                within, after = _spans_or_fields(lookup.within), _spans(lookup.after)
                moved = [
                    *(("within", move, attrs.evolve(lookup, within=span)) for move, span in within),
                    *(("after", move, attrs.evolve(lookup, after=span)) for move, span in after),
                ]
                for name, move, other in moved:
                    lookups_moved = (*before, other, *behind)
                    limit_name = f"{name} {getattr(lookup, name)}"
                    yield limit_name, move, attrs.evolve(constraint, lookups=lookups_moved)
        case Response(within=within):
            for move, deadline in _spans_or_fields(within):
                yield f"within {within}", move, attrs.evolve(constraint, within=deadline)
        case Local(test=Hours() as hours):
            for index, slot in enumerate(hours.slots):
                for edge, move, changed in _slots(slot):
                    slots = (*hours.slots[:index], changed, *hours.slots[index + 1 :])
                    yield edge, move, attrs.evolve(constraint, test=attrs.evolve(hours, slots=slots))
        case Local(test=Style() as style):
            for name in ("max_words", "max_characters"):
                most = getattr(style, name)
                for move, step in _STEPS if most is not None else ():
                    changed_style = attrs.evolve(style, **{name: most + step})
                    limit_name = f"{name.replace('_', '-')} {most}"
                    yield limit_name, move, attrs.evolve(constraint, test=changed_style)
        case Local() | PythonCheck():
            return
        case _:
            assert_never(constraint)


def _spans(span: Span | None) -> Iterator[tuple[Move, Span]]:
    if span is not None:
        for move, step in _STEPS:
            count = span.count + step * (SECOND if span.clock is None or isinstance(span, OpenSpan) else 1)
            if count >= 0:
                yield move, attrs.evolve(span, count=count)


def _spans_or_fields(span: Span | FieldSpan | None) -> Iterator[tuple[Move, Span | FieldSpan]]:
    if isinstance(span, FieldSpan):
        for move, step in _STEPS:
            yield move, attrs.evolve(span, shift=step * SECOND)
        for move, otherwise in _spans(span.otherwise):
            yield move, attrs.evolve(span, otherwise=otherwise)
    else:
        yield from _spans(span)


def _slots(slot: Slot) -> Iterator[tuple[str, Move, Slot]]:
    edges: tuple[tuple[Literal["start", "end"], str], ...] = (("start", "from"), ("end", "to"))
    for name, word in edges:
        time = getattr(slot, name)
        if 0 < time < DAY:
            limit = f"{word} {time // (3600 * SECOND):02}:{time // (60 * SECOND) % 60:02}"
            for move, step in _STEPS:
                yield f"{limit} of {slot.text}", move, attrs.evolve(slot, **{name: time + step * SECOND})
    if slot.holidays != "include":
        yield f"holidays of {slot.text}", "more", attrs.evolve(slot, holidays="include")


def moved_dates(rule: PlannedRule) -> Iterator[Moved]:
    """Yield the rule with the first and the last day on which it is in effect a day less, and a day more."""
    dates = rule.in_effect()
    for move, step in _STEPS:
        for name, word in (("start", "from"), ("through", "through")):
            day = getattr(dates, name)
            if day is not None:
                moved = (attrs.evolve(dates, **{name: day + step}),)
                yield Moved(f"effective {word}", move, attrs.evolve(rule, effective=moved))
