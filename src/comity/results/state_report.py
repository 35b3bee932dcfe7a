"""The report of one run of an audit that goes on from earlier runs: what is new, and what no longer holds."""

from __future__ import annotations

from typing import Any

import attrs

from comity.records import frozen
from comity.results.findings import FindingList, Findings
from comity.results.report import Report, Summary, as_findings


@frozen
class StateReport(Report):
    """What one run says. `findings` are new; those of all runs, less all `withdrawn`, are an audit's.

    `summary` counts what this run has read and found, with the notices.
    """

    total: Summary = attrs.field(kw_only=True)
    """The counts of all runs together: those of an audit of everything that was read so far."""
    withdrawn: Findings = attrs.field(default=FindingList(), converter=as_findings, kw_only=True)
    """Findings of earlier runs that no longer hold, since events came late, or answers in time."""
    run: int = attrs.field(default=1, kw_only=True)
    """The number of the run, from 1 on."""
    is_repeated: bool = attrs.field(default=False, kw_only=True)
    """Whether it is the last run again, with the same events: then nothing is changed."""
    left_out: int = attrs.field(default=0, kw_only=True)
    """How many events were left out, since earlier runs have read them."""

    @property
    def judged(self) -> int:
        """How often a rule has judged an event in all runs."""
        return self.total.judged

    @property
    def complete(self) -> bool:
        """Whether this run and all before it cover all that they were given."""
        unsure = any(status == "indeterminate" for _, status in self.findings.counts())
        lost = self.summary.rows_rejected or any(tally.indeterminate for tally in self.total.by_rule.values())
        return not (unsure or lost) and self.judged > 0

    def summary_dict(self) -> dict[str, Any]:
        """Return the summary as machine formats write it, with the run and the counts of all runs."""
        total = self.total.to_dict()
        del total["notices"]
        return {
            **self.summary.to_dict(),
            "run": self.run,
            "repeated": self.is_repeated,
            "withdrawn": len(self.withdrawn),
            "left_out": self.left_out,
            "total": total,
        }
