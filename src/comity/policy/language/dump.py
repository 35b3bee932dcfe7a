"""Writing a policy back as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import cattrs
import tomli_w

from comity.documents import key_of
from comity.policy.language.converter import policy_converter
from comity.policy.model import Policy, Rule


def policy_to_dict(policy: Policy) -> dict[str, Any]:
    """Return the tables of a policy file: if it extends others, only what the file itself writes."""
    converter = policy_converter()
    own = policy.own

    def mine(section: str, tables: Mapping[str, object]) -> dict[str, Any]:
        return {name: table for name, table in tables.items() if own is None or (section, name) in own}

    document: dict[str, Any] = {"comity": 1, "policy": converter.unstructure(policy.meta)}
    rules = {
        name: _rule_to_dict(rule, converter, None if own is None else own["rules", name])
        for name, rule in mine("rules", policy.rules).items()
    }
    sections = {
        "attributes": mine("attributes", policy.attributes),
        "events": {n: converter.unstructure(e.selector) for n, e in mine("events", policy.events).items()},
        "states": {n: converter.unstructure(s.table) for n, s in mine("states", policy.states).items()},
        "calendars": {n: converter.unstructure(c) for n, c in mine("calendars", policy.calendars).items()},
        "rules": rules,
    }
    document.update({name: tables for name, tables in sections.items() if tables})
    return document


def _rule_to_dict(rule: Rule, converter: cattrs.Converter, keys: frozenset[str] | None) -> dict[str, Any]:
    """Return a rule's table: the keys that its file writes, or all that differ from their defaults."""
    table: dict[str, Any] = {"kind": rule.body.kind}
    for part in (rule.body, rule.common):
        for a in attrs.fields(attrs.resolve_types(type(part))):  # type: ignore[arg-type, type-var]
            value = getattr(part, a.name)
            if value is not None and (value != a.default if keys is None else key_of(a.name) in keys):
                table[key_of(a.name)] = converter.unstructure(value, a.type)
    return table if keys is None else {key: value for key, value in table.items() if key in keys}


def dump_policy(policy: Policy) -> str:
    """Write a policy as TOML text; loading it gives an equal policy."""
    return tomli_w.dumps(policy_to_dict(policy))
