"""Which back end audits a log, and auditing by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Literal

from comity.columns.event_columns import ColumnSource
from comity.errors import PluginError, UsageError, shown
from comity.events.channels.channel import Channels
from comity.events.sources import Listed, MayBeShort, PassesOver, Source
from comity.plan import Plan
from comity.records import frozen
from comity.results.findings import Findings
from comity.results.report import Summary

BackEnd = Literal["auto", "online", "columnar"]
_ENOUGH = 20_000
"""The number of events in memory from which on loading the columnar engine is worth its time."""


@frozen
class FallBack:
    """Why an audit cannot be made by columns; it can be made event by event."""

    reason: str


def takes_columns(engine: BackEnd, source: object) -> bool:
    """Choose the back end; raises UsageError if the given one cannot be used."""
    installed = all(find_spec(name) is not None for name in ("numpy", "pyarrow"))
    if not isinstance(engine, str):
        raise UsageError(f"{shown(engine)} is not a back end: allowed are `auto`, `columnar` and `online`")
    if engine == "columnar":
        if not installed:
            raise UsageError("the columnar engine needs numpy and pyarrow: pip install 'comity[cli]'")
        if not isinstance(source, ColumnSource | Listed):
            raise UsageError("the columnar engine cannot read this source")
        return True
    if engine != "auto":
        if engine != "online":
            raise UsageError(f"`{engine}` is not a back end: allowed are `auto`, `columnar` and `online`")
        return False
    if isinstance(source, Listed):
        return installed and len(source.events) >= _ENOUGH
    if is_short(source):
        return False
    return installed and isinstance(source, ColumnSource)


def is_short(source: object) -> bool:
    """Return whether a source takes less time event by event than loading what columns need."""
    return isinstance(source, MayBeShort) and source.is_short()


def by_columns(
    plan: Plan,
    channels: Channels,
    source: Source,
    limits: Mapping[str, int | None],
    memory: int | None,
    progress: Callable[[str, int, int | None], None] | None,
    workers: int | None = None,
) -> tuple[Summary, Findings] | FallBack:
    """Return the summary and the findings of an audit by columns, or why it must be made event by event.

    Raises PluginError if a reader fails: reading again, it would fail again.
    """
    import comity.columnar as columnar
    from comity.columns.from_events import EventBlocks

    columns = EventBlocks(source.events) if isinstance(source, Listed) else source
    assert isinstance(columns, ColumnSource), "INVARIANT: only such sources are audited by columns"
    memory = memory or columnar.default_memory()
    if isinstance(source, PassesOver):
        source.earliest = None
        if (since := limits["since"]) is not None:
            from comity.plan.needs.retention import needed_from

            source.earliest = needed_from(plan, since)
    try:
        return columnar.audit(
            plan, channels, columns, **limits, memory=memory, workers=workers, progress=progress
        )
    except (columnar.RuleFailed, PluginError) as error:
        if isinstance(error, PluginError) and error.in_reading:
            raise
        return FallBack(f"{error}: the log is judged event by event, which takes many times as long")
