"""The selector `preceded-by` as SQL: the events before which there are enough others."""

from __future__ import annotations

from comity.plan import Preceded
from comity.sql.operators.lookback import Looked, look_back
from comity.sql.rule_steps import JUDGED, SEQ, RuleSteps


def find_preceded(steps: RuleSteps, look: Preceded) -> str:
    """Add the steps that find the events for which a look back holds; returns a relation of their `seq`."""
    event, reset = steps.flag(look.event), steps.holds(look.until)
    looked = Looked(event, reset, look.at_least, look.span, distinct=look.distinct)
    relation, (condition,) = look_back(steps, [looked])
    return steps.step(f"SELECT DISTINCT {SEQ}\nFROM {relation}\nWHERE {JUDGED} = 1 AND {condition}")
