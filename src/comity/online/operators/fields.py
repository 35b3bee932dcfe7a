"""The fields of an event as selectors and scopes read them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from comity.clock.instants import format_instant
from comity.clock.zones import Zone, find_zones
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.fields import FIELDS, FOLDED
from comity.events.values import attribute_text
from comity.events.zone_sources import ZoneSources
from comity.plan import Different, Field, Points
from comity.plan.plan import Absent
from comity.plan.selectors.different import NO_CHANNEL
from comity.plan.values import attribute_values
from comity.texts.identity import identity


def values_of(field: Field, channels: Channels) -> Callable[[Event], tuple[Any, ...]]:
    """Return a function from an event to the values of a field: an empty tuple if the field is absent."""
    name = field.name
    if field.attribute:

        def attribute(event: Event) -> tuple[Any, ...]:
            return attribute_values(event.attributes.get(name), field.type)

        return attribute
    if name == "matter":
        return attrgetter("matter")
    text = text_of(name, channels) if name != "at" else attrgetter("at")

    def single(event: Event) -> tuple[Any, ...]:
        value = text(event)
        return () if value is None else (value,)

    return single


def text_of(name: str, channels: Channels) -> Callable[[Event], str | None]:
    """Return a function from an event to the text of a field in a scope: canonical if the field is folded."""
    if name == "medium":
        return lambda event: channels.medium(channels.name(event.channel))
    if name in FOLDED:
        canonical = lru_cache(maxsize=4096)(lambda text: channels.canonical(name, text) or None)
        get = attrgetter(name)

        def folded(event: Event) -> str | None:
            value = get(event)
            return None if value is None else canonical(value)

        return folded
    if name == "at":
        return lambda event: format_instant(event.at)
    if name == "timezone":
        return lambda event: (event.timezone or "").strip() or None
    if name in FIELDS:
        return attrgetter(name)

    def attribute(event: Event) -> str | None:
        raw = event.attributes.get(name)
        return None if raw is None else identity(attribute_text(raw) or "") or None

    return attribute


def event_zone(event: Event, zone_sources: ZoneSources, default: Zone | None) -> Zone | None:
    """Return the zone of an event: its own, the first one if it has several, else the resolved or default."""
    if event.timezone:
        return find_zones(event.timezone)[0]
    found = zone_sources.of(event.attributes) if zone_sources else ()
    return found[0] if found else default


def points_of(points: Points, channels: Channels) -> Callable[[Event], int]:
    """Make the function that gives the points of an event, in millionths."""
    if points.values is None:
        name = points.field.name
        return lambda event: points.of_number(event.attributes.get(name))
    get, of_values = values_of(points.field, channels), lru_cache(maxsize=4096)(points.of_values)
    return lambda event: of_values(get(event))


DistinctValue = str | int
"""What events can differ by: a text, or the number of a local day."""
ReadDistinct = Callable[[Event], tuple[DistinctValue, ...]]


def values_that_differ(
    different: Different, zone: Callable[[Event], Zone | None], channels: Channels
) -> ReadDistinct:
    """Make the function that gives the values by which events differ; `zone` returns that of an event."""
    if different.field is not None:
        return _different_in(different.field, channels)

    def day(event: Event) -> tuple[int]:
        own = zone(event)
        assert own is not None, "INVARIANT: lowering refuses local days without a zone"
        return (own.local_day(event.at),)

    return day


def _different_in(field: Field, channels: Channels) -> Callable[[Event], tuple[str, ...]]:
    """Make the function that gives the values of a field that can differ, as they make scopes."""
    if field.name == "matter" and not field.attribute:
        return lambda event: tuple(dict.fromkeys(event.matter))
    text = text_of(field.name, channels)
    nothing = (None, NO_CHANNEL) if field.name == "channel" and not field.attribute else (None,)

    def single(event: Event) -> tuple[str, ...]:
        value = text(event)
        return () if value is None or value in nothing else (value,)

    return single


Scope = tuple[str | None, ...]
ScopesOf = Callable[[Event], tuple[Scope, ...]]


class Alone(tuple[str | None, ...]):
    """A scope of a single event: it equals no other scope, not even one with the same values."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__


def scopes_of(per: tuple[str, ...], channels: Channels, absent: Absent = "pool") -> ScopesOf:
    """Return a function from an event to its scopes: one for each of its matters.

    `absent` says what happens to an event that lacks one of the values.
    """
    pooled = _pooled(per, channels)
    if absent == "pool" or per == ("person",):
        return pooled
    if absent == "skip":
        return lambda event: () if None in (scopes := pooled(event))[0] else scopes

    def apart(event: Event) -> tuple[Scope, ...]:
        scopes = pooled(event)
        return tuple(map(Alone, scopes)) if None in scopes[0] else scopes

    return apart


def _pooled(per: tuple[str, ...], channels: Channels) -> ScopesOf:
    getters = [text_of(name, channels) for name in per if name != "matter"]
    if "matter" not in per:
        if per == ("person",):
            return lambda event: ((event.person,),)
        if len(getters) == 2:
            first, second = getters
            return lambda event: ((first(event), second(event)),)
        return lambda event: (tuple([get(event) for get in getters]),)
    place = per.index("matter")

    def with_matter(event: Event) -> tuple[Scope, ...]:
        values = [get(event) for get in getters]
        matters: tuple[str | None, ...] = tuple(dict.fromkeys(event.matter)) or (None,)
        return tuple((*values[:place], matter, *values[place:]) for matter in matters)

    return with_matter
