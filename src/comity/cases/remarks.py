"""Remarks on a policy's rules: where they come from and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from comity.engine import Engine
from comity.plan import PlannedRule
from comity.policy.changes import SectionName, changed_rules
from comity.policy.model import Policy


def changes_of(engine: Engine) -> Mapping[str, tuple[SectionName, ...]]:
    """Return the inherited rules of the first policy that its own tables change, and those tables."""
    return changed_rules(engine.policies[0], engine.plugins.words)


def changed_by(names: Iterable[SectionName]) -> str:
    """Say which tables change a rule."""
    return "changed by " + " and ".join(f"`{name}` of [{section}]" for section, name in names)


def read_in(planned: PlannedRule) -> str:
    """Say in which zone a rule is read; empty if it needs no local clock."""
    if not planned.reads_zone():
        return ""
    if planned.zone is not None:
        return f"read in {planned.zone.name}"
    placed = ", else where a plugin places it" if planned.zone_sources else ""
    default = "" if planned.default_zone is None else f", else in {planned.default_zone.name}"
    return f"read in the event's own zone{placed}{default}"


def switched_off(policy: Policy) -> list[str]:
    """List the rules that are switched off."""
    return sorted(rule_id for rule_id, rule in policy.rules.items() if not rule.common.enabled)


def is_inherited(policy: Policy, rule_id: str) -> bool:
    """Return whether the policy's own file writes nothing of a rule."""
    return policy.own is not None and ("rules", rule_id) not in policy.own


def remarks_of(engine: Engine) -> dict[str, tuple[str, ...]]:
    """Return the remarks on each rule of the first policy, switched off or not, by its id."""
    policy, changes = engine.policies[0], changes_of(engine)
    found: dict[str, tuple[str, ...]] = dict.fromkeys(switched_off(policy), ("switched off",))
    for planned in engine.plan.rules:
        if planned.policy == policy.id:
            changed = changed_by(changes[planned.id]) if planned.id in changes else ""
            found[planned.id] = tuple(filter(None, (changed, read_in(planned))))
    return found
