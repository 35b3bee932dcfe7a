"""The second step of an audit: judge the partitions of a log, rule by rule."""

from __future__ import annotations

from collections import Counter
from typing import assert_never

import numpy as np

from comity.columnar.findings.finding_columns import STATUSES, FindingColumns, finding_columns_of, join
from comity.columnar.findings.spill import FindingSpill
from comity.columnar.operators.counts.count import judge_count
from comity.columnar.operators.counts.different import judge_different
from comity.columnar.operators.counts.points import judge_points
from comity.columnar.operators.deadlines.response import judge_response
from comity.columnar.operators.local import judge_local
from comity.columnar.operators.past import judge_past
from comity.columnar.operators.preceded_by import Lookbacks
from comity.columnar.operators.rule_view import AuditRange, RuleView, Violations
from comity.columnar.operators.share import judge_share
from comity.columnar.parallel import in_order
from comity.columnar.partitions.near_persons import NearPersons
from comity.columnar.partitions.partitions import Partition, each_partition
from comity.columnar.partitions.repeated import NONE_REPEATED, RepeatedCount, repeated_in
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import AuditTimes
from comity.columnar.resources import Resources
from comity.columnar.scan.column_plan import PERSON, PartitionPass
from comity.columnar.scan_log import ScanResult
from comity.errors import ComityError
from comity.plan import Count, Different, Local, Past, Plan, PlannedRule, Points, PythonCheck, Response, Share
from comity.records import define, frozen
from comity.results.report import RuleCounts


class RuleFailed(Exception):
    """A rule cannot be judged by columns, so that the log must be judged event by event."""

    def __init__(self, rule: PlannedRule, reason: str) -> None:
        super().__init__(f"rule `{rule.name}` cannot be judged by columns: {reason}")
        self.rule = rule


def check_rules(plan: Plan) -> None:
    """Raise RuleFailed if a rule is judged in Python, which columns cannot do."""
    for rule in plan.rules:
        if rule.constraint.in_python:
            raise RuleFailed(rule, f"the kind `{rule.kind}` judges in Python")


@frozen(eq=False)
class PartitionVerdicts:
    """The result of judging one partition."""

    found: FindingColumns
    keys: int
    judged: Counter[int]
    """By the number of a rule: how many events it judged, once for each scope."""
    lacking: dict[int, Counter[str]]
    unlisted: Counter[int]
    """By the number of a rule: how many violations are not listed, since there are too many of their kind."""
    repeated: RepeatedCount = NONE_REPEATED


class PartitionEvaluator:
    """Judges partitions; several threads may call it at once."""

    def __init__(self, log: ScanResult, audited: AuditRange) -> None:
        """Judge the partitions of a log."""
        self._scanner = log.scanner
        self._names = log.names
        self._audited = audited
        self._span = (log.low, log.high)
        self._in_order = log.in_order
        self._times = AuditTimes()
        self._lookbacks = Lookbacks(self._times)
        self.near = NearPersons(log.scanner.persons)
        """The persons of all partitions."""

    def evaluate(self, each: PartitionPass, partition: Partition) -> PartitionVerdicts:
        """Judge one partition by the rules of its pass; raises RuleFailed."""
        look_back = self._lookbacks.holds
        rows = SortedPartition(partition, self._scanner, each.key, look_back, in_order=self._in_order)
        parts: list[FindingColumns] = []
        judged: Counter[int] = Counter()
        lacking: dict[int, Counter[str]] = {}
        unlisted: Counter[int] = Counter()
        for rule_number, rule in each.rules:
            try:
                view = RuleView(rows, rule, self._times, self._audited, self._span)
                violations = judge_rule(view)
            except (ComityError, MemoryError):
                raise
            except Exception as error:
                raise RuleFailed(rule, f"{type(error).__name__}: {error}") from error
            judged[rule_number] = int(np.count_nonzero(view.judged))
            lacking[rule_number] = Counter(view.lacking())
            unlisted[rule_number] = violations.unlisted
            if len(violations.places):
                parts.append(finding_columns_of(view, rule_number, violations))
        repeated = NONE_REPEATED
        if each.key == PERSON:
            self.near.take(rows.distinct)
            repeated = repeated_in(partition, self._names)
        return PartitionVerdicts(join(parts), len(rows.distinct[0]), judged, lacking, unlisted, repeated)


@define(eq=False)
class Evaluated:
    """The result of judging all partitions of a log."""

    as_of: int | None
    findings: FindingSpill
    near: NearPersons
    tallies: list[RuleCounts]
    """For each rule of the plan."""
    persons: int = 0
    repeated: RepeatedCount = NONE_REPEATED

    def add(self, key: tuple[str, ...], verdicts: PartitionVerdicts) -> None:
        """Add the result of one partition of a pass with this key."""
        if key == PERSON:
            self.persons += verdicts.keys
            self.repeated = self.repeated.plus(verdicts.repeated)
        for rule, count in verdicts.judged.items():
            self.tallies[rule].judged += count
        for rule, count in verdicts.unlisted.items():
            self.tallies[rule].unlisted += count
        found = verdicts.found
        codes = np.bincount(found.rule * len(STATUSES) + found.status).tolist()
        for code, count in enumerate(codes):
            rule, number = divmod(code, len(STATUSES))
            status = STATUSES[number]
            setattr(self.tallies[rule], status, getattr(self.tallies[rule], status) + count)
        for rule, lacking in verdicts.lacking.items():
            for name, count in lacking.items():
                self.tallies[rule].lacking[name] = self.tallies[rule].lacking.get(name, 0) + count
        self.findings.add(found)


def evaluate(plan: Plan, log: ScanResult, audited: AuditRange, resources: Resources) -> Evaluated:
    """Return the result of judging all partitions of a scanned log; raises RuleFailed."""
    evaluator = PartitionEvaluator(log, audited)
    store = FindingSpill(log.scanner.persons, resources.memory)
    evaluated = Evaluated(audited.as_of, store, evaluator.near, [RuleCounts() for _ in plan.rules])
    rows = [partitions.rows() for partitions in log.passes]
    work = [(number, partition) for number, counts in enumerate(rows) for partition in each_partition(counts)]
    passes = log.scanner.column_plan.passes

    def judged(item: tuple[int, int]) -> PartitionVerdicts:
        number, partition = item
        return evaluator.evaluate(passes[number], log.passes[number].take(partition))

    done, total = 0, sum(int(counts.sum()) for counts in rows)
    verdicts_of = in_order(judged, work, min(resources.workers, len(work) or 1))
    for (number, partition), verdicts in zip(work, verdicts_of, strict=True):
        done += int(rows[number][partition])
        resources.progress("sorting and judging", done, total)
        evaluated.add(passes[number].key, verdicts)
    log.passes.clear()
    return evaluated


def judge_rule(view: RuleView) -> Violations:
    """Return the violations of a rule."""
    constraint = view.rule.constraint
    match constraint:
        case Count(measure=Points() as points):
            return judge_points(view, constraint, points)
        case Count(measure=Different() as different):
            return judge_different(view, constraint, different)
        case Count():
            return judge_count(view, constraint)
        case Past():
            return judge_past(view, constraint)
        case Response():
            return judge_response(view, constraint)
        case Share():
            return judge_share(view, constraint)
        case Local():
            return judge_local(view, constraint)
        case PythonCheck():
            raise AssertionError("INVARIANT: plans with such rules are refused")
        case _:
            assert_never(constraint)
