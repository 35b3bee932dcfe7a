"""What an operator sees of a sorted partition for one rule, and what it gives back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Bools, Codes, Ints
from comity.columnar.partitions.scope_runs import ScopeRuns
from comity.columnar.partitions.sorted_partition import SortedPartition
from comity.columnar.partitions.zone_times import AuditTimes, Zoned, zoned
from comity.plan import PlannedRule, Selector
from comity.records import frozen


@frozen(eq=False)
class AuditRange:
    """Which events are judged, and until when responses are awaited; instants in microseconds."""

    as_of: int | None = None
    since: int | None = None
    until: int | None = None


@frozen(eq=False)
class Violations:
    """The places of a view at which a rule is broken, or at which a response is still open."""

    places: Ints
    measured: pa.Array | str
    """Texts, one for each place, or one text for all."""
    allowed_from: Ints | None = None
    """`NONE` for never; None if it is never for all places."""
    evidence: tuple[Ints, Ints] | None = None
    """Places of the evidence, one finding after another, and how many each finding has."""
    due: Ints | None = None
    pending: Bools | None = None
    unknown: Bools | None = None
    """Which of them are not breaches, because the event lacks what the rule needs."""
    unlisted: int = 0
    """How many more there are that are not listed, since there are too many of their kind."""


class ScopedRows:
    """The rows of a sorted partition, scope by scope, each in time order, and the zones they are read in."""

    def __init__(self, partition: SortedPartition, scoped: ScopeRuns, zoned: Zoned) -> None:
        self.partition = partition
        self.scoped = scoped
        self.at = partition.at if scoped.identical else partition.at[scoped.rows]
        """The instant at each place."""
        self.zoned = zoned

    def in_order(self, rows: Bools) -> Bools:
        """Return marks of the rows of the partition at each place."""
        return rows if self.scoped.identical else rows[self.scoped.rows]

    def rows(self, places: Ints) -> Ints:
        """Return the rows of the partition at some places."""
        return places if self.scoped.identical else self.scoped.rows[places]


class RuleView(ScopedRows):
    """The rows of a sorted partition as one rule sees them."""

    def __init__(
        self,
        partition: SortedPartition,
        rule: PlannedRule,
        times: AuditTimes,
        audited: AuditRange,
        span: tuple[int, int],
    ) -> None:
        """Look at a sorted partition; `span` holds the first and the last instant of the log."""
        reading = zoned(times, partition, rule.zone, rule.default_zone)
        super().__init__(partition, partition.scoped(rule.per, rule.absent), reading)
        self.rule = rule
        self.audited = audited
        self.low, self.high = span
        self.roles = [self.in_order(partition.holds(role)) for role in rule.selectors()]
        self.limited = bool(audited.since is not None or audited.until is not None or rule.effective)
        """Whether some rows of the judged selector are not judged."""
        self.judged: Bools = self.roles[0] & self._in_force() if self.limited else self.roles[0]

    def holds(self, selector: Selector | None) -> Bools | None:
        """Return for each place whether a selector holds; None for no selector."""
        return None if selector is None else self.in_order(self.partition.holds(selector))

    def _in_force(self) -> Bools:
        """Return for each place whether it is in the audited stretch and within the effective dates."""
        audited, rule = self.audited, self.rule
        met: Bools = np.ones(len(self.at), np.bool_)
        if audited.since is not None:
            met = met & (self.at >= audited.since)
        if audited.until is not None:
            met = met & (self.at < audited.until)
        if rule.effective:
            days = self.zoned.local_days(self.scoped.rows, self.at)
            for effective in rule.effective:
                if effective.start is not None:
                    met = met & (days >= effective.start)
                if effective.through is not None:
                    met = met & (days <= effective.through)
        return met

    def codes(self) -> dict[str, Codes]:
        """Return, by the name of each scope field except the person, the codes at each place."""
        return {name: self.partition.codes(self.scoped, name) for name in self.rule.per if name != "person"}

    def lacking(self) -> dict[str, int]:
        """Return, by scope field, how many events with a role in the rule lack it."""
        counts: dict[str, int] = {}
        if set(self.rule.per) <= {"person"}:
            return counts
        scoped, roles = self.scoped, self.roles
        if self.rule.absent == "skip":
            # Those that lack a field are in no scope here.
            scoped = self.partition.scoped(self.rule.per)
            roles = [self.partition.holds(role)[scoped.rows] for role in self.rule.selectors()]
        plays = np.logical_or.reduce(roles)
        for name, absent in self.partition.lacking(scoped, self.rule.per).items():
            lacking = absent & plays
            if "matter" in self.rule.per:
                counts[name] = len(np.unique(scoped.rows[lacking]))
            else:
                counts[name] = int(lacking.sum())
        return {name: count for name, count in counts.items() if count}
