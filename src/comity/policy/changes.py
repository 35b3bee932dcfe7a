"""Inherited rules whose meaning a file changes, because it defines something that they use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import attrs

from comity.plan import PlannedRule
from comity.policy.lower.lower import lower_rules
from comity.policy.lower.lowering import Lowering
from comity.policy.model import NamedSelector, NamedState, Policy, Rule, Settings
from comity.policy.vocabulary import Vocabulary

SectionName = tuple[str, str]
"""A section and a name in it, such as `events` and `call`."""
T = TypeVar("T", Rule, NamedSelector, NamedState)
_SETTINGS: Final = ("calendar", "per", "effective")


def changed_rules(policy: Policy, words: Vocabulary) -> dict[str, tuple[SectionName, ...]]:
    """Return the inherited rules whose meaning the file changes, with the names that change it.

    Such a name is a table that the file replaces, or a setting that the extended policy leaves open. Each
    rule is lowered again with the inherited table or without the setting, and compared. So it does not matter
    through how many selectors a table is used. The zone does not count. Rules that are switched off are left
    out.
    """
    names = [*policy.replaced, *_filled(policy)]
    if not names:
        return {}
    now = _lowered(policy, words)
    inherited = {rule_id for rule_id in now if policy.rules[rule_id].settings is not None}
    found: dict[str, list[SectionName]] = {}
    for name in names:
        for rule_id in _unlike(now, _lowered(_with(policy, name), words), inherited):
            found.setdefault(rule_id, []).append(name)
    return {rule_id: tuple(names) for rule_id, names in found.items()}


def _lowered(policy: Policy, words: Vocabulary) -> dict[str, PlannedRule]:
    return {rule.id: rule for rule in lower_rules(Lowering(policy, words))}


def _unlike(
    now: Mapping[str, PlannedRule], before: Mapping[str, PlannedRule], among: Iterable[str]
) -> list[str]:
    return [rule_id for rule_id in sorted(among) if before.get(rule_id) != now[rule_id]]


def _filled(policy: Policy) -> list[SectionName]:
    """List the settings of the file that fill gaps of extended policies."""
    tables: list[Rule | NamedSelector | NamedState] = [
        *policy.rules.values(),
        *policy.events.values(),
        *policy.states.values(),
    ]
    return [
        ("policy", name)
        for name in _SETTINGS
        if any(_is_filled(policy, table.settings, name) for table in tables)
    ]


def _is_filled(policy: Policy, settings: Settings | None, name: str) -> bool:
    if settings is None or name in settings.origin:
        return False
    value = getattr(policy.meta, name)
    return value is not None and value == getattr(settings, name)


def _with(policy: Policy, name: SectionName) -> Policy:
    """Return the policy with the inherited table in place of the file's, or with a setting left open."""
    section, key = name
    if section != "policy":
        return _evolved(policy, **{section: {**getattr(policy, section), key: policy.replaced[name]}})
    return _evolved(
        policy,
        rules=_opened(policy, policy.rules, key),
        events=_opened(policy, policy.events, key),
        states=_opened(policy, policy.states, key),
    )


def _opened(policy: Policy, tables: Mapping[str, T], key: str) -> dict[str, T]:
    made = dict(tables)
    for name, table in tables.items():
        settings = table.settings
        if settings is not None and _is_filled(policy, settings, key):
            open_: dict[str, Any] = {key: None}
            made[name] = attrs.evolve(table, settings=attrs.evolve(settings, **open_))
    return made


def _evolved(policy: Policy, **sections: Any) -> Policy:
    changed: Policy = attrs.evolve(policy, **sections)
    return changed
