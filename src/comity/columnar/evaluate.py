"""Judging the partitions of a log, rule by rule."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

import attrs
import numpy as np

from comity.columnar.findings.finding_columns import FindingColumns, finding_columns_of, join
from comity.columnar.operators.count import judge_count
from comity.columnar.operators.local import judge_local
from comity.columnar.operators.past import judge_past
from comity.columnar.operators.preceded_by import Lookbacks
from comity.columnar.operators.response import judge_response
from comity.columnar.operators.rule_view import Limits, RuleView, Violations
from comity.columnar.partitions.near_persons import NearPersons
from comity.columnar.partitions.partitions import Partition
from comity.columnar.partitions.repeated import NONE_REPEATED, Repeated, repeated_in
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import Times
from comity.columnar.scan.column_plan import PERSON, PartitionPass
from comity.columnar.scan.scanner import Scanner
from comity.errors import ComityError
from comity.plan import Count, Local, Past, Plan, PlannedRule, PythonCheck, Response


class RuleFailed(Exception):
    """A rule cannot be judged by columns: its verdicts must be had event by event."""

    def __init__(self, rule: PlannedRule, reason: str) -> None:
        super().__init__(f"rule `{rule.name}` cannot be judged by columns: {reason}")
        self.rule = rule


def check_rules(plan: Plan) -> None:
    """Raise RuleFailed where a rule is known not to be judged by columns."""
    for rule in plan.rules:
        if isinstance(rule.constraint, PythonCheck):
            raise RuleFailed(rule, f"the kind `{rule.kind}` judges in Python")


@attrs.frozen(eq=False)
class PartitionVerdicts:
    """What judging one partition gave."""

    found: FindingColumns
    keys: int
    judged: Counter[int]
    """By the rule's number, how many events were judged in their scopes."""
    lacking: dict[int, Counter[str]]
    repeated: Repeated = NONE_REPEATED


class PartitionEvaluator:
    """Judges partitions; safe to be called by several threads at once."""

    def __init__(self, scanner: Scanner, limits: Limits, low: int, high: int, *, in_order: bool) -> None:
        """Make what judges a log whose instants lie from `low` to `high`."""
        self._scanner = scanner
        self._limits = limits
        self._span = (low, high)
        self._in_order = in_order
        self._times = Times()
        self._lookbacks = Lookbacks(self._times)
        self.near = NearPersons(scanner.persons)
        """The persons of all partitions."""

    def evaluate(self, each: PartitionPass, partition: Partition) -> PartitionVerdicts:
        """Judge one partition by the rules of its pass; raises RuleFailed."""
        look_back = self._lookbacks.holds
        frame = SortedPartition(partition, self._scanner, each.key, look_back, in_order=self._in_order)
        parts: list[FindingColumns] = []
        judged: Counter[int] = Counter()
        lacking: dict[int, Counter[str]] = {}
        for rule_number, rule in each.rules:
            try:
                view = RuleView(frame, rule, self._times, self._limits, self._span)
                broken = judge_rule(view)
            except (ComityError, MemoryError):
                raise
            except Exception as error:
                raise RuleFailed(rule, f"{type(error).__name__}: {error}") from error
            judged[rule_number] = int(np.count_nonzero(view.judged))
            lacking[rule_number] = Counter(view.lacking())
            if len(broken.places):
                parts.append(finding_columns_of(view, rule_number, broken))
        repeated = NONE_REPEATED
        if each.key == PERSON:
            self.near.take(frame.distinct)
            repeated = repeated_in(partition)
        return PartitionVerdicts(join(parts), len(frame.distinct[0]), judged, lacking, repeated)


def judge_rule(view: RuleView) -> Violations:
    """Find where a rule is broken."""
    constraint = view.rule.constraint
    match constraint:
        case Count():
            return judge_count(view, constraint)
        case Past():
            return judge_past(view, constraint)
        case Response():
            return judge_response(view, constraint)
        case Local():
            return judge_local(view, constraint)
        case PythonCheck():
            raise AssertionError("INVARIANT: plans with such rules are refused")
        case _:
            assert_never(constraint)
