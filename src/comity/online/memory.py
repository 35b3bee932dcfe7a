"""What runners remember of events."""

from __future__ import annotations

from typing import Final

from comity.plan import Span

TRIM_EVERY: Final = 16
"""What has left every window is forgotten each time a scope's list has grown by so many."""
Seen = tuple[int, str]
"""An event that is remembered: its instant, and what findings call it."""


def elapsed_of(span: Span | None) -> int | None:
    """Give a span's microseconds where it is elapsed time, None for any other."""
    return span.count if span is not None and span.clock is None else None
