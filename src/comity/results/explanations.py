"""Explanations: what each rule measures of a contact, whether the rule is broken or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from comity.clock.instants import aware_if_any, format_if_any
from comity.plan.plan import Severity
from comity.records import frozen

Standing = Literal["kept", "broken", "obliges", "not-judged", "indeterminate"]


@frozen
class Explanation:
    """What one rule says about a proposed contact, whether it is broken or kept."""

    policy: str
    rule: str
    kind: str
    severity: Severity
    standing: Standing
    """`not-judged`: the rule is not about such a contact, or not in effect; `obliges`: it needs an answer."""
    scope: tuple[tuple[str, str | None], ...]
    measured: str
    """A short text in the units of the rule."""
    required: str
    room: float | None
    """How many more contacts, or points, the rule allows, including this one; None if it does not count."""
    allowed_from: int | None
    """The earliest instant, from the proposed one on, at which this rule allows the contact."""
    due: int | None
    """For `obliges`: the last instant for the answer."""
    message: str
    """One sentence for people."""
    unreadable: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    """For each attribute that the rule reads, how many values in the history have a wrong type.

    They count as absent.
    """

    @property
    def allowed_from_at(self) -> dt.datetime | None:
        """`allowed_from` as a datetime in UTC."""
        return aware_if_any(self.allowed_from)

    @property
    def due_at(self) -> dt.datetime | None:
        """`due` as a datetime in UTC."""
        return aware_if_any(self.due)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation in types that JSON has; instants are texts in UTC."""
        return {
            "policy": self.policy,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "standing": self.standing,
            "scope": dict(self.scope),
            "measured": self.measured,
            "required": self.required,
            "room": self.room,
            "allowed_from": format_if_any(self.allowed_from),
            "due": format_if_any(self.due),
            "message": self.message,
            "unreadable": dict(self.unreadable),
        }
