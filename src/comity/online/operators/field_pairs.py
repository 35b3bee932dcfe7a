"""Tests of one field of an event beside another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.fields import event_zone, values_of
from comity.plan.field_pairs import Stretch, form_of, pair_test
from comity.plan.selectors import CompareFields, Field
from comity.plan.time.field_spans import own_stretch

_KNOWN = 4096


def compile_pair(part: CompareFields, channels: Channels) -> Callable[[Event, object], bool]:
    """Turn the test into a function of an event."""
    of_instants = part.field.type == "instant"
    holds = pair_test(part.relation, of_instants=of_instants)
    if of_instants:
        one, other = _stretches_of(part.field, part), _stretches_of(part.other, part)
    elif part.field.type in ("number", "boolean"):
        one, other = values_of(part.field, channels), values_of(part.other, channels)
    else:
        one, other = _texts_of(part.field, part.other, channels), _texts_of(part.other, part.field, channels)
    return lambda event, memory: holds(one(event), other(event))


def _texts_of(field: Field, other: Field, channels: Channels) -> Callable[[Event], tuple[Any, ...]]:
    values = values_of(field, channels)
    form = lru_cache(_KNOWN)(form_of(field, other, channels))
    return lambda event: tuple(text for value in values(event) if (text := form(value)) is not None)


def _stretches_of(field: Field, part: CompareFields) -> Callable[[Event], tuple[Stretch, ...]]:
    name, zone, sources = field.name, part.zone, part.zone_sources
    if not field.attribute:
        return lambda event: ((event.at, event.at),)

    def stretches(event: Event) -> tuple[Stretch, ...]:
        raw = event.attributes.get(name)
        found = None if raw is None else own_stretch(raw, event_zone(event, sources, zone))
        return () if found is None else (found,)

    return stretches
