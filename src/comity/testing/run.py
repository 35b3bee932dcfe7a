"""Running a case: what is found against what must be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from comity.engine import Engine
from comity.errors import PolicyError
from comity.events import Event
from comity.findings import Decision, Finding, Report
from comity.instants import datetime_to_micros, format_instant, parse_instant
from comity.plugins.manager import Plugins
from comity.readers import read_event
from comity.testing.cases import Case, CaseFile, ExpectedError

Audit = Callable[..., Report]
"""What judges a log: called like `Engine.audit`, with the engine before the log."""


def run_case(
    file: CaseFile, case: Case, plugins: Plugins | None = None, audit: Audit = Engine.audit
) -> list[str]:
    """Run one case and give the differences, a line each; none where it passes."""
    try:
        policy = file.policy_of(case)
        engine = Engine.of(policy, policy_path=[file.path.parent], plugins=plugins)
    except PolicyError as error:
        if case.errors is None:
            return [f"the policy has faults:\n{error}"]
        return compare_errors(case.errors, error)
    if case.errors is not None:
        return [f"the policy has no fault, expected {len(case.errors)}"]
    person = case.person or file.person
    events = [_event(fields, person, f"#{number}") for number, fields in enumerate(case.events, 1)]
    differences: list[str] = []
    if case.findings is not None or case.by_rule:
        instants = {"as_of": case.as_of, "since": case.since, "until": case.until}
        limits = {name: None if text is None else parse_instant(text) for name, text in instants.items()}
        report = audit(engine, events, **limits)
        if case.findings is not None:
            differences += compare_findings(case.findings, report.findings)
        differences += _compare_counts(case, report)
    if case.propose is not None:
        decision = engine.decide(events, _event(case.propose, person, "proposed"))
        differences += _compare_decision(case, decision)
    return differences


def _event(fields: Mapping[str, Any], person: str | None, label: str) -> Event:
    filled = dict(fields) if "person" in fields or person is None else {"person": person, **fields}
    return attrs.evolve(read_event(filled), label=label)


def compare_findings(expected: Iterable[Mapping[str, Any]], found: Sequence[Finding]) -> list[str]:
    """Match expected findings with those found; each must have exactly one partner."""
    left = [finding.to_dict() for finding in found]
    differences = []
    for wanted in expected:
        wanted = {"status": "violation", **{key: _plain(value) for key, value in wanted.items()}}
        partner = next((finding for finding in left if _matches(wanted, finding)), None)
        if partner is None:
            differences.append(f"not found: {wanted}")
        else:
            left.remove(partner)
    shown = ("rule", "event", "status", "scope", "evidence", "measured", "allowed_from", "due")
    differences += [f"not expected: { {key: finding[key] for key in shown} }" for finding in left]
    return differences


def _matches(wanted: Mapping[str, Any], finding: Mapping[str, Any]) -> bool:
    return all(
        finding.get(key, KeyError) == (None if value == "never" and key == "allowed_from" else value)
        for key, value in wanted.items()
    )


def _plain(value: Any) -> Any:
    """Write an instant of TOML as findings write it."""
    if isinstance(value, dt.datetime):
        return format_instant(datetime_to_micros(value)[0])
    return value


def _compare_counts(case: Case, report: Report) -> list[str]:
    differences = []
    tallies = {name.split("/", 1)[1]: tally for name, tally in report.summary.by_rule.items()}
    for rule, counts in case.by_rule.items():
        got = tallies[rule].to_dict() if rule in tallies else {}
        differences += [
            f"{rule}: {name} is {got.get(name)}, expected {count}"
            for name, count in counts.items()
            if got.get(name) != count
        ]
    if case.unreadable is not None:
        unreadable = {name.split("/", 1)[1]: count for name, count in report.summary.unreadable.items()}
        if unreadable != case.unreadable:
            differences.append(f"unreadable: {unreadable}, expected {case.unreadable}")
    return differences


def _compare_decision(case: Case, decision: Decision) -> list[str]:
    expected = case.decision
    assert expected is not None, "INVARIANT: loading refuses a proposal without a decision"
    differences = []
    if expected.outcome is not None and expected.outcome != decision.outcome:
        differences.append(f"outcome is {decision.outcome}, expected {expected.outcome}")
    next_allowed = "never" if decision.next_allowed is None else format_instant(decision.next_allowed)
    if expected.next_allowed is not None and expected.next_allowed != next_allowed:
        differences.append(f"next_allowed is {next_allowed}, expected {expected.next_allowed}")
    if expected.findings is not None:
        differences += compare_findings(expected.findings, decision.findings)
    return differences


def compare_errors(expected: Sequence[ExpectedError], error: PolicyError) -> list[str]:
    """Match expected faults with those raised; each must have exactly one partner."""
    left = list(error.problems)
    differences = []
    for wanted in expected:
        partner = next(
            (
                problem
                for problem in left
                if problem.code == wanted.code
                and wanted.line in (None, problem.place.line)
                and wanted.column in (None, problem.place.column)
                and (wanted.message or "") in problem.message
                and (wanted.help or "") in problem.help
            ),
            None,
        )
        if partner is None:
            differences.append(f"not raised: {wanted}")
        else:
            left.remove(partner)
    return differences + [f"not expected: {problem.code}: {problem}" for problem in left]
