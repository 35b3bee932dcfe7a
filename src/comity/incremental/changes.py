"""What differs between the findings of two audits: what is new, and what no longer holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from comity.results.findings import Finding, FindingList, Findings
from comity.results.report import RuleCounts


def changes(before: Sequence[Finding], after: Findings) -> tuple[Findings, FindingList]:
    """Return the findings that are new and those that are gone, each in the order of its audit."""
    if not before:
        return after, FindingList()
    left = Counter(before)
    new = []
    for finding in after:
        if left.get(finding, 0):
            left[finding] -= 1
        else:
            new.append(finding)
    gone = []
    for finding in before:
        if left[finding]:
            left[finding] -= 1
            gone.append(finding)
    return FindingList(new), FindingList(gone)


def count_found(counts: Mapping[str, RuleCounts], findings: Sequence[Finding]) -> None:
    """Set how many findings of each status a rule has."""
    found = Counter((f"{finding.policy}/{finding.rule}", finding.status) for finding in findings)
    for name, tally in counts.items():
        tally.violation = found[name, "violation"]
        tally.pending = found[name, "pending"]
        tally.indeterminate = found[name, "indeterminate"]
