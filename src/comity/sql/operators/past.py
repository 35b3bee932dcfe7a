"""The operator past as SQL: what its look backs find must be there, or must not."""

from __future__ import annotations

from comity.plan import Past
from comity.sql.operators.lookback import Looked, look_back
from comity.sql.rule_steps import JUDGED, RuleSteps
from comity.sql.statement import Found


def find_past(steps: RuleSteps, past: Past) -> Found:
    """Add the steps that find the judged events without what must be before, or with what must not be."""
    relation, conditions = look_back(steps, [Looked.of(steps, lookup) for lookup in past.lookups])
    found = " OR ".join(f"({each})" for each in conditions) if conditions else "1 = 0"
    return Found(relation, f"{JUDGED} = 1 AND {'NOT ' if past.must_exist else ''}({found})")
