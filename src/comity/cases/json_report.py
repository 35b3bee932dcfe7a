"""The results of cases, as JSON."""

from __future__ import annotations

import json

from comity.cases.coverage import Coverage
from comity.cases.suite import CaseResult, PolicyResult, SuiteResult


def write_json(suite: SuiteResult) -> str:
    """Write one object: counts, and for each policy its cases and its coverage."""
    told = {
        "comity": 1,
        "cases": suite.cases,
        "failed": suite.failed,
        "faults": suite.faults,
        "coverage": None if suite.coverage is None else round(suite.coverage, 2),
        "policies": [_policy(policy) for policy in suite.policies],
    }
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _policy(result: PolicyResult) -> dict[str, object]:
    return {
        "policy": result.policy,
        "path": str(result.path),
        **({"notices": [each.to_dict() for each in result.notices]} if result.notices else {}),
        **({"fault": result.fault} if result.fault else {}),
        "cases": [_case(each) for each in result.results],
        "coverage": None if result.coverage is None else _coverage(result.coverage),
    }


def _case(result: CaseResult) -> dict[str, object]:
    told: dict[str, object] = {"name": result.case.name, "passed": result.outcome.passed}
    if not result.outcome.passed:
        told["differences"] = list(result.outcome.differences)
        if result.case.findings is not None:
            told["expected"] = list(result.case.findings)
        if result.outcome.report is not None:
            told["actual"] = [finding.to_dict() for finding in result.outcome.report.findings]
    return told


def _coverage(coverage: Coverage) -> dict[str, object]:
    rules = {
        rule.rule: {**rule.shown, **({"unnoticed": list(rule.unnoticed)} if rule.unnoticed else {})}
        for rule in coverage.rules
    }
    return {"shown": coverage.shown, "total": coverage.total, "rules": rules}
