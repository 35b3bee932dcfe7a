"""Explanations: what each rule measures of a contact, whether it is broken or kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from comity.clock.instants import aware_if_any, format_if_any
from comity.results.findings import Severity

Standing = Literal["kept", "broken", "obliges", "not-judged", "indeterminate"]


@attrs.frozen
class Explanation:
    """What one rule says of a proposed contact, broken or not."""

    policy: str
    rule: str
    kind: str
    severity: Severity
    standing: Standing
    """`not-judged`: it is not about such a contact, or not in effect; `obliges`: it asks for an answer."""
    scope: tuple[tuple[str, str | None], ...]
    measured: str
    """Short text in the rule's own units."""
    required: str
    room: int | None
    """How many more contacts the rule has room for, this one counted in; None where it does not count."""
    allowed_from: int | None
    """The earliest instant, not before the proposed one, at which this rule allows the contact."""
    due: int | None
    """For `obliges`: the last instant of the answer."""
    message: str
    """One sentence for people."""
    unreadable: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    """For attributes that the rule reads, how many values of the history do not read and count as absent."""

    @property
    def allowed_from_at(self) -> dt.datetime | None:
        """`allowed_from` as a datetime in UTC."""
        return aware_if_any(self.allowed_from)

    @property
    def due_at(self) -> dt.datetime | None:
        """`due` as a datetime in UTC."""
        return aware_if_any(self.due)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as values that JSON has; instants as text in UTC."""
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
