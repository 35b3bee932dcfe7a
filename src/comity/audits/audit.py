"""The audit of one log: by columns where that can be, else event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from comity.audits.backends import BackEnd, FallBack, by_columns, is_short, takes_columns
from comity.errors import OUT_OF_MEMORY, InputError
from comity.events.channels.channel import Channels
from comity.events.sources import Source
from comity.plan import Plan
from comity.results.findings import Finding
from comity.results.report import Summary

if TYPE_CHECKING:
    from comity.online import Online


def audit(
    plan: Plan,
    channels: Channels,
    online: Callable[[], Online],
    source: Source,
    limits: Mapping[str, int | None],
    engine: BackEnd,
    memory: int | None,
    notice: Callable[[str], None] | None,
    progress: Callable[[str, int, int | None], None] | None,
    workers: int | None = None,
) -> tuple[Summary, Sequence[Finding]]:
    """Return the summary and the findings of a log; `notice` hears why it is not judged by columns.

    `limits` are the instants `as_of`, `since` and `until`. `online` makes the other back end. `workers` is
    how many threads judge by columns, None for one per processor.
    Raises InputError if the memory is used up.
    """
    try:
        if takes_columns(engine, source):
            tried = by_columns(plan, channels, source, limits, memory, progress, workers)
            if not isinstance(tried, FallBack):
                return tried
            if notice is not None:
                notice(tried.reason)
        # That the events of a short log are held in memory is no news for anybody who left the choice open.
        told = None if engine == "auto" and is_short(source) else notice
        return online().audit(source, **limits, notice=told)
    except MemoryError:
        raise InputError(OUT_OF_MEMORY) from None
