"""Selectors that test fields of the event itself, one by one or two against each other."""

from __future__ import annotations

from typing import Literal

import attrs

from comity.clock.zones import Zone
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.records import frozen

Comparison = Literal["at-least", "at-most", "more-than", "less-than"]
Relation = Literal["same-as", "at-least", "at-most", "more-than", "less-than"]
FieldType = Literal["text", "number", "boolean", "instant", "texts"]
ReadType = FieldType | Literal["points"]
"""How values of a field are read: as the type that it is declared as, or its numbers as points."""


@frozen
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


@frozen
class OneOf(FieldTest):
    """The field has one of the values; folded fields in canonical form."""

    field: Field
    values: frozenset[str | float | bool]
    written: tuple[str | float | bool, ...] = attrs.field(default=(), eq=False)
    """Those that a policy wrote, where the values are these and others that mean the same."""


@frozen
class Exists(FieldTest):
    """The field is not absent."""

    field: Field


@frozen
class Compare(FieldTest):
    """The number or instant of the field compares to a bound in this way."""

    field: Field
    operator: Comparison
    bound: float


@frozen
class Like(FieldTest):
    """The field's text matches a shell-style pattern of `*` and `?`."""

    field: Field
    pattern: str


@frozen
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
