"""Reading an event's fields as selectors and scopes see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from comity.events import FIELDS, FOLDED, Channels, Event, attribute_text
from comity.identity import identity
from comity.instants import format_instant
from comity.plan import Field
from comity.plan.values import read_attribute


def values_of(field: Field, channels: Channels) -> Callable[[Event], tuple[Any, ...]]:
    """Make the function that gives a field's values of an event: none where it is absent."""
    name = field.name
    if field.attribute:

        def attribute(event: Event) -> tuple[Any, ...]:
            value = read_attribute(event.attributes.get(name), field.type)
            return () if value is None else (value,)

        return attribute
    if name == "matter":
        return attrgetter("matter")
    text = text_of(name, channels) if name != "at" else attrgetter("at")

    def single(event: Event) -> tuple[Any, ...]:
        value = text(event)
        return () if value is None else (value,)

    return single


def text_of(name: str, channels: Channels) -> Callable[[Event], str | None]:
    """Make the function that gives a field's text as it makes a scope: canonical where it is folded."""
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


Scope = tuple[str | None, ...]


def scopes_of(per: tuple[str, ...], channels: Channels) -> Callable[[Event], tuple[Scope, ...]]:
    """Make the function that gives the scopes that an event is in: one for each of its matters."""
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
