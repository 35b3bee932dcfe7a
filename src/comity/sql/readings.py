"""What is read out of the fields of an event before SQL compares it: truth values, texts and instants."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, Literal

import attrs

from comity.plan import Field, Points
from comity.plan.selectors import Compare, CompareFields, Exists, FieldTest, Like, OneOf
from comity.plan.time.offsets import Offset
from comity.records import define, frozen
from comity.sql.clocks import ZoneReading

MATTER: Final = '"per_matter"'
"""The column of the matter of a scope."""
_LONGEST = 40


@frozen
class Tested:
    """Whether a test of fields of the event holds, as 1 or 0."""

    test: FieldTest


@frozen
class ScopeText:
    """The text of a field in scopes, empty where the field is absent."""

    name: str


@frozen
class OwnValue:
    """The value of a field whose different values count, empty where the field is absent."""

    field: Field


@frozen
class OwnPoints:
    """The points of the event, in millionths."""

    points: Points


@frozen
class OwnInstant:
    """The instant that a field names, or so far from it, in microseconds; null where it names none."""

    field: str
    use: Literal["leave", "deadline", "begin"]
    zone: ZoneReading
    offset: Offset | None = None


Reading = Tested | ScopeText | OwnValue | OwnPoints | OwnInstant


@define
class Readings:
    """The readings that a statement asks for; each has a name, which is that of its column."""

    names: dict[Reading, str] = attrs.field(factory=dict)
    matters: bool = False
    """Whether scopes are of matters, of which an event may have several."""

    def column(self, reading: Reading) -> str:
        """Return the name of the column of a reading, in quotes.

        Matters in scopes are a relation of their own.
        """
        if reading == ScopeText("matter"):
            self.matters = True
            return MATTER
        name = self.names.get(reading)
        if name is None:
            name = self.names[reading] = _unused(_slug(reading), self.names.values())
        return f'"{name}"'


def fields_of(reading: Reading) -> tuple[Field, ...]:
    """Return the fields and attributes that are read, the zone of the event aside."""
    match reading:
        case Tested(test=test):
            return test.fields()
        case ScopeText(name=name):
            return (Field(name),)
        case OwnValue(field=field):
            return (field,)
        case OwnPoints(points=points):
            return (points.field,)
        case OwnInstant(field=name):
            return (Field(name, "instant", attribute=True),)


def _slug(reading: Reading) -> str:
    """Return a name that tells what is read, of letters, digits and `_`."""
    match reading:
        case Tested(test=OneOf(field=field, values=values, written=written)):
            words = f"{field.name} is {' or '.join(sorted(map(str, frozenset(written) or values)))}"
        case Tested(test=Exists(field=field)):
            words = f"has {field.name}"
        case Tested(test=Compare(field=field, operator=operator, bound=bound)):
            words = f"{field.name} {operator} {bound:g}"
        case Tested(test=Like(field=field)):
            words = f"{field.name} like"
        case Tested(test=CompareFields(field=field, relation=relation, other=other)):
            words = f"{field.name} {relation} {other.name}"
        case ScopeText(name=name):
            words = f"per {name}"
        case OwnValue(field=field):
            words = f"own {field.name}"
        case OwnPoints(points=points):
            words = f"points by {points.field.name}"
        case OwnInstant(field=name, use=use):
            words = f"{name} {use}"
        case _:
            words = "test"
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:_LONGEST].strip("_") or "test"


def _unused(name: str, used: Collection[str]) -> str:
    if name not in used:
        return name
    number = 2
    while f"{name}_{number}" in used:
        number += 1
    return f"{name}_{number}"
