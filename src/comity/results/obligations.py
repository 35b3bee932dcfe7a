"""Obligations: responses that are still open at an instant."""

from __future__ import annotations

import datetime as dt
from typing import Any

from comity.clock.instants import aware, format_instant
from comity.plan.plan import Severity
from comity.records import frozen


@frozen
class Obligation:
    """A response that is still open: what requires it, by when, and what would answer it."""

    policy: str
    rule: str
    kind: str
    severity: Severity
    person: str
    scope: tuple[tuple[str, str | None], ...]
    event: str
    """The id of the event that requires it, or `#N`."""
    at: int
    """That event's instant, microseconds since 1970-01-01T00:00:00Z."""
    due: int
    """The last instant at which an answer is in time."""
    expected: str
    """What would answer it."""
    message: str
    """One sentence for people."""

    @property
    def event_at(self) -> dt.datetime:
        """That event's instant as a datetime in UTC."""
        return aware(self.at)

    @property
    def due_at(self) -> dt.datetime:
        """`due` as a datetime in UTC."""
        return aware(self.due)

    def to_dict(self) -> dict[str, Any]:
        """Return the obligation in types that JSON has; instants are texts in UTC."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "person": self.person,
            "scope": dict(self.scope),
            "event": self.event,
            "at": format_instant(self.at),
            "due": format_instant(self.due),
            "expected": self.expected,
            "message": self.message,
        }
