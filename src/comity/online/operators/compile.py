"""The operator that judges each rule of a plan."""

from __future__ import annotations

from typing import assert_never

from comity.events.channels.channel import Channels
from comity.online.operators.around import AroundOperator
from comity.online.operators.counts.count import CountOperator
from comity.online.operators.counts.different import DifferentOperator
from comity.online.operators.counts.points import PointsOperator
from comity.online.operators.deadlines.deadline_rule import DeadlineRule, OpenDeadlines
from comity.online.operators.deadlines.open_responses import OpenResponses
from comity.online.operators.deadlines.response import ResponseRule
from comity.online.operators.gap import GapOperator
from comity.online.operators.local import HoursOperator, LocalOperator, TextOperator
from comity.online.operators.operator import AnyOperator
from comity.online.operators.past import PastOperator
from comity.online.operators.python_check import PythonOperator
from comity.online.operators.shares.share import ShareOperator
from comity.online.operators.shares.share_periods import OpenShares, SharePeriods
from comity.plan import (
    Around,
    Count,
    Different,
    Hours,
    Local,
    Past,
    PlannedRule,
    Points,
    PythonCheck,
    Response,
    Share,
    TextRequirements,
)


def bind_rule(number: int, rule: PlannedRule, channels: Channels) -> AnyOperator | DeadlineRule:
    """Make the operator that judges a rule."""
    constraint = rule.constraint
    match constraint:
        case Count(measure=Points() as points):
            return PointsOperator(number, rule, constraint, points, channels)
        case Count(measure=Different() as different):
            return DifferentOperator(number, rule, constraint, different, channels)
        case Count():
            return CountOperator(number, rule, constraint, channels)
        case Past():
            plain = GapOperator.fits(constraint)
            return (GapOperator if plain else PastOperator)(number, rule, constraint, channels)
        case Response():
            return ResponseRule(number, rule, constraint, channels)
        case Share():
            return ShareOperator(number, rule, constraint, channels)
        case Local(test=Hours() as hours):
            return HoursOperator(number, rule, constraint, hours, channels)
        case Local(test=Around() as around):
            return AroundOperator(number, rule, constraint, around, channels)
        case Local(test=TextRequirements() as wanted):
            return TextOperator(number, rule, constraint, wanted, channels)
        case Local():
            return LocalOperator(number, rule, constraint, channels)
        case PythonCheck():
            return PythonOperator(number, rule, constraint, channels)
        case _:
            assert_never(constraint)


def open_deadlines(bound: DeadlineRule, since: int | None = None, until: int | None = None) -> OpenDeadlines:
    """Make what keeps the open deadlines of a rule; what is judged begins from `since` to before `until`."""
    if isinstance(bound, SharePeriods):
        return OpenShares(bound)
    assert isinstance(bound, ResponseRule), f"INVARIANT: {bound} is one of these"
    return OpenResponses(bound, since, until)
