"""Auditing by columns: scan the log in blocks, judge it in partitions, and put the findings in order."""

from __future__ import annotations

from comity.columnar.collect import collect
from comity.columnar.evaluate import check_rules, evaluate
from comity.columnar.operators.rule_view import AuditRange
from comity.columnar.partitions.spill import Spill
from comity.columnar.resources import Phases, Resources, ignore_progress, processors
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columnar.scan_log import scan
from comity.columns.event_columns import ColumnSource
from comity.events.channels.channel import Channels
from comity.plan import Plan
from comity.results.findings import Findings
from comity.results.report import Summary


def audit(
    plan: Plan,
    channels: Channels,
    source: ColumnSource,
    *,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
    memory: int | None = None,
    workers: int | None = None,
    partitions: int | None = None,
    progress: Phases | None = None,
) -> tuple[Summary, Findings]:
    """Judge every event of a source; raises RuleFailed if a rule cannot be judged by columns.

    Instants are in microseconds. `Resources` explains `memory`, `workers`, `partitions` and `progress`.
    """
    check_rules(plan)
    resources = Resources(memory, workers or processors(), partitions, progress or ignore_progress)
    spill = Spill()
    try:
        log = scan(ColumnPlan(plan, channels), source, resources, spill)
        audited = AuditRange(source.latest() if as_of is None else as_of, since, until)
        evaluated = evaluate(plan, log, audited, resources)
    finally:
        spill.close()
    return collect(plan, source, log, evaluated, resources.workers)
