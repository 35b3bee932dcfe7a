"""Running a case: what is found against what must be."""

from __future__ import annotations

from collections.abc import Callable

from comity.engine import Engine
from comity.errors import PolicyError, UsageError
from comity.findings import Report
from comity.instants import parse_instant
from comity.plugins.manager import Plugins
from comity.testing.cases import Case, CaseFile
from comity.testing.compare import compare_counts, compare_decision, compare_errors, compare_findings

Audit = Callable[..., Report]
"""What judges a log: called like `Engine.audit`, with the engine before the log."""


def run_case(
    file: CaseFile, case: Case, plugins: Plugins | None = None, audit: Audit = Engine.audit
) -> list[str]:
    """Run one case of a file and give the differences, a line each; none where it passes."""
    try:
        engine = Engine.of(file.policy_of(case), policy_path=[file.path.parent], plugins=plugins)
    except PolicyError as error:
        if case.errors is None:
            return [f"the policy has faults:\n{error}"]
        return compare_errors(case.errors, error)
    except (UsageError, OSError) as error:
        return [f"the policy cannot be had: {error}"]
    if case.errors is not None:
        return [f"the policy has no fault, expected {len(case.errors)}"]
    events = file.events(case)
    differences: list[str] = []
    if case.audits:
        instants = {"as_of": case.as_of, "since": case.since, "until": case.until}
        limits = {name: None if text is None else parse_instant(text) for name, text in instants.items()}
        report = audit(engine, events, **limits)
        if case.findings is not None:
            differences += compare_findings(case.findings, report.findings)
        differences += compare_counts(case, report)
    if case.propose is not None and case.decision is not None:
        proposed = file.event(case, case.propose, "proposed")
        differences += compare_decision(case.decision, engine.decide(events, proposed))
    return differences
