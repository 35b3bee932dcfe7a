"""The operator response as SQL: the next answer, or one at the same instant."""

from __future__ import annotations

from comity.plan import Response
from comity.sql.refused import CannotCompile
from comity.sql.rule_steps import AFTER, AT, JUDGED, RuleSteps
from comity.sql.statement import Found


def find_response(steps: RuleSteps, response: Response, as_of: str) -> Found:
    """Add the steps that find the judged events without an answer, another event, up to the deadline."""
    if response.recurrence is not None:
        raise CannotCompile("an answer that is due again and again has a finding for each period that passes")
    if response.pause is not None:
        raise CannotCompile("a pause moves the deadline of each event by events between")
    answer = steps.flag(response.answer)
    relation = steps.rows(answer, due=steps.due(response.within))
    relation = steps.more(
        relation,
        {
            "next": f"MIN(CASE WHEN {answer} = 1 THEN {AT} END) {steps.over(AFTER)}",
            "together": f"{steps.number(answer, steps.at_instant())} - {answer}",
        },
    )
    found = f'{JUDGED} = 1 AND ("next" IS NULL OR "next" > "due") AND ("together" = 0 OR {AT} > "due")'
    return Found(relation, found, due='"due"', pending=f'"due" > {as_of}')
