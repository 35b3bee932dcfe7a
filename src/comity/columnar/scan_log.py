"""The first step of an audit: read a log in blocks, scan each, and distribute its rows to partitions."""

from __future__ import annotations

from collections import Counter

import attrs
import numpy as np

from comity.clock.eras import Eras
from comity.columnar.findings.render import Files
from comity.columnar.parallel import in_order
from comity.columnar.partitions.event_names import EventNames
from comity.columnar.partitions.partitions import PartitionBuffer
from comity.columnar.partitions.repeated import RepeatedCount
from comity.columnar.partitions.spill import Spill
from comity.columnar.resources import Resources
from comity.columnar.scan.column_plan import ColumnPlan
from comity.columnar.scan.scanner import Scanned, Scanner
from comity.columns.event_columns import Block, ColumnSource, Loaded
from comity.events.census import MOST_SIGNATURES, Census, Signature, census_of
from comity.plan.unread_counts import UnreadCounts
from comity.records import define


@define(eq=False)
class ScanResult:
    """A scanned log: its rows, distributed to partitions, and what is known of all of them."""

    scanner: Scanner
    passes: list[PartitionBuffer]
    """The rows of each pass over the log."""
    names: EventNames = attrs.field(factory=EventNames)
    count: int = 0
    """How many events there are."""
    places: int = 0
    """How many rows were read, including those that are not events."""
    in_order: bool = True
    last: int | None = None
    low: int = 0
    """The first instant, in microseconds, and `high` the last."""
    high: int = 0
    eras: Eras = attrs.field(factory=Eras)
    fixed_zones: Counter[str] = attrs.field(factory=Counter)
    unread: UnreadCounts = attrs.field(factory=UnreadCounts)
    alike: Counter[Signature] | None = attrs.field(factory=Counter)
    """How many events have which kind, channel, direction and outcome; None if these are too many."""
    begins: list[int] = attrs.field(factory=list)
    """The row at which each file begins."""
    prefixes: list[str] = attrs.field(factory=list)
    file: int = -1

    def add(self, block: Block, loaded: Loaded, scanned: Scanned) -> None:
        """Take the next block in order."""
        if block.file != self.file:
            self.file = block.file
            self.begins.append(self.places)
            self.prefixes.append(block.prefix)
        loaded.add_counts(self.places - self.begins[-1])
        self.names.add(loaded.columns, self.places)
        for partitions, partitioned in zip(self.passes, scanned.blocks, strict=True):
            partitions.add(partitioned, self.places)
        self.places += loaded.extent
        self.eras.update(scanned.eras)
        self.fixed_zones.update(scanned.fixed_zones)
        self.unread.add(scanned.unread)
        if self.alike is not None:
            self.alike.update(scanned.alike)
            if len(self.alike) > MOST_SIGNATURES:
                self.alike = None
        if not scanned.count:
            return
        if not scanned.in_order or (self.last is not None and scanned.first < self.last):
            self.in_order = False
        self.low = min(self.low, scanned.low) if self.count else scanned.low
        self.high = max(self.high, scanned.high) if self.count else scanned.high
        self.last = scanned.last
        self.count += scanned.count

    def census(self, repeated: RepeatedCount, *, outcomes: bool) -> Census:
        """Return what kinds of events there are, and when."""
        if not self.count:
            return Census()
        alike = {} if self.alike is None else self.alike
        found = census_of(alike.items(), self.low, self.high, repeated.count, repeated.id, outcomes=outcomes)
        return attrs.evolve(found, whole=found.whole and self.alike is not None)

    def files(self) -> Files:
        """Return where the files begin."""
        return Files(np.array(self.begins or [0], np.int64), tuple(self.prefixes or ["#"]), self.names)


def scan(column_plan: ColumnPlan, source: ColumnSource, resources: Resources, spill: Spill) -> ScanResult:
    """Return the rows of a source by partition; rows that do not fit in memory are in the spill."""
    scanner = Scanner(column_plan, resources.partitions_for(source.size()))
    log = ScanResult(scanner, [PartitionBuffer() for _ in column_plan.passes])

    workers = resources.workers_for(source.size())

    def load(block: Block) -> tuple[Block, Loaded, Scanned]:
        loaded = block.load()
        return block, loaded, scanner.scan(loaded.columns)

    for block, loaded, scanned in in_order(load, source.blocks(column_plan.fields()), workers):
        log.add(block, loaded, scanned)
        resources.progress("reading", log.places, None)
        if resources.is_full(log.names.held + sum(partitions.held for partitions in log.passes)):
            log.names.spill()
            for partitions in log.passes:
                partitions.spill(spill)
    return log
