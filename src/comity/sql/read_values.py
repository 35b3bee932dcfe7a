"""Reading values as comity reads them, for the distinct values of columns: what SQL then only looks up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from comity.clock.instants import format_instant
from comity.clock.zones import Zone
from comity.events.channels.channel import Channels
from comity.events.fields import FIELDS, FOLDED
from comity.events.values import attribute_text
from comity.plan.field_pairs import form_of, pair_test
from comity.plan.selectors import Compare, CompareFields, Exists, Field, Like, OneOf
from comity.plan.selectors.different import NO_CHANNEL
from comity.plan.time.field_spans import own_begin, own_deadline, own_leave, own_stretch
from comity.plan.values import attribute_values, field_test
from comity.sql.clocks import ZoneReading
from comity.sql.readings import OwnInstant, OwnPoints, OwnValue, Reading, ScopeText, Tested
from comity.texts.identity import identity

ZONE: Final = "timezone"
Read = Callable[..., Any]
"""Gets what a log has in some columns, and returns what SQL compares."""


def inputs_of(reading: Reading) -> tuple[str, ...]:
    """Return the columns of a log that a reading needs; the zone of the event is `timezone`."""
    match reading:
        case Tested(test=CompareFields(field=field, other=other)):
            zone = (ZONE,) if field.type == "instant" else ()
            return (_column(field), _column(other), *zone)
        case Tested(test=test):
            (field,) = test.fields()
            return (_column(field),)
        case ScopeText(name=name):
            return ("channel" if name == "medium" else name,)
        case OwnValue(field=field):
            return (_column(field),)
        case OwnPoints(points=points):
            return (_column(points.field),)
        case OwnInstant(field=name):
            return (name, ZONE)


def _column(field: Field) -> str:
    return "channel" if field.name == "medium" and not field.attribute else field.name


def reader_of(reading: Reading, channels: Channels) -> Read:
    """Return the function that reads the columns of `inputs_of`."""
    match reading:
        case Tested(test=CompareFields() as test):
            return _compared(test, channels)
        case Tested(test=OneOf() | Exists() | Compare() | Like() as test):
            holds, values = field_test(test), _values_of(test.field, channels)
            return lambda raw: int(holds(values(raw)))
        case ScopeText(name=name):
            return lambda raw: scope_text(name, raw, channels)
        case OwnValue(field=field):
            nothing = NO_CHANNEL if field.name == "channel" else ""
            return lambda raw: "" if (text := scope_text(field.name, raw, channels)) == nothing else text
        case OwnPoints(points=points):
            if points.values is None:
                return points.of_number
            values = _values_of(points.field, channels)
            return lambda raw: points.of_values(values(raw))
        case OwnInstant():
            return _instant(reading)
        case _:
            raise AssertionError("INVARIANT: there are no other tests of fields")


def scope_text(name: str, raw: Any, channels: Channels) -> str:
    """Return the text of a field in scopes, empty where it is absent."""
    if name == "medium":
        return channels.medium(channels.name(raw)) or ""
    if name == "at":
        return format_instant(raw)
    if name in FOLDED:
        return "" if raw is None else channels.canonical(name, raw) or ""
    if name in FIELDS:
        return (raw or "").strip() if name == ZONE else raw or ""
    text = None if raw is None else attribute_text(raw)
    return identity(text) if text else ""


def _values_of(field: Field, channels: Channels) -> Callable[[Any], tuple[Any, ...]]:
    """Return the function from what a log has to the values that a test gets."""
    if field.attribute:
        return lambda raw: attribute_values(raw, field.type)
    if field.name == "matter":
        return tuple
    if field.name == "at":
        return lambda raw: (raw,)
    return lambda raw: (text,) if (text := scope_text(field.name, raw, channels)) else ()


def _compared(test: CompareFields, channels: Channels) -> Read:
    holds = pair_test(test.relation, of_instants=test.field.type == "instant")
    if test.field.type == "instant":

        def stretches(field: Field, raw: Any, zone: Zone | None) -> tuple[Any, ...]:
            found = own_stretch(raw, zone) if field.attribute else (raw, raw)
            return () if found is None else (found,)

        def instants(one: Any, other: Any, text: str | None) -> int:
            zone = first_zone(ZoneReading(None, test.zone), text)
            return int(holds(stretches(test.field, one, zone), stretches(test.other, other, zone)))

        return instants
    one_of, other_of = _formed(test.field, test.other, channels), _formed(test.other, test.field, channels)
    return lambda one, other: int(holds(one_of(one), other_of(other)))


def _formed(field: Field, other: Field, channels: Channels) -> Callable[[Any], tuple[Any, ...]]:
    """Return the function to the values of a field in the form in which they are compared with another's."""
    values = _values_of(field, channels)
    if field.type in ("number", "boolean"):
        return values
    form = form_of(field, other, channels)
    return lambda raw: tuple(text for each in values(raw) if (text := form(each)) is not None)


def _instant(reading: OwnInstant) -> Read:
    read = {"leave": own_leave, "deadline": own_deadline, "begin": own_begin}[reading.use]
    return lambda raw, text: read(raw, first_zone(reading.zone, text), reading.offset)


def first_zone(reading: ZoneReading, text: str | None) -> Zone | None:
    """Return the first zone of an event with a text in its zone field."""
    return next(iter(reading.zones(text or "")), None)
