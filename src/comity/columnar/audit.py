"""Auditing by columns: scan the log in blocks, judge it in partitions, and put the findings in order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import numpy as np

from comity.clock.eras import Eras
from comity.columnar.arrays import Ints
from comity.columnar.evaluate import PartitionEvaluator, PartitionVerdicts, check_rules
from comity.columnar.findings.finding_columns import STATUSES, FindingColumns, order_of
from comity.columnar.findings.render import Files, Renderer
from comity.columnar.findings.sequence import ColumnFindings, ordered
from comity.columnar.findings.spill import FindingSpill
from comity.columnar.operators.rule_view import Limits
from comity.columnar.partitions.partitions import PartitionBuffer, Spill, each_partition
from comity.columnar.partitions.repeated import NONE_REPEATED, Repeated
from comity.columnar.scan.column_plan import PERSON, ColumnPlan
from comity.columnar.scan.scanner import Scanned, Scanner
from comity.columnar.scan.unread import Unread
from comity.columns.event_columns import Block, ColumnSource, Loaded
from comity.events.census import MOST_SIGNATURES, Census, Signature, census_of
from comity.events.channels import Channels
from comity.plan import Plan
from comity.results.findings import Findings, RuleTally, Severity, Status, Summary
from comity.texts.near import Near, find_near, near_texts

PARTITION_BYTES = 32 << 20
"""About how much of the log goes into one partition: more would leave the processor's caches."""
PARTITION_SHARE = 1 / 16
"""The part of the memory that one partition may take of the log."""
MOST_PARTITIONS = 256
UNKNOWN_PARTITIONS = 64
"""How many partitions a log is split into whose size is not known."""
MEMORY_SHARE = 0.35
"""The part of the memory that may be given to rows before they go to a temporary file."""
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

Phases = Callable[[str, int, int | None], None]
"""Is told of the phase, the rows done and the rows there are, None where that is not known."""


def _ignore(phase: str, done: int, total: int | None) -> None:
    """Take no notice of progress."""


@attrs.define(eq=False)
class ScanTotals:
    """What has been scanned so far."""

    scanner: Scanner
    passes: list[PartitionBuffer]
    count: int = 0
    places: int = 0
    in_order: bool = True
    last: int | None = None
    low: int = 0
    high: int = 0
    eras: Eras = attrs.field(factory=Eras)
    fixed_zones: Counter[str] = attrs.field(factory=Counter)
    unread: Unread = attrs.field(factory=Unread)
    alike: Counter[Signature] | None = attrs.field(factory=Counter)
    """How many events have which kind, channel, direction and outcome; None where these are too many."""
    begins: list[int] = attrs.field(factory=list)
    prefixes: list[str] = attrs.field(factory=list)
    file: int = -1

    def add(self, block: Block, loaded: Loaded, scanned: Scanned) -> None:
        """Take the next block in order."""
        if block.file != self.file:
            self.file = block.file
            self.begins.append(self.places)
            self.prefixes.append(block.prefix)
        loaded.settle(self.places - self.begins[-1])
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

    def census(self, repeated: Repeated, *, outcomes: bool) -> Census:
        """Tell what the events are."""
        if not self.count:
            return Census()
        alike = {} if self.alike is None else self.alike
        found = census_of(alike.items(), self.low, self.high, repeated.count, repeated.id, outcomes=outcomes)
        return attrs.evolve(found, whole=found.whole and self.alike is not None)

    def files(self) -> Files:
        """Tell where the files begin."""
        return Files(np.array(self.begins or [0], np.int64), tuple(self.prefixes or ["#"]))


def audit(
    plan: Plan,
    channels: Channels,
    source: ColumnSource,
    *,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
    memory: int | None = None,
    workers: int | None = None,
    partitions: int | None = None,
    progress: Phases | None = None,
) -> tuple[Summary, Findings]:
    """Judge every event of a source; raises RuleFailed where a rule cannot be judged so.

    `memory` is about how many bytes may be used; what is more goes to a temporary file. `workers` are
    threads, `partitions` a power of two; by default as many as the processors and the log's size ask for.
    """
    check_rules(plan)
    workers = workers or os.cpu_count() or 1
    progress = progress or _ignore
    column_plan = ColumnPlan(plan, channels)
    scanner = Scanner(column_plan, partitions or _partitions_for(source.size(), memory))
    log = ScanTotals(scanner, [PartitionBuffer() for _ in column_plan.passes])
    spill = Spill()
    try:
        _scan(log, source, spill, memory, workers, progress)
        limits = Limits(source.latest() if as_of is None else as_of, since, until)
        evaluator = PartitionEvaluator(log.scanner, limits, log.low, log.high, in_order=log.in_order)
        repeated, persons, store = NONE_REPEATED, 0, FindingSpill(log.scanner.persons, memory)
        tallies = [RuleTally() for _ in plan.rules]
        for each, judged in _judge(log, evaluator, workers, progress):
            if each == PERSON:
                persons += judged.keys
                repeated = repeated.plus(judged.repeated)
            _tally(tallies, judged)
            store.add(judged.found)
    finally:
        spill.close()
    log.passes.clear()
    for rule_number, name in sorted(log.unread.by_rule):
        tallies[rule_number].unreadable[name] = log.unread.by_rule[rule_number, name]
    counts: Counter[tuple[Severity, Status]] = Counter()
    for rule, tally in zip(plan.rules, tallies, strict=True):
        for status in STATUSES:
            counts[rule.severity, status] += getattr(tally, status)
    summary = Summary(
        events=log.count,
        persons=persons,
        as_of=limits.as_of,
        policies=plan.policies,
        by_rule={rule.name: tally for rule, tally in zip(plan.rules, tallies, strict=True)},
        suspicious=log.eras.suspicious(),
        fixed_zones=plan.fixed_zones(log.fixed_zones),
        unreadable=dict(sorted(log.unread.by_attribute.items())),
        near=near_texts({"person": evaluator.near.found(), **_near_others(log.scanner)}),
        unreadable_examples=dict(sorted(log.unread.examples.items())),
        census=log.census(repeated, outcomes=plan.asks_outcome()),
        **source.counts(),
    )
    renderer = Renderer(plan.rules, log.scanner, log.files())
    ranges = store.ranges(_orderer(plan, log))
    return summary, ColumnFindings(ranges, +counts, renderer, workers)


def _near_others(scanner: Scanner) -> dict[str, Near | None]:
    return {name: find_near(texts) for name, texts in scanner.known.items()}


def default_memory() -> int | None:
    """Return half of the memory that the machine or the container has, None where that cannot be told."""
    known = []
    with suppress(ValueError, OSError, AttributeError):
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):
        known.append(int(_GROUP_LIMIT.read_text()))
    return min(known) // 2 if known else None


def _partitions_for(size: int, memory: int | None) -> int:
    if not size:
        return UNKNOWN_PARTITIONS
    partitions = 1
    wanted = PARTITION_BYTES if memory is None else min(PARTITION_BYTES, memory * PARTITION_SHARE)
    while partitions < MOST_PARTITIONS and partitions * wanted < size:
        partitions *= 2
    return partitions


def _scan(
    log: ScanTotals, source: ColumnSource, spill: Spill, memory: int | None, workers: int, progress: Phases
) -> None:
    def scan(block: Block) -> tuple[Block, Loaded, Scanned]:
        loaded = block.load()
        return block, loaded, log.scanner.scan(loaded.columns)

    for block, loaded, scanned in ordered(scan, source.blocks(log.scanner.column_plan.fields()), workers):
        log.add(block, loaded, scanned)
        progress("reading", log.places, None)
        if memory is not None and sum(partitions.held for partitions in log.passes) > MEMORY_SHARE * memory:
            for partitions in log.passes:
                partitions.spill(spill)


def _judge(
    log: ScanTotals, evaluator: PartitionEvaluator, workers: int, progress: Phases
) -> Iterator[tuple[tuple[str, ...], PartitionVerdicts]]:
    rows = [partitions.rows() for partitions in log.passes]
    work = [(number, partition) for number, counts in enumerate(rows) for partition in each_partition(counts)]
    passes = log.scanner.column_plan.passes

    def judged(item: tuple[int, int]) -> tuple[tuple[str, ...], PartitionVerdicts]:
        number, partition = item
        return passes[number].key, evaluator.evaluate(passes[number], log.passes[number].take(partition))

    done, total = 0, sum(int(counts.sum()) for counts in rows)
    for (number, partition), result in zip(work, ordered(judged, work, workers), strict=True):
        done += int(rows[number][partition])
        progress("sorting and judging", done, total)
        yield result


def _tally(tallies: list[RuleTally], judged: PartitionVerdicts) -> None:
    for rule, count in judged.judged.items():
        tallies[rule].judged += count
    found = judged.found
    codes = np.bincount(found.rule * len(STATUSES) + found.status).tolist()
    for code, count in enumerate(codes):
        rule, number = divmod(code, len(STATUSES))
        kind = STATUSES[number]
        setattr(tallies[rule], kind, getattr(tallies[rule], kind) + count)
    for rule, lacking in judged.lacking.items():
        for name, count in lacking.items():
            tallies[rule].lacking[name] = tallies[rule].lacking.get(name, 0) + count


def _orderer(plan: Plan, log: ScanTotals) -> Callable[[FindingColumns], Ints]:
    """Return the function that puts findings in order."""
    by_name = sorted(range(len(plan.rules)), key=lambda n: (plan.rules[n].policy, plan.rules[n].id))
    ranks = np.empty(len(plan.rules), np.int64)
    ranks[by_name] = np.arange(len(by_name))
    matters = log.scanner.matters.values
    by_matter = sorted(range(len(matters)), key=lambda n: (matters[n] is not None, matters[n] or ""))
    matter_ranks = np.empty(len(matters), np.int64)
    matter_ranks[by_matter] = np.arange(len(matters))
    return lambda found: order_of(
        found, ranks, {"matter": matter_ranks}, log.scanner.persons, in_order=log.in_order
    )
