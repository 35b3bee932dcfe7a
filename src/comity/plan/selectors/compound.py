"""Selectors that are made of others, and those that look at earlier events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from comity.clock.zones import Zone
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.plan.added import ADDED
from comity.plan.selectors.different import Different
from comity.plan.selectors.field_tests import Compare, CompareFields, Exists, Like, OneOf
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.records import frozen


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


@frozen(eq=False, unsafe_hash=True, cache_hash=True)
class Not(Compound):
    """The selector does not hold."""

    selector: Selector

    def parts(self) -> tuple[Selector, ...]:
        """Return the selector that must not hold."""
        return (self.selector,)


@frozen(eq=False, unsafe_hash=True, cache_hash=True)
class AllOf(Compound):
    """All of the selectors hold; always, if there are none."""

    selectors: tuple[Selector, ...]

    def parts(self) -> tuple[Selector, ...]:
        """Return the selectors that must hold."""
        return self.selectors


@frozen(eq=False, unsafe_hash=True, cache_hash=True)
class AnyOf(Compound):
    """At least one of the selectors holds; never, if there are none."""

    selectors: tuple[Selector, ...]

    def parts(self) -> tuple[Selector, ...]:
        """Return the selectors; one of them must hold."""
        return self.selectors


@frozen(eq=False, unsafe_hash=True, cache_hash=True)
class Preceded(Compound):
    """At least so many events come before, in one of the scopes, within the span and since the last reset.

    With `distinct`, so many different values.
    """

    event: Selector
    at_least: int
    span: Span | FieldSpan | None
    """With a FieldSpan, `at_least` is 1, and nothing is `distinct`."""
    until: Selector | None
    per: tuple[str, ...]
    zone: Zone | None
    """The zone of events that have none."""
    zone_sources: ZoneSources = NO_ZONE_SOURCES
    """Find zones of events that have none, before `zone` applies."""
    distinct: Different | None = attrs.field(default=None, metadata=ADDED)
    """What the different values of events are counted of, where events are not."""

    @property
    def located(self) -> ZoneSources:
        """The same as `zone_sources`: its older name."""
        return self.zone_sources

    def parts(self) -> tuple[Selector, ...]:
        """Return what it looks for, and what resets it."""
        return (self.event,) if self.until is None else (self.event, self.until)

    def alone(self) -> tuple[object, ...]:
        """Return how it looks back."""
        alone = (self.at_least, self.span, self.until is None, self.per, self.zone, self.zone_sources)
        return (*alone, self.distinct)


Selector = OneOf | Exists | Compare | Like | CompareFields | Not | AllOf | AnyOf | Preceded
ALWAYS = AllOf(())
NEVER = AnyOf(())
