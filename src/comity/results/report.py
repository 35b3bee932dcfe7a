"""The report of an audit: its findings, its counts and the rejected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from comity.clock.eras import Reason
from comity.clock.instants import format_if_any
from comity.errors import UsageError
from comity.events.census import Census
from comity.notices import Notice
from comity.plan.plan import Severity
from comity.records import define, frozen
from comity.results.arrow_table import finding_schema, pyarrow
from comity.results.findings import SEVERITIES, Finding, FindingList, Findings
from comity.texts.near import Near


@define
class RuleCounts:
    """How often a rule judged, and with which results."""

    judged: int = 0
    violation: int = 0
    pending: int = 0
    indeterminate: int = 0
    lacking: dict[str, int] = attrs.field(factory=dict)
    """For each `per` field, how many events of the rule lack it."""
    unreadable: dict[str, int] = attrs.field(factory=dict)
    """For each attribute that the rule reads, how many of the events have a value of a wrong type there."""

    unlisted: int = 0
    """How many violations are no findings, since each stands in a row of too many: periods that passed."""

    def to_dict(self) -> dict[str, Any]:
        """Return the counts; rare ones only if they are not zero."""
        made: dict[str, Any] = {"judged": self.judged, "violation": self.violation, "pending": self.pending}
        if self.indeterminate:
            made["indeterminate"] = self.indeterminate
        if self.lacking:
            made["lacking"] = dict(sorted(self.lacking.items()))
        if self.unreadable:
            made["unreadable"] = dict(sorted(self.unreadable.items()))
        if self.unlisted:
            made["unlisted"] = self.unlisted
        return made


@frozen
class Rejection:
    """A row of a log that is not an event."""

    file: str
    row: int
    """The number of the data row, from 1 on."""
    reason: str
    cells: Mapping[str, Any] = attrs.field(factory=dict)
    """The row as it was read, if it could be split into cells."""


@frozen
class Summary:
    """The counts of an audit."""

    rows_read: int
    rows_rejected: int
    rows_skipped: int
    events: int
    persons: int
    as_of: int | None
    policies: tuple[str, ...]
    by_rule: Mapping[str, RuleCounts]
    moved_times: int = 0
    """Local times that do not exist; they were moved forward."""
    repeated_times: int = 0
    """Local times that occur twice; the first occurrence was taken."""
    dates_without_time: int = 0
    unreadable: Mapping[str, int] = attrs.field(factory=dict)
    """For each `policy/attribute`, how many values do not have the declared type."""
    suspicious: Mapping[Reason, tuple[int, int]] = attrs.field(factory=dict)
    """For each reason to doubt instants, how many events there are, and one of these instants."""
    fixed_zones: Mapping[str, int] = attrs.field(factory=dict)
    """Names of zones without summer time, and how many events have them themselves."""
    unreadable_examples: Mapping[str, str] = attrs.field(factory=dict)
    """For each `policy/attribute`, one of these values."""
    unparted: Mapping[str, tuple[int, str]] = attrs.field(factory=dict)
    """For each `policy/attribute` of several texts, how many values are one text that seems to join several,
    and one of these values."""
    near: Mapping[str, Near] = attrs.field(factory=dict)
    """By field, texts of persons, actors and matters that probably mean the same."""
    notices: tuple[Notice, ...] = ()
    """What a reader of the findings must know."""
    census: Census = attrs.field(default=Census(), eq=False, repr=False)
    """Which words the events have; reports do not write it."""

    @property
    def judged(self) -> int:
        """How often a rule judged an event; 0 means that there is no verdict."""
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


def as_findings(found: Sequence[Finding]) -> Findings:
    """Return findings as the sequence that reports have."""
    return found if isinstance(found, Findings) else FindingList(found)


@frozen
class Report:
    """The result of an audit: its counts, and the findings in order.

    Whatever takes Arrow data takes it too: `polars.DataFrame(report)`, `pyarrow.table(report)`.
    """

    summary: Summary
    findings: Findings = attrs.field(converter=as_findings)
    rejections: Sequence[Rejection] = ()
    """The first hundred rejected rows; `summary.rows_rejected` counts all."""

    @property
    def judged(self) -> int:
        """How often a rule judged an event; 0 means that there is no verdict."""
        return self.summary.judged

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What could not be read, matched or used as it is; empty if there is nothing to tell."""
        return self.summary.notices

    @property
    def complete(self) -> bool:
        """Whether the report covers the whole log.

        It does if no row is rejected, no finding is indeterminate, and a rule judged at least one event.
        """
        unsure = any(status == "indeterminate" for _, status in self.findings.counts())
        return not self.summary.rows_rejected and not unsure and self.judged > 0

    def summary_dict(self) -> dict[str, Any]:
        """Return the summary as machine formats write it."""
        return self.summary.to_dict()

    def worst(self) -> Severity | None:
        """Return the most serious severity of the violations; None if there are none."""
        counts = self.findings.counts()
        return next((severity for severity in SEVERITIES if counts.get((severity, "violation"))), None)

    def to_arrow(self) -> Any:
        """Return the findings as an Arrow table, one row for each; raises UsageError without pyarrow."""
        pa = pyarrow()
        return pa.Table.from_batches(list(self.findings.batches()), finding_schema()).unify_dictionaries()

    def to_pandas(self) -> Any:
        """Return the findings as a pandas data frame, one row for each; raises UsageError without pandas."""
        table = self.to_arrow()
        try:
            return table.to_pandas()
        except ImportError:
            raise UsageError("findings as a data frame need pandas: pip install pandas") from None

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)
