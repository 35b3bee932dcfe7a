"""Findings, decisions and reports: what judging gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from comity.instants import format_instant

Severity = Literal["error", "warning", "info"]
Status = Literal["violation", "pending", "indeterminate"]
Outcome = Literal["allow", "warn", "deny", "indeterminate"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the gravest on."""

FINDING_KEYS = (
    "policy",
    "rule",
    "kind",
    "severity",
    "status",
    "person",
    "scope",
    "event",
    "at",
    "evidence",
    "measured",
    "required",
    "allowed_from",
    "due",
    "message",
)
"""The keys of a finding in every machine format, in their order."""


@attrs.frozen
class Finding:
    """One broken or still open requirement, with evidence."""

    policy: str
    rule: str
    kind: str
    severity: Severity
    status: Status
    person: str
    scope: tuple[tuple[str, str | None], ...]
    """The rule's `per` fields and their values, None for an absent one."""
    event: str
    """The judged event's id, or `#N`."""
    at: int
    """The judged event's instant, microseconds since 1970-01-01T00:00:00Z."""
    evidence: tuple[str, ...]
    """Ids, oldest first."""
    measured: str
    required: str
    allowed_from: int | None
    """The earliest instant at which the rule would allow the same event; None for never."""
    due: int | None
    """The deadline of a response."""
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Give the finding as machine formats write it: instants as text, the scope as a table."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "status": self.status,
            "person": self.person,
            "scope": dict(self.scope),
            "event": self.event,
            "at": format_instant(self.at),
            "evidence": list(self.evidence),
            "measured": self.measured,
            "required": self.required,
            "allowed_from": None if self.allowed_from is None else format_instant(self.allowed_from),
            "due": None if self.due is None else format_instant(self.due),
            "message": self.message,
        }


@attrs.frozen
class Decision:
    """The answer to whether a contact may be made now."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    next_allowed: int | None
    """The earliest instant from the proposed one on that breaks no rule of severity `error`, or None."""

    def to_dict(self) -> dict[str, Any]:
        """Give the decision as machine formats write it."""
        return {
            "outcome": self.outcome,
            "findings": [finding.to_dict() for finding in self.findings],
            "next_allowed": None if self.next_allowed is None else format_instant(self.next_allowed),
        }


@attrs.define
class RuleTally:
    """How often a rule judged, and what came of it."""

    judged: int = 0
    violation: int = 0
    pending: int = 0
    indeterminate: int = 0
    lacking: dict[str, int] = attrs.field(factory=dict)
    """For each `per` field, how many events that play a part in the rule lack it."""

    def to_dict(self) -> dict[str, Any]:
        """Give the counts; those of rare things only where there are any."""
        made: dict[str, Any] = {"judged": self.judged, "violation": self.violation, "pending": self.pending}
        if self.indeterminate:
            made["indeterminate"] = self.indeterminate
        if self.lacking:
            made["lacking"] = dict(sorted(self.lacking.items()))
        return made


@attrs.frozen
class Rejection:
    """A row of a log that could not be made into an event."""

    file: str
    row: int
    """The 1-based number of the data row."""
    reason: str
    cells: Mapping[str, Any] = attrs.field(factory=dict)
    """The row as it was read, where it could be split."""


@attrs.frozen
class Summary:
    """The counts of an audit."""

    rows_read: int
    rows_rejected: int
    rows_skipped: int
    events: int
    persons: int
    as_of: int | None
    policies: tuple[str, ...]
    by_rule: Mapping[str, RuleTally]
    moved_times: int = 0
    """Local times that do not exist and were moved forward."""
    repeated_times: int = 0
    """Local times that occur twice and were taken as the first occurrence."""
    dates_without_time: int = 0
    unreadable: Mapping[str, int] = attrs.field(factory=dict)
    """For `policy/attribute`, how many values did not read as the declared type."""

    def to_dict(self) -> dict[str, Any]:
        """Give the summary as machine formats write it."""
        return {
            "rows_read": self.rows_read,
            "rows_rejected": self.rows_rejected,
            "rows_skipped": self.rows_skipped,
            "events": self.events,
            "persons": self.persons,
            "as_of": None if self.as_of is None else format_instant(self.as_of),
            "policies": list(self.policies),
            "by_rule": {name: tally.to_dict() for name, tally in self.by_rule.items()},
            "moved_times": self.moved_times,
            "repeated_times": self.repeated_times,
            "dates_without_time": self.dates_without_time,
            "unreadable": dict(self.unreadable),
        }


@attrs.frozen
class Report:
    """What an audit gives: its counts, and the findings in their order."""

    summary: Summary
    findings: Sequence[Finding]
    rejections: Sequence[Rejection] = ()
    """The first of the rejected rows."""

    def worst(self) -> Severity | None:
        """Give the gravest severity among the violations, None where there is none."""
        found = {finding.severity for finding in self.findings if finding.status == "violation"}
        return next((severity for severity in SEVERITIES if severity in found), None)


SortKey = tuple[str, int, int, str, str, tuple[tuple[bool, str], ...]]


def sort_key(finding: Finding, position: int) -> SortKey:
    """Give the key that findings are sorted by; the position is the event's in the input."""
    scope = tuple((value is not None, value or "") for _, value in finding.scope)
    return (finding.person, finding.at, position, finding.policy, finding.rule, scope)
