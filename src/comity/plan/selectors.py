"""Selectors as back ends see them: predicates on one event and what came before it.

Several selectors may share a part, since a named selector of a policy is lowered once. Functions here visit a
shared part once, and hashes are cached, so that the cost depends on the number of parts, not of paths to
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar, assert_never

import attrs

from comity.clock.zones import Zone
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span

T = TypeVar("T")
Comparison = Literal["at-least", "at-most", "more-than", "less-than"]
Relation = Literal["same-as", "at-least", "at-most", "more-than", "less-than"]
FieldType = Literal["text", "number", "boolean", "instant", "texts"]
ReadType = FieldType | Literal["points"]
"""How values of a field are read: as the type that it is declared as, or its numbers as points."""


@attrs.frozen
class Field:
    """A field that a selector tests: one that every event has, or a declared attribute."""

    name: str
    type: ReadType = "text"
    attribute: bool = False


class FieldTest:
    """A selector that tests fields of the event itself, and is not made of other selectors."""

    __slots__ = ()
    field: Field

    def fields(self) -> tuple[Field, ...]:
        """Return the fields that it tests."""
        return (self.field,)


@attrs.frozen
class OneOf(FieldTest):
    """The field has one of the values; folded fields in canonical form."""

    field: Field
    values: frozenset[str | float | bool]
    written: tuple[str | float | bool, ...] = attrs.field(default=(), eq=False)
    """Those that a policy wrote, where the values are these and others that mean the same."""


@attrs.frozen
class Exists(FieldTest):
    """The field is not absent."""

    field: Field


@attrs.frozen
class Compare(FieldTest):
    """The number or instant of the field compares to a bound in this way."""

    field: Field
    operator: Comparison
    bound: float


@attrs.frozen
class Like(FieldTest):
    """The field's text matches a shell-style pattern of `*` and `?`."""

    field: Field
    pattern: str


@attrs.frozen
class CompareFields(FieldTest):
    """The field stands so to another field of the same type, as `comity.plan.field_pairs` compares them."""

    field: Field
    relation: Relation
    other: Field
    zone: Zone | None = None
    """The zone of events that have none; for instants only."""
    zone_sources: ZoneSources = NO_ZONE_SOURCES
    """Resolve the zones of events that have none, before `zone`; for instants only."""

    def fields(self) -> tuple[Field, ...]:
        """Return both fields."""
        return (self.field, self.other)


class Node:
    """A part of a plan, an attrs class, that may hold selectors in its fields."""

    __slots__ = ()

    def with_fields(self, change: Callable[[Any], Any]) -> Any:
        """Return a copy with the values of all fields as `change` returns them."""
        kind: Any = type(self)
        values = {field.name: change(getattr(self, field.name)) for field in attrs.fields(kind)}
        return kind(**values)


class Compound(Node):
    """A selector that is made of others; equal to one of the same type, made of equal ones."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        waiting: list[tuple[object, object]] = [(self, other)]
        seen: set[tuple[int, int]] = set()
        while waiting:
            one, two = pair = waiting.pop()
            place = id(one), id(two)
            if one is two or place in seen:
                continue
            seen.add(place)
            if type(one) is not type(two) or hash(one) != hash(two):
                return False
            if not isinstance(one, Compound):
                if one != two:
                    return False
                continue
            assert isinstance(two, Compound), f"INVARIANT: {pair} are of one type"
            inner, other_inner = one.parts(), two.parts()
            if one.alone() != two.alone() or len(inner) != len(other_inner):
                return False
            waiting.extend(zip(inner, other_inner, strict=True))
        return True

    def parts(self) -> tuple[Selector, ...]:
        """Return the selectors that it is made of directly, including those of earlier events."""
        return ()

    def alone(self) -> tuple[object, ...]:
        """Return its other values, which equality compares too."""
        return ()


@attrs.frozen(eq=False, unsafe_hash=True, cache_hash=True)
class Not(Compound):
    """The selector does not hold."""

    selector: Selector

    def parts(self) -> tuple[Selector, ...]:
        """Return the selector that must not hold."""
        return (self.selector,)


@attrs.frozen(eq=False, unsafe_hash=True, cache_hash=True)
class AllOf(Compound):
    """All of the selectors hold; always, if there are none."""

    selectors: tuple[Selector, ...]

    def parts(self) -> tuple[Selector, ...]:
        """Return the selectors that must hold."""
        return self.selectors


@attrs.frozen(eq=False, unsafe_hash=True, cache_hash=True)
class AnyOf(Compound):
    """At least one of the selectors holds; never, if there are none."""

    selectors: tuple[Selector, ...]

    def parts(self) -> tuple[Selector, ...]:
        """Return the selectors; one of them must hold."""
        return self.selectors


@attrs.frozen(eq=False, unsafe_hash=True, cache_hash=True)
class Preceded(Compound):
    """At least so many events come before, in one of the scopes, within the span and since the last reset."""

    event: Selector
    at_least: int
    span: Span | FieldSpan | None
    """With a FieldSpan, `at_least` is 1."""
    until: Selector | None
    per: tuple[str, ...]
    zone: Zone | None
    """The zone of events that have none."""
    zone_sources: ZoneSources = NO_ZONE_SOURCES
    """Find zones of events that have none, before `zone` applies."""

    @property
    def located(self) -> ZoneSources:
        """The same as `zone_sources`: its older name."""
        return self.zone_sources

    def parts(self) -> tuple[Selector, ...]:
        """Return what it looks for, and what resets it."""
        return (self.event,) if self.until is None else (self.event, self.until)

    def alone(self) -> tuple[object, ...]:
        """Return how it looks back."""
        return (self.at_least, self.span, self.until is None, self.per, self.zone, self.zone_sources)


Selector = OneOf | Exists | Compare | Like | CompareFields | Not | AllOf | AnyOf | Preceded
ALWAYS = AllOf(())
NEVER = AnyOf(())


def all_of(*selectors: Selector) -> Selector:
    """Return the selector that holds if all of these hold."""
    parts: list[Selector] = []
    for selector in selectors:
        parts.extend(selector.selectors if isinstance(selector, AllOf) else (selector,))
    if NEVER in parts:
        return NEVER
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def any_of(*selectors: Selector) -> Selector:
    """Return the selector that holds if at least one of these holds."""
    parts: list[Selector] = []
    for selector in selectors:
        parts.extend(selector.selectors if isinstance(selector, AnyOf) else (selector,))
    if ALWAYS in parts:
        return ALWAYS
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def negate(selector: Selector) -> Selector:
    """Return the selector that holds if this one does not."""
    if selector == ALWAYS:
        return NEVER
    if selector == NEVER:
        return ALWAYS
    return selector.selector if isinstance(selector, Not) else Not(selector)


def simplify(selector: Selector, known: Mapping[str, str | None]) -> Selector:
    """Return a selector without the tests that known fields decide (canonical text, None for absent)."""

    def decide(part: Selector, again: Callable[[Selector], Selector]) -> Selector:
        match part:
            case OneOf(field=field, values=values) if field.name in known and not field.attribute:
                return ALWAYS if known[field.name] in values else NEVER
            case Exists(field=field) if field.name in known and not field.attribute:
                return NEVER if known[field.name] is None else ALWAYS
            case FieldTest() | Preceded():
                return part
            case Not(selector=inner):
                return negate(again(inner))
            case AllOf(selectors=parts):
                return all_of(*map(again, parts))
            case AnyOf(selectors=parts):
                return any_of(*map(again, parts))
            case _:
                assert_never(part)

    return over_parts(selector, decide)


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
