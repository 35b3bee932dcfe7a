"""What an audit by columns may use, memory and threads, and who hears about its progress."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from comity.records import frozen

PARTITION_BYTES = 32 << 20
"""About how many bytes of the log go into one partition: more do not fit in the caches of a processor."""
PARTITION_SHARE = 1 / 16
"""The share of the memory that one partition may take."""
ONE_WORKER_BYTES = 1 << 18
"""A log of up to so many bytes is one block: starting threads would take longer than reading it."""
MOST_PARTITIONS = 256
UNKNOWN_PARTITIONS = 64
"""How many partitions a log of unknown size is split into."""
MEMORY_SHARE = 0.35
"""The share of the memory that rows may take before they go to a temporary file."""
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

Phases = Callable[[str, int, int | None], None]
"""A function that gets the phase, the rows done, and the number of all rows, None if it is unknown."""


def ignore_progress(phase: str, done: int, total: int | None) -> None:
    """Ignore progress."""


def processors() -> int:
    """Return how many processors there are."""
    return os.cpu_count() or 1


@frozen
class Resources:
    """What an audit may use."""

    memory: int | None
    """About how many bytes; rows and findings beyond that go to temporary files. None is no limit."""
    workers: int
    """How many threads."""
    partitions: int | None
    """How many partitions, a power of two; None lets the size of the log decide."""
    progress: Phases

    def partitions_for(self, size: int) -> int:
        """Return the number of partitions for a log of so many bytes; 0 bytes stands for an unknown size."""
        if self.partitions:
            return self.partitions
        if not size:
            return UNKNOWN_PARTITIONS
        memory = self.memory
        wanted = PARTITION_BYTES if memory is None else min(PARTITION_BYTES, memory * PARTITION_SHARE)
        partitions = 1
        while partitions < MOST_PARTITIONS and partitions * wanted < size:
            partitions *= 2
        return partitions

    def workers_for(self, size: int) -> int:
        """Return how many threads scan a log of so many bytes; 0 bytes stands for an unknown size."""
        return 1 if 0 < size <= ONE_WORKER_BYTES else self.workers

    def is_full(self, held: int) -> bool:
        """Return whether rows of so many bytes exceed their share of the memory."""
        return self.memory is not None and held > MEMORY_SHARE * self.memory


def default_memory() -> int | None:
    """Return half of the memory of the machine or the container, in bytes; None if it is unknown."""
    known = []
    with suppress(ValueError, OSError, AttributeError):
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(ValueError, OSError):
        known.append(int(_GROUP_LIMIT.read_text()))
    return min(known) // 2 if known else None
