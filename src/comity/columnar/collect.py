"""The last step of an audit: put the findings in order, and sum up what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from comity.columnar.arrays import Ints
from comity.columnar.evaluate import Evaluated
from comity.columnar.findings.finding_columns import STATUSES, FindingColumns, order_of
from comity.columnar.findings.render import Renderer
from comity.columnar.findings.sequence import ColumnFindings
from comity.columnar.scan.scanner import Scanner
from comity.columnar.scan_log import ScanResult
from comity.columns.event_columns import ColumnSource
from comity.plan import Plan
from comity.plan.plan import Severity
from comity.results.findings import Findings, Status
from comity.results.report import Summary
from comity.texts.near import Near, find_near, near_texts


def collect(
    plan: Plan, source: ColumnSource, log: ScanResult, evaluated: Evaluated, workers: int
) -> tuple[Summary, Findings]:
    """Return the summary of an audit, and its findings in order; their texts are made when they are read."""
    tallies = evaluated.tallies
    for number, by_attribute in log.unread.by_rule.items():
        tallies[number].unreadable.update(sorted(by_attribute.items()))
    counts: Counter[tuple[Severity, Status]] = Counter()
    for rule, tally in zip(plan.rules, tallies, strict=True):
        for status in STATUSES:
            counts[rule.severity, status] += getattr(tally, status)
    summary = Summary(
        events=log.count,
        persons=evaluated.persons,
        as_of=evaluated.as_of,
        policies=plan.policies,
        by_rule={rule.name: tally for rule, tally in zip(plan.rules, tallies, strict=True)},
        suspicious=log.eras.suspicious(),
        fixed_zones=plan.fixed_zones(log.fixed_zones),
        unreadable=dict(sorted(log.unread.by_attribute.items())),
        near=near_texts({"person": evaluated.near.found(), **_near_others(log.scanner)}),
        unreadable_examples=dict(sorted(log.unread.examples.items())),
        unparted=dict(sorted(log.unread.joined.items())),
        census=log.census(evaluated.repeated, outcomes=plan.asks_outcome()),
        **source.counts(),
    )
    renderer = Renderer(plan.rules, log.scanner, log.files())
    ranges = evaluated.findings.ranges(_orderer(plan, log))
    return summary, ColumnFindings(ranges, +counts, renderer, workers)


def _near_others(scanner: Scanner) -> dict[str, Near | None]:
    return {name: find_near(texts) for name, texts in scanner.known.items()}


def _orderer(plan: Plan, log: ScanResult) -> Callable[[FindingColumns], Ints]:
    """Return the function that sorts findings."""
    by_name = sorted(range(len(plan.rules)), key=lambda n: (plan.rules[n].policy, plan.rules[n].id))
    ranks = np.empty(len(plan.rules), np.int64)
    ranks[by_name] = np.arange(len(by_name))
    matters = log.scanner.matters.values
    by_matter = sorted(range(len(matters)), key=lambda n: (matters[n] is not None, matters[n] or ""))
    matter_ranks = np.empty(len(matters), np.int64)
    matter_ranks[by_matter] = np.arange(len(matters))
    return lambda found: order_of(
        found, ranks, {"matter": matter_ranks}, log.scanner.persons, in_order=log.in_order
    )
