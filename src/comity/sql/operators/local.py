"""The operator local as SQL: a predicate of each event alone."""

from __future__ import annotations

from comity.plan import Around, Hours, Local, TextRequirements
from comity.sql.readings import OwnInstant
from comity.sql.refused import CannotCompile
from comity.sql.rule_steps import AT, JUDGED, RuleSteps
from comity.sql.statement import Found


def find_local(steps: RuleSteps, local: Local) -> Found:
    """Add the steps that find the judged events for which the predicate does not hold."""
    match local.test:
        case Hours():
            opened = steps.clocks.column("hours", steps.zone, local.test)
            return Found(steps.rows(opened=opened), f'{JUDGED} = 1 AND "opened" = 0')
        case Around():
            return _find_around(steps, local.test)
        case TextRequirements():
            raise CannotCompile("no SQL splits a text into words as comity does")
        case _:
            met = steps.flag(local.test)
            return Found(steps.rows(met), f"{JUDGED} = 1 AND {met} = 0")


def _find_around(steps: RuleSteps, around: Around) -> Found:
    if around.yearly:
        raise CannotCompile("a window around the same date of every year is worked out for each event")
    inside = []
    if around.start is not None:
        first = steps.readings.column(OwnInstant(around.field, "begin", steps.zone, around.start))
        inside.append(f"{first} <= {AT}")
    if around.end is not None:
        last = steps.readings.column(OwnInstant(around.field, "deadline", steps.zone, around.end))
        inside.append(f"{AT} <= {last}")
    met = " AND ".join(inside) or "1 = 1"
    relation = steps.rows(inside=f"CASE WHEN {met} THEN 1 ELSE 0 END")
    return Found(relation, f'{JUDGED} = 1 AND "inside" = {0 if around.inside else 1}')
