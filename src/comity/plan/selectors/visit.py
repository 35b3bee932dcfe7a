"""Visiting the parts of a selector, each once, also where several of its parts share one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from comity.plan.selectors.compound import AllOf, AnyOf, Compound, Not, Preceded, Selector
from comity.plan.selectors.field_tests import Field, FieldTest

T = TypeVar("T")


def over_parts(selector: Selector, make: Callable[[Selector, Callable[[Selector], T]], T]) -> T:
    """Return what `make` returns for a selector; it is called once for each part, inner parts first.

    `make` gets a part, and a function that returns the result for an inner part. The selectors of a
    `Preceded` are not visited, since they are about other events.
    """
    made: dict[int, T] = {}
    waiting: list[Selector] = [selector]
    while waiting:
        part = waiting[-1]
        inner = part.parts() if isinstance(part, Not | AllOf | AnyOf) else ()
        missing = [each for each in inner if id(each) not in made]
        if missing:
            waiting.extend(reversed(missing))
            continue
        waiting.pop()
        if id(part) not in made:
            made[id(part)] = make(part, lambda each: made[id(each)])
    return made[id(selector)]


def walk(selector: Selector) -> Iterator[Selector]:
    """Yield a selector and all its parts, each once, including those about earlier events."""
    waiting: list[Selector] = [selector]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, Compound):
            waiting.extend(reversed(part.parts()))


def looks_back(selector: Selector) -> bool:
    """Return whether a selector depends on earlier events."""
    return any(isinstance(part, Preceded) for part in walk(selector))


def fields_of(selector: Selector) -> tuple[Field, ...]:
    """Return the fields that a selector tests in the event itself, each once."""

    def fields(part: Selector, of: Callable[[Selector], dict[Field, None]]) -> dict[Field, None]:
        match part:
            case FieldTest():
                return dict.fromkeys(part.fields())
            case Not(selector=inner):
                return of(inner)
            case AllOf(selectors=parts) | AnyOf(selectors=parts):
                return {field: None for each in parts for field in of(each)}
            case _:
                return {}

    found: dict[Field, None] = over_parts(selector, fields)
    return tuple(found)
