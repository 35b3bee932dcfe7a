"""The judge of each operator."""

from __future__ import annotations

from typing import Any, assert_never

from comity.events.event import Channels
from comity.online.operators.count import CountJudge
from comity.online.operators.gap import GapJudge
from comity.online.operators.local import HoursJudge, LocalJudge, StyleJudge
from comity.online.operators.operator import Judge
from comity.online.operators.past import PastJudge
from comity.online.operators.python_judgement import JudgementJudge
from comity.online.operators.response import ResponseRuling
from comity.plan import Count, Hours, Judgement, Local, Past, PlannedRule, Response, Style


def make_judge(number: int, rule: PlannedRule, channels: Channels) -> Judge[Any] | ResponseRuling:
    """Make the judge of a rule's operator."""
    constraint = rule.constraint
    match constraint:
        case Count():
            return CountJudge(number, rule, constraint, channels)
        case Past():
            plain = GapJudge.fits(constraint)
            return (GapJudge if plain else PastJudge)(number, rule, constraint, channels)
        case Response():
            return ResponseRuling(number, rule, constraint, channels)
        case Local(test=Hours() as hours):
            return HoursJudge(number, rule, constraint, hours, channels)
        case Local(test=Style() as style):
            return StyleJudge(number, rule, constraint, style, channels)
        case Local():
            return LocalJudge(number, rule, constraint, channels)
        case Judgement():
            return JudgementJudge(number, rule, constraint, channels)
        case _:
            assert_never(constraint)
