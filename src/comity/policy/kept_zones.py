"""Inherited rules with local times that a file changes, but that keep another zone than the file's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import attrs

from comity.documents import key_of
from comity.notices import Notice
from comity.plan.time.span_texts import SpanError, parse_span
from comity.policy.lower.check_before_lowering import KeyValue, parts_of
from comity.policy.model import EffectiveDates, Policy, Rule
from comity.policy.types import (
    Dates,
    DayName,
    OwnInstant,
    PrecededBy,
    SelectorTable,
    SpanText,
    TimeOfDay,
    Window,
    is_union,
)


def kept_zones(policy: Policy) -> Iterator[Notice]:
    """Yield a notice for each inherited rule that the file changes so and that keeps its zone."""
    zone = policy.meta.timezone
    if policy.own is None or zone is None:
        return
    for rule_id, rule in sorted(policy.rules.items()):
        own = policy.own.get(("rules", rule_id), frozenset())
        kept = rule.common.timezone or (None if rule.settings is None else rule.settings.timezone)
        if rule.settings is None or "timezone" in own or kept in (None, zone) or not rule.common.enabled:
            continue
        keys = [key for key in sorted(own) if _is_local(rule, key)]
        if keys:
            changed = " and ".join(f"`{key}`" for key in keys)
            yield Notice(
                "zone-kept",
                f"`{policy.id}` is in `{zone}` and changes {changed} of the rule `{rule_id}`, which keeps "
                f"the zone `{kept}` of the policy that it is inherited from",
                rule=f"{policy.id}/{rule_id}",
                help='write `for-inherited = ["timezone"]` in [policy] (then events without a zone are in '
                f'`{zone}`), `timezone = "{zone}"` in the rule (then all events are), or '
                f'`timezone = "{kept}"` where that is meant',
            )


def _is_local(rule: Rule, key: str) -> bool:
    """Return whether a key of a rule is read on a local clock."""
    parts = [*parts_of(rule.body, ()), *parts_of(rule.common, ())]
    return any(_depends(part.type, part.value) for part in parts if part.path == (key,))


def _depends(kind: Any, value: Any) -> bool:
    match value:
        case EffectiveDates() | OwnInstant():
            return True
        case SelectorTable():
            inner = [*(value.any or ()), value.not_]
            looks = value.preceded_by is not None and _depends(PrecededBy, value.preceded_by)
            return looks or any(_depends(None, each) for each in inner)
        case Dates():
            return True
        case tuple():
            return _mentions(kind, DayName) or any(_depends(kind, item) for item in value)
        case _ if attrs.has(type(value)):
            return any(_depends(part.type, part.value) for part in _inner(value))
        case str() if value != "ever" and (_mentions(kind, SpanText) or _mentions(kind, Window)):
            return _has_clock(value)
    return is_union(TimeOfDay)(kind) and value is not None


def _inner(record: Any) -> Iterator[KeyValue]:
    for a in attrs.fields(attrs.resolve_types(type(record))):
        if getattr(record, a.name) is not None:
            yield KeyValue((key_of(a.name),), a.type, getattr(record, a.name))


def _mentions(kind: Any, wanted: Any) -> bool:
    return kind is wanted or any(_mentions(part, wanted) for part in get_args(kind))


def _has_clock(text: str) -> bool:
    try:
        return parse_span(text).clock is not None
    except SpanError:
        return False
