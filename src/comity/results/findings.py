"""Findings and reports: what judging gives."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar, overload

import attrs

from comity.clock.eras import Reason
from comity.clock.instants import aware, aware_if_any, format_if_any, format_instant
from comity.errors import UsageError
from comity.events.census import Census
from comity.notices import Notice
from comity.results.arrow_table import batch_of, finding_schema, pyarrow
from comity.texts.near import Near

T = TypeVar("T")
BATCH = 1 << 14
"""How many findings an Arrow batch holds."""

Severity = Literal["error", "warning", "info"]
Status = Literal["violation", "pending", "indeterminate"]
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
    because_of: str | None = None
    """In a decision, for a later event: the proposed event, without which it would not break the rule."""

    @property
    def event_at(self) -> dt.datetime:
        """The judged event's instant as a datetime in UTC."""
        return aware(self.at)

    @property
    def allowed_from_at(self) -> dt.datetime | None:
        """`allowed_from` as a datetime in UTC."""
        return aware_if_any(self.allowed_from)

    @property
    def due_at(self) -> dt.datetime | None:
        """`due` as a datetime in UTC."""
        return aware_if_any(self.due)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as machine formats write it: instants as text, the scope as a table.

        `because_of` is a key only where there is one.
        """
        made = {
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
            "allowed_from": format_if_any(self.allowed_from),
            "due": format_if_any(self.due),
            "message": self.message,
        }
        if self.because_of is not None:
            made["because_of"] = self.because_of
        return made


@attrs.define
class RuleTally:
    """How often a rule judged, and what came of it."""

    judged: int = 0
    violation: int = 0
    pending: int = 0
    indeterminate: int = 0
    lacking: dict[str, int] = attrs.field(factory=dict)
    """For each `per` field, how many events that play a part in the rule lack it."""
    unreadable: dict[str, int] = attrs.field(factory=dict)
    """For each attribute that the rule reads, of how many events it would have read a value that does not
    read as declared."""

    def to_dict(self) -> dict[str, Any]:
        """Return the counts; those of rare things only where there are any."""
        made: dict[str, Any] = {"judged": self.judged, "violation": self.violation, "pending": self.pending}
        if self.indeterminate:
            made["indeterminate"] = self.indeterminate
        if self.lacking:
            made["lacking"] = dict(sorted(self.lacking.items()))
        if self.unreadable:
            made["unreadable"] = dict(sorted(self.unreadable.items()))
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
    suspicious: Mapping[Reason, tuple[int, int]] = attrs.field(factory=dict)
    """For each reason to doubt instants, how many events there are, and the instant of one."""
    fixed_zones: Mapping[str, int] = attrs.field(factory=dict)
    """Names of zones without summer time that were read, and how many events have them themselves."""
    unreadable_examples: Mapping[str, str] = attrs.field(factory=dict)
    """For `policy/attribute`, one of these values."""
    near: Mapping[str, Near] = attrs.field(factory=dict)
    """By field, texts of persons, actors and matters that are probably one."""
    notices: tuple[Notice, ...] = ()
    """What a reader of the findings must know."""
    census: Census = attrs.field(default=Census(), eq=False, repr=False)
    """Which words the events have; reports do not write it."""

    @property
    def judged(self) -> int:
        """How often a rule judged an event; 0 means that there is no verdict at all."""
        return sum(tally.judged for tally in self.by_rule.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as machine formats write it."""
        return {
            "rows_read": self.rows_read,
            "rows_rejected": self.rows_rejected,
            "rows_skipped": self.rows_skipped,
            "events": self.events,
            "persons": self.persons,
            "as_of": format_if_any(self.as_of),
            "policies": list(self.policies),
            "by_rule": {name: tally.to_dict() for name, tally in self.by_rule.items()},
            "moved_times": self.moved_times,
            "repeated_times": self.repeated_times,
            "dates_without_time": self.dates_without_time,
            "unreadable": dict(self.unreadable),
            "notices": [notice.to_dict() for notice in self.notices],
        }


class Findings(Sequence[Finding], ABC):
    """Findings in their order, as objects one by one or as Arrow batches of many."""

    @abstractmethod
    def counts(self) -> Mapping[tuple[Severity, Status], int]:
        """Count them by severity and status."""

    @abstractmethod
    def batches(self) -> Iterator[Any]:
        """Return them as Arrow record batches of the schema of `findings_table`; needs pyarrow."""

    def over_batches(self, function: Callable[[Any], T]) -> Iterator[T]:
        """Apply a function to each batch, in their order."""
        return map(function, self.batches())


class FindingList(Findings):
    """Findings that are in memory as objects."""

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        self._findings = tuple(findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __repr__(self) -> str:
        return f"FindingList({list(self._findings)!r})"

    def counts(self) -> Mapping[tuple[Severity, Status], int]:
        """Count them by severity and status."""
        return Counter((finding.severity, finding.status) for finding in self._findings)

    def batches(self) -> Iterator[Any]:
        """Return them as Arrow record batches."""
        for begin in range(0, len(self._findings), BATCH):
            yield batch_of(self._findings[begin : begin + BATCH])


def _as_findings(found: Sequence[Finding]) -> Findings:
    return found if isinstance(found, Findings) else FindingList(found)


@attrs.frozen
class Report:
    """What an audit gives: its counts, and the findings in their order.

    It can be handed to whatever takes Arrow data: `polars.DataFrame(report)`, `pyarrow.table(report)`.
    """

    summary: Summary
    findings: Findings = attrs.field(converter=_as_findings)
    rejections: Sequence[Rejection] = ()
    """The first hundred of the rejected rows; `summary.rows_rejected` counts all."""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What could not be read, matched or taken as it stands; empty where nothing is to be told."""
        return self.summary.notices

    @property
    def complete(self) -> bool:
        """Whether the report speaks for the whole log.

        It does where no row was rejected, no finding is indeterminate, and a rule judged an event at all.
        """
        unsure = any(status == "indeterminate" for _, status in self.findings.counts())
        return not self.summary.rows_rejected and not unsure and self.summary.judged > 0

    def worst(self) -> Severity | None:
        """Return the gravest severity among the violations, None where there is none."""
        counts = self.findings.counts()
        return next((severity for severity in SEVERITIES if counts.get((severity, "violation"))), None)

    def to_arrow(self) -> Any:
        """Return the findings as an Arrow table, a row each; raises UsageError without pyarrow."""
        pa = pyarrow()
        return pa.Table.from_batches(list(self.findings.batches()), finding_schema()).unify_dictionaries()

    def to_pandas(self) -> Any:
        """Return the findings as a pandas data frame, a row each; raises UsageError without pandas."""
        table = self.to_arrow()
        try:
            return table.to_pandas()
        except ImportError:
            raise UsageError("findings as a data frame need pandas: pip install pandas") from None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)


SortKey = tuple[str, int, int, str, str, tuple[tuple[bool, str], ...]]


def sort_key(finding: Finding, position: int) -> SortKey:
    """Return the key that findings are sorted by; the position is the event's in the input."""
    scope = tuple((value is not None, value or "") for _, value in finding.scope)
    return (finding.person, finding.at, position, finding.policy, finding.rule, scope)
