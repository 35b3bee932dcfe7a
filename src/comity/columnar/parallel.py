"""Parallel work with results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

I = TypeVar("I")  # noqa: E741
T = TypeVar("T")


def in_order(function: Callable[[I], T], items: Iterable[I], workers: int) -> Iterator[T]:
    """Apply a function to items in several threads, and yield the results in order; few wait at a time.

    With one worker no thread is started.
    """
    if workers == 1:
        yield from map(function, items)
        return
    from concurrent.futures import ThreadPoolExecutor  # It takes a good part of the time of a small audit.

    pool = ThreadPoolExecutor(workers, thread_name_prefix="comity")
    waiting: deque[Future[T]] = deque()
    done = False
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > workers + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        done = True
    finally:
        # After an error or a signal, nobody needs the other results.
        pool.shutdown(wait=done, cancel_futures=True)
