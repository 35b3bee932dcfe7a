"""What callers may give as a log to audit: it becomes a source of events, or is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.columns.event_columns import ArrowStream
from comity.errors import UsageError
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.events.sources import Listed, Source
from comity.plan import Plan

LogLike = str | Path | Iterable[EventLike] | ArrowStream | Source


def source_of(log: LogLike, plan: Plan, open_file: Callable[[str | Path], Source]) -> Source:
    """Return the source of events that a log is; `open_file` makes one of a path.

    Raises UsageError for another type, and EventError for an event in memory that is unusable.
    """
    if isinstance(log, str | Path):
        return open_file(log)
    if isinstance(log, Source):
        return log
    if hasattr(log, "__arrow_c_stream__"):
        from comity.readers import Log
        from comity.readers.sources.table_source import TableSource

        return Log([TableSource(log)], readers=(), attributes=plan.attributes(), fields=plan.fields())
    if hasattr(log, "collect") and hasattr(log, "lazy"):
        raise UsageError("a lazy frame has no rows yet: give the result of its `collect()`")
    if isinstance(log, Event | Mapping | bytes | bytearray) or not isinstance(log, Iterable):
        raise UsageError(
            f"`{type(log).__name__}` is not a log: allowed are a path, events or mappings of fields in a "
            "list, a table or data frame, and the result of `Engine.log`"
        )
    events = tuple([event if type(event) is Event else to_event(event) for event in log])
    for event in events:
        # Only what could stop an audit: the whole check would cost more than judging the event.
        if type(event.at) is not int or not UNSURE <= event.at <= MAX_INSTANT:
            check_event(event)
    return Listed(events)
