"""Finding every fault of the selectors and spans of a rule before it is lowered, of a broken rule too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, get_args

import attrs

from comity.clock.instants import DAY
from comity.documents import Path, key_of
from comity.plan.time.calendars import Calendar, Opening
from comity.policy.lower.lowering import Lowering
from comity.policy.model import Settings
from comity.policy.types import SpanOrField, SpanText, Window, is_selector, is_union

_OPEN: Final = Calendar(opening=(Opening(frozenset(range(7)), 0, DAY),))
"""Stands in for the calendar of a rule that cannot be known; it has opening hours."""


class KeyValue(NamedTuple):
    """The value of one key, its declared type, and its path."""

    path: Path
    type: Any
    value: Any


class SalvagedRule(NamedTuple):
    """The right parts of a rule that has faults."""

    parts: Mapping[str, KeyValue]
    settings: Settings | None
    broken_zone: bool
    """Whether the rule's own zone is the fault."""


def parts_of(record: Any, path: Path) -> Iterator[KeyValue]:
    """Yield the keys of an attrs record that have a value."""
    for a in attrs.fields(attrs.resolve_types(type(record))):
        value = getattr(record, a.name)
        if value is not None:
            yield KeyValue((*path, key_of(a.name)), a.type, value)


def check_before_lowering(
    lowering: Lowering, parts: Iterable[KeyValue], settings: Settings, zone: str | None
) -> None:
    """Note the faults of selectors and spans; each is noted only once."""
    for path, kind, value in parts:
        if is_selector(kind):
            lowering.selector(value, path, settings)
        elif is_union(SpanOrField)(kind):
            lowering.span_or_field(value, path, _OPEN, zone)
        elif {SpanText, Window} & {kind, *get_args(kind)}:
            if value != "ever":
                lowering.span(value, path, _OPEN, zone)
        elif attrs.has(type(value)):
            check_before_lowering(lowering, parts_of(value, path), settings, zone)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if attrs.has(type(item)):
                    check_before_lowering(lowering, parts_of(item, (*path, index)), settings, zone)


def check_salvaged(lowering: Lowering, remains: SalvagedRule) -> None:
    """Note the faults of meaning in the right parts of a broken rule."""
    settings = lowering.settings(remains.settings)
    own = remains.parts.get("timezone")
    zone = "UTC" if remains.broken_zone else settings.timezone if own is None else own.value
    check_before_lowering(lowering, remains.parts.values(), settings, zone)
