"""The values of events whose different ones are counted."""

from __future__ import annotations

from comity.plan import Different
from comity.sql.readings import OwnValue
from comity.sql.refused import CannotCompile
from comity.sql.rule_steps import RuleSteps


def own_value(steps: RuleSteps, distinct: Different) -> str:
    """Return the value of an event, or its local day, null where it has none."""
    if distinct.field is None:
        return steps.clocks.column("day", steps.zone)
    if distinct.field.name == "matter" and not distinct.field.attribute:
        raise CannotCompile("an event may have several matters, each a value that counts")
    column = steps.readings.column(OwnValue(distinct.field))
    return f"CASE WHEN {column} <> '' THEN {column} END"
