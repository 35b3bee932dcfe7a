"""Slots: the stretches of time in which a contact is allowed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from comity.clock.instants import aware, aware_if_any, format_if_any, format_instant
from comity.records import frozen


@frozen
class Slot:
    """A stretch of time in which a contact is allowed: from its start on until just before its end.

    Instants are microseconds since 1970-01-01T00:00:00Z.
    """

    start: int
    end: int | None
    """None if no end is known."""

    @property
    def start_at(self) -> dt.datetime:
        """`start` as a datetime in UTC."""
        return aware(self.start)

    @property
    def end_at(self) -> dt.datetime | None:
        """`end` as a datetime in UTC."""
        return aware_if_any(self.end)

    def to_dict(self) -> dict[str, Any]:
        """Return the slot; instants are texts in UTC."""
        return {
            "start": format_instant(self.start),
            "end": format_if_any(self.end),
        }
