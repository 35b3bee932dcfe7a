"""Events that a log has twice."""

from __future__ import annotations

from collections.abc import Iterator

from comity.notices import Notice
from comity.results.report import Summary


def repeated_events(summary: Summary) -> Iterator[Notice]:
    """Yield a notice about events with the id, person and instant of an earlier event."""
    count = summary.census.repeated
    if count:
        events, again = ("1 event has", "counts") if count == 1 else (f"{count:,} events have", "count")
        yield Notice(
            "repeated-id",
            f"{events} the id, person and instant of another, and {again} again",
            count=count,
            example=summary.census.repeated_id,
            help="if they are the same event, leave the later ones out with --dedupe id",
        )
