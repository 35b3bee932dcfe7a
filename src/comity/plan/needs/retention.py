"""What later events can still need of earlier ones: which events a plan keeps, and for how long.

Everything before the *settled* instant is settled: no further event may be earlier. An event after it is
judged by what lies within the spans of its rules, so that these say how far back events are kept. This is an
upper bound by design: whatever cannot be bounded is kept for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, assert_never

import attrs

from comity.plan import (
    ALWAYS,
    Count,
    FieldSpan,
    Local,
    Past,
    Plan,
    PlannedRule,
    Preceded,
    PythonCheck,
    Response,
    Selector,
    Share,
    Span,
    any_of,
)
from comity.plan.selectors import bound
from comity.plan.selectors.compound import AllOf, AnyOf, Not
from comity.records import frozen

Step = tuple[Literal["deadline", "back"], Span]
"""A deadline that may not have passed, or a look back."""
EVER: Final = None
Steps = tuple[Step, ...] | None
"""The steps back from the settled instant to the earliest event that is needed; None keeps it for ever."""


@frozen
class Need:
    """Events that are kept, and how long."""

    events: Selector
    """A selector of the event alone."""
    steps: Steps
    rules: tuple[str, ...] = attrs.field(default=(), eq=False)
    """The rules that need them."""

    def earliest(self, settled: int | None, as_of: int | None) -> int | None:
        """Return the instant from which on events are needed; None for all of them."""
        return earliest_of(self.steps, settled, as_of)

    def described(self) -> str:
        """Say how long events are kept."""
        if self.steps is EVER:
            return "for ever"
        spans = [str(span) or "a span" for _, span in self.steps]
        return f"for {' + '.join(spans)}" if spans else "until they are settled"


def earliest_of(steps: Steps, settled: int | None, as_of: int | None) -> int | None:
    """Return the instant that some steps lead to from the settled instant; None for the beginning of time.

    A deadline that has passed only as of an instant before the settled one is still waited for.
    """
    if steps is EVER or settled is None:
        return None
    instant = settled
    if as_of is not None and any(kind == "deadline" for kind, _ in steps):
        instant = min(instant, as_of + 1)
    for kind, span in steps:
        instant = span.surely_passed(instant) + 1 if kind == "deadline" else span.earliest_start(instant)
    return instant


def needs_of(plan: Plan) -> tuple[Need, ...]:
    """Return what a plan keeps: one selector for each length of time."""
    selectors: dict[Steps, dict[Selector, None]] = {}
    rules: dict[Steps, dict[str, None]] = {}
    for rule in plan.rules:
        for selector, steps in _rule_needs(rule):
            selectors.setdefault(steps, {})[bound(selector, upper=True)] = None
            rules.setdefault(steps, {})[rule.name] = None
    return tuple(Need(any_of(*found), steps, tuple(rules[steps])) for steps, found in selectors.items())


def needed_from(plan: Plan, since: int) -> int | None:
    """Return the instant from which on events are needed to judge those from `since` on; None for all."""
    found = [need.earliest(since, None) for need in needs_of(plan)]
    known = [instant for instant in found if instant is not None]
    return min(known) if known and len(known) == len(found) else None


def judged_since(plan: Plan, settled: int | None, as_of: int | None) -> int | None:
    """Return the instant from which on events are judged again; None for all that are kept."""
    instants = [earliest_of(_anchor(rule), settled, as_of) for rule in plan.rules]
    known = [instant for instant in instants if instant is not None]
    return min(known) if known and len(known) == len(instants) else None


def _anchor(rule: PlannedRule) -> Steps:
    """Return the steps back to the earliest event about which findings may still change."""
    constraint = rule.constraint
    match constraint:
        case Count() | Past() | Local():
            return ()
        case Share():
            return (("deadline", constraint.window),) if constraint.by_period else ()
        case Response():
            if constraint.recurrence is not None or constraint.pause is not None:
                return EVER
            return EVER if isinstance(constraint.within, FieldSpan) else (("deadline", constraint.within),)
        case PythonCheck():
            return EVER
        case _:
            assert_never(constraint)


def _rule_needs(rule: PlannedRule) -> Iterator[tuple[Selector, Steps]]:
    """Yield the events that play a part in a rule, each with the steps back to the earliest one."""
    anchor = _anchor(rule)
    yield from _with_lookbacks(rule.judged, anchor)
    constraint = rule.constraint
    match constraint:
        case Count():
            for role in constraint.roles():
                yield from _with_lookbacks(role, _back(anchor, constraint.window))
        case Past():
            for lookup in constraint.lookups:
                for role in (lookup.event, lookup.reset):
                    yield from _with_lookbacks(role, _back(anchor, lookup.within))
        case Share():
            for role in constraint.roles():
                yield from _with_lookbacks(role, _back(anchor, constraint.window))
        case Response() | Local():
            for role in constraint.roles():
                yield from _with_lookbacks(role, anchor)
        case PythonCheck():
            yield ALWAYS, EVER
        case _:
            assert_never(constraint)


def _back(steps: Steps, span: Span | FieldSpan | None) -> Steps:
    """Return the steps with a look back at the end."""
    if steps is EVER or span is None or isinstance(span, FieldSpan):
        return EVER
    return (*steps, ("back", span))


def _with_lookbacks(selector: Selector | None, steps: Steps) -> Iterator[tuple[Selector, Steps]]:
    """Yield a selector, and what it looks back at, with the steps to each."""
    if selector is None:
        return
    yield selector, steps
    waiting, seen = [selector], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Preceded):
            further = _back(steps, part.span)
            for inner in part.parts():
                yield from _with_lookbacks(inner, further)
        elif isinstance(part, Not | AllOf | AnyOf):
            waiting.extend(part.parts())
