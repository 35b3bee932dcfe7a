"""The findings of an audit as a sequence: kept in few bytes, and written as texts when they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar, overload

import numpy as np
import pyarrow as pa

from comity.columnar.arrays import Bools, Ints
from comity.columnar.findings.finding_columns import STATUSES, ChosenFindings, FindingColumns
from comity.columnar.findings.render import Renderer
from comity.columnar.findings.spill import Range
from comity.columnar.parallel import in_order
from comity.plan.plan import Severity
from comity.results.finding_keys import FINDING_KEYS, check_columns
from comity.results.findings import BATCH, Finding, Findings, Status

T = TypeVar("T")
Counts = Mapping[tuple[Severity, Status], int]


class ColumnFindings(Findings):
    """Findings in order, written as texts one batch at a time."""

    def __init__(self, ranges: Sequence[Range], counts: Counts, renderer: Renderer, workers: int) -> None:
        self._ranges = ranges
        self._begins = [0, *accumulate(each.size for each in ranges)]
        self._counts = counts
        self._renderer = renderer
        self._loaded: tuple[Range, Renderer] | None = None
        """The range that was loaded last, and what writes its findings."""
        self._workers = workers

    def __len__(self) -> int:
        return self._begins[-1]

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        wanted = range(len(self))[index]
        if isinstance(wanted, int):
            return self._objects(wanted, wanted + 1)[0]
        low, high = (min(wanted), max(wanted) + 1) if wanted else (0, 0)
        found = self._objects(low, high)
        return tuple(found[place - low] for place in wanted)

    def _objects(self, low: int, high: int) -> list[Finding]:
        made: list[Finding] = []
        for begin, each in zip(self._begins, self._ranges, strict=False):
            first, last = max(low - begin, 0), min(high - begin, each.size)
            if first < last:
                found, order, begins, renderer = self._load(each)
                made += renderer.objects(ChosenFindings(found, order[first:last], begins))
        return made

    def _load(self, wanted: Range) -> tuple[FindingColumns, Ints, Ints, Renderer]:
        for each in self._ranges:
            if each is not wanted:
                each.forget()
        found, order, begins = wanted.load()
        if self._loaded is None or self._loaded[0] is not wanted:
            self._loaded = None  # Its names make room for those of the next range.
            self._loaded = (wanted, self._renderer.within(found))
        return found, order, begins, self._loaded[1]

    def __iter__(self) -> Iterator[Finding]:
        for begin in range(0, len(self), BATCH):
            yield from self._objects(begin, min(begin + BATCH, len(self)))

    def only(self, chosen: Bools) -> ColumnFindings:
        """Return the findings for which `chosen` is true, in their order."""
        ranges, counts = [], Counter[tuple[Severity, Status]]()
        severities = [rule.severity for rule in self._renderer.rules]
        for begin, each in zip(self._begins, self._ranges, strict=False):
            mine = chosen[begin : begin + each.size]
            size = int(np.count_nonzero(mine))
            if not size:
                continue
            made = each.only(mine, size)
            ranges.append(made)
            found, order, _ = made.load()
            codes = found.rule[order].astype(np.int64) * len(STATUSES) + found.status[order]
            for code, count in enumerate(np.bincount(codes).tolist()):
                if count:
                    rule, status = divmod(code, len(STATUSES))
                    counts[severities[rule], STATUSES[status]] += count
        return ColumnFindings(ranges, counts, self._renderer, self._workers)

    def counts(self) -> Counts:
        """Return the number of findings by severity and status."""
        return self._counts

    def batches(self, columns: Sequence[str] = FINDING_KEYS) -> Iterator[pa.RecordBatch]:
        """Return the findings as record batches with these columns."""
        return self.over_batches(lambda batch: batch, columns)

    def over_batches(
        self, function: Callable[[pa.RecordBatch], T], columns: Sequence[str] = FINDING_KEYS
    ) -> Iterator[T]:
        """Apply a function to each batch with these columns, several at once; yield the results in order."""
        check_columns(columns)
        for each in self._ranges:
            found, order, begins, renderer = self._load(each)

            def made(
                begin: int,
                found: FindingColumns = found,
                order: Ints = order,
                begins: Ints = begins,
                renderer: Renderer = renderer,
            ) -> T:
                return function(
                    renderer.batch(ChosenFindings(found, order[begin : begin + BATCH], begins), columns)
                )

            batches = range(0, each.size, BATCH)
            yield from in_order(made, batches, min(self._workers, len(batches) or 1))
