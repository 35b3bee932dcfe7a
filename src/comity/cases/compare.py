"""Comparing what is found with what is expected, in readable lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from comity.cases.case import Case, ExpectedDecision, ExpectedError
from comity.cases.load import NEVER
from comity.clock.instants import format_instant
from comity.errors import PolicyError, Problem
from comity.results.decisions import Decision
from comity.results.findings import Finding
from comity.results.report import Report

_SHOWN = ("rule", "event", "status", "evidence", "measured", "allowed_from", "due")
"""The keys that tell one finding from another."""


def paired(
    expected: Sequence[Mapping[str, object]], found: Sequence[Mapping[str, object]]
) -> list[tuple[Mapping[str, object] | None, Mapping[str, object] | None]]:
    """Pair expected findings with found ones, the most similar first; None stands for a missing partner."""
    left = list(found)
    partners: dict[int, Mapping[str, object]] = {}
    for keys in (None, ("rule", "event", "status"), ("rule", "event")):
        for place, wanted in enumerate(expected):
            if place not in partners:
                near = next((f for f in left if _agree(wanted, f, wanted if keys is None else keys)), None)
                if near is not None:
                    partners[place] = near
                    left.remove(near)
    pairs = [(wanted, partners.get(place)) for place, wanted in enumerate(expected)]
    return [*pairs, *((None, finding) for finding in left)]


def compare_findings(expected: Iterable[Mapping[str, object]], found: Sequence[Finding]) -> list[str]:
    """Match expected findings with those found; each must have exactly one partner."""
    left = [comparable(finding) for finding in found]
    missed = _without_partner(list(expected), left)
    differences = []
    for wanted in missed:
        near = next((f for f in left if _agree(wanted, f, ("rule", "event", "status"))), None)
        if near is None:
            differences.append(f"not found: {_line(wanted)}")
        else:
            left.remove(near)
            differences.append(f"{near['rule']} at {near['event']}: {_unlike(wanted, near)}")
    return differences + [f"not expected: {_line({key: finding[key] for key in _SHOWN})}" for finding in left]


def _without_partner(
    expected: list[Mapping[str, object]], left: list[dict[str, object]]
) -> list[Mapping[str, object]]:
    """Remove from `left` what is expected, findings with the most keys first; return what has no partner."""
    missed = []
    for wanted in sorted(expected, key=len, reverse=True):
        partner = next((finding for finding in left if _agree(wanted, finding, wanted)), None)
        if partner is None:
            missed.append(wanted)
        else:
            left.remove(partner)
    return missed


def comparable(finding: Finding) -> dict[str, object]:
    """Return a finding as case files write it."""
    made = {key: NEVER if value is None else value for key, value in finding.to_dict().items()}
    made["scope"] = {name: value for name, value in finding.scope if value is not None}
    return made


def _agree(wanted: Mapping[str, object], finding: Mapping[str, object], keys: Iterable[str]) -> bool:
    return all(wanted[key] == finding[key] for key in keys if key in wanted)


def _unlike(wanted: Mapping[str, object], finding: Mapping[str, object]) -> str:
    unlike = (key for key in wanted if wanted[key] != finding[key])
    return ", ".join(f"{key} is {finding[key]!r}, expected {wanted[key]!r}" for key in unlike)


def _line(table: Mapping[str, object]) -> str:
    return ", ".join(f"{key} = {value!r}" for key, value in table.items())


def compare_counts(case: Case, report: Report) -> Iterator[str]:
    """Compare the counts that a case gives with those of a summary."""
    summary = report.summary
    tallies = {name.split("/", 1)[1]: tally for name, tally in summary.by_rule.items()}
    for rule, counts in (case.by_rule or {}).items():
        if rule not in tallies:
            yield f"no rule is called `{rule}`"
            continue
        for name, count in attrs.asdict(counts).items():
            found = getattr(tallies[rule], name)
            if count is not None and found != count:
                yield f"{rule}: {name} is {found}, expected {count}"
    unreadable = {name.split("/", 1)[1]: count for name, count in summary.unreadable.items()}
    if case.unreadable is not None and unreadable != case.unreadable:
        yield f"unreadable: {unreadable}, expected {case.unreadable}"


def compare_decision(expected: ExpectedDecision, decision: Decision) -> Iterator[str]:
    """Compare what a case expects of a decision."""
    if expected.outcome is not None and expected.outcome != decision.outcome:
        yield f"outcome is {decision.outcome}, expected {expected.outcome}"
    next_allowed = NEVER if decision.next_allowed is None else format_instant(decision.next_allowed)
    if expected.next_allowed is not None and expected.next_allowed != next_allowed:
        yield f"next_allowed is {next_allowed}, expected {expected.next_allowed}"
    if expected.findings is not None:
        yield from compare_findings(expected.findings, decision.findings)


def compare_errors(expected: Sequence[ExpectedError], error: PolicyError) -> list[str]:
    """Match expected faults with those raised; each must have exactly one partner."""
    left = list(error.problems)
    differences = []
    for wanted in expected:
        partner = next((problem for problem in left if _is_expected(wanted, problem)), None)
        if partner is None:
            given = attrs.asdict(wanted, filter=lambda _, value: value is not None)
            differences.append(f"not raised: {_line(given)}")
        else:
            left.remove(partner)
    return differences + [f"not expected: {problem.code}: {problem}" for problem in left]


def _is_expected(wanted: ExpectedError, problem: Problem) -> bool:
    place = problem.place
    return (
        problem.code == wanted.code
        and wanted.line in (None, place.line)
        and wanted.column in (None, place.column)
        and wanted.file in (None, Path(place.path).name)
        and (wanted.message or "") in problem.message
        and (wanted.help or "") in problem.help
    )
