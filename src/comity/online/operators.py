"""The runner of each operator."""

from __future__ import annotations

from typing import assert_never

from comity.online.count import CountRunner
from comity.online.judgement import JudgementRunner
from comity.online.local import LocalRunner
from comity.online.past import PastRunner
from comity.online.response import ResponseRunner
from comity.online.runner import Context, Runner
from comity.plan import Count, Judgement, Local, Past, PlannedRule, Response


def make_runner(rule: PlannedRule, context: Context) -> Runner:
    """Make the runner of a rule's operator."""
    constraint = rule.constraint
    match constraint:
        case Count():
            return CountRunner(rule, constraint, context)
        case Past():
            return PastRunner(rule, constraint, context)
        case Response():
            return ResponseRunner(rule, constraint, context)
        case Local():
            return LocalRunner(rule, constraint, context)
        case Judgement():
            return JudgementRunner(rule, constraint, context)
        case _:
            assert_never(constraint)
