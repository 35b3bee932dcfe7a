"""The findings of an audit: kept in few bytes, put into words when they are read."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar, overload

import numpy as np

from comity.columnar.arrays import Ints
from comity.columnar.found import STATUSES, Found
from comity.columnar.render import Renderer, take
from comity.findings import BATCH, SEVERITIES, Finding, Findings, Severity, Status

T = TypeVar("T")


class FoundFindings(Findings):
    """Findings in their order, made into words a batch at a time."""

    def __init__(self, found: Found, order: Ints, renderer: Renderer, workers: int) -> None:
        self._found = found
        self._order = order
        self._renderer = renderer
        self._workers = workers

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        if isinstance(index, slice):
            return tuple(self._renderer.objects(take(self._found, self._order[index])))
        return self._renderer.objects(take(self._found, self._order[[index]]))[0]

    def __iter__(self) -> Iterator[Finding]:
        for begin in range(0, len(self), BATCH):
            yield from self[begin : begin + BATCH]

    def counts(self) -> Mapping[tuple[Severity, Status], int]:
        """Count them by severity and status."""
        codes = self._renderer.severities(self._found) * len(STATUSES) + self._found.status
        counts: Counter[tuple[Severity, Status]] = Counter()
        for code, count in enumerate(np.bincount(codes, minlength=1).tolist()):
            if count:
                severity, status = divmod(code, len(STATUSES))
                counts[SEVERITIES[severity], STATUSES[status]] = count
        return counts

    def batches(self) -> Iterator[Any]:
        """Give them as Arrow record batches."""
        return self.over_batches(lambda batch: batch)

    def over_batches(self, function: Callable[[Any], T]) -> Iterator[T]:
        """Apply a function to each batch, in their order, several at once."""

        def made(begin: int) -> T:
            return function(self._renderer.batch(take(self._found, self._order[begin : begin + BATCH])))

        return ordered(made, range(0, len(self), BATCH), self._workers)


def ordered(function: Callable[[Any], T], items: Iterator[Any] | Sequence[Any], workers: int) -> Iterator[T]:
    """Apply a function to items in several threads and give the results in order, only a few ahead."""
    with ThreadPoolExecutor(workers, thread_name_prefix="comity") as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
