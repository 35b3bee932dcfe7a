"""Selectors as back ends see them: predicates on one event and what came before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, assert_never

import attrs

from comity.plan.field_spans import FieldSpan
from comity.plan.spans import Span
from comity.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.zones import Zone

Operator = Literal["at-least", "at-most", "more-than", "less-than"]
FieldType = Literal["text", "number", "boolean", "instant"]


@attrs.frozen
class Field:
    """A field that a selector tests: one that every event has, or a declared attribute."""

    name: str
    type: FieldType = "text"
    attribute: bool = False


@attrs.frozen
class OneOf:
    """The field has one of the values; folded fields in canonical form."""

    field: Field
    values: frozenset[str | float | bool]


@attrs.frozen
class Exists:
    """The field is not absent."""

    field: Field


@attrs.frozen
class Compare:
    """The field's number or instant stands so to a bound."""

    field: Field
    operator: Operator
    bound: float


@attrs.frozen
class Like:
    """The field's text matches a shell-style pattern of `*` and `?`."""

    field: Field
    pattern: str


@attrs.frozen
class Not:
    """The selector does not hold."""

    selector: Selector


@attrs.frozen
class AllOf:
    """Every one of the selectors holds; of none, always."""

    selectors: tuple[Selector, ...]


@attrs.frozen
class AnyOf:
    """One of the selectors holds; of none, never."""

    selectors: tuple[Selector, ...]


@attrs.frozen
class Preceded:
    """At least so many events lie before, in one of the event's scopes, unlifted and within the span."""

    event: Selector
    at_least: int
    span: Span | FieldSpan | None
    """One of a field goes with `at_least` 1."""
    until: Selector | None
    per: tuple[str, ...]
    zone: Zone | None
    """The zone of events that have none."""
    located: ZoneSources = NO_ZONE_SOURCES
    """Resolve the zones of events that have none, before that."""


Selector = OneOf | Exists | Compare | Like | Not | AllOf | AnyOf | Preceded
ALWAYS = AllOf(())
NEVER = AnyOf(())


def all_of(*selectors: Selector) -> Selector:
    """Join selectors that must all hold."""
    parts: list[Selector] = []
    for selector in selectors:
        parts.extend(selector.selectors if isinstance(selector, AllOf) else (selector,))
    if NEVER in parts:
        return NEVER
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def any_of(*selectors: Selector) -> Selector:
    """Join selectors of which one must hold."""
    parts: list[Selector] = []
    for selector in selectors:
        parts.extend(selector.selectors if isinstance(selector, AnyOf) else (selector,))
    if ALWAYS in parts:
        return ALWAYS
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def negate(selector: Selector) -> Selector:
    """Give the selector that holds when this one does not."""
    if selector == ALWAYS:
        return NEVER
    if selector == NEVER:
        return ALWAYS
    return selector.selector if isinstance(selector, Not) else Not(selector)


def simplify(selector: Selector, known: Mapping[str, str | None]) -> Selector:
    """Decide what the known fields (canonical text, or None for absent) decide; keep the rest."""
    match selector:
        case OneOf(field=field, values=values) if field.name in known and not field.attribute:
            return ALWAYS if known[field.name] in values else NEVER
        case Exists(field=field) if field.name in known and not field.attribute:
            return NEVER if known[field.name] is None else ALWAYS
        case OneOf() | Exists() | Compare() | Like() | Preceded():
            return selector
        case Not(selector=inner):
            return negate(simplify(inner, known))
        case AllOf(selectors=parts):
            return all_of(*(simplify(part, known) for part in parts))
        case AnyOf(selectors=parts):
            return any_of(*(simplify(part, known) for part in parts))
        case _:
            assert_never(selector)


def walk(selector: Selector) -> Iterator[Selector]:
    """Yield a selector and all that it is made of, what it looks back for included."""
    yield selector
    match selector:
        case Not(selector=inner):
            yield from walk(inner)
        case AllOf(selectors=parts) | AnyOf(selectors=parts):
            for part in parts:
                yield from walk(part)
        case Preceded(event=event, until=until):
            yield from walk(event)
            if until is not None:
                yield from walk(until)
        case _:
            return
