"""Decisions: whether a proposed contact is allowed, why not, and from when on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

import attrs

from comity.clock.instants import aware_if_any, format_if_any
from comity.clock.zones import find_zone
from comity.errors import MisuseError
from comity.notices import Notice
from comity.plan.wording import describe_wall
from comity.records import frozen
from comity.results.findings import Finding

Outcome = Literal["allow", "warn", "deny", "indeterminate"]


@frozen
class Basis:
    """What a decision is based on."""

    event: str = ""
    """The id of the proposed event, or what findings call it."""
    at: int | None = None
    """Its instant, microseconds since 1970-01-01T00:00:00Z."""
    judged: int = 0
    """How many rules judged it."""
    policies: Mapping[str, str] = attrs.field(factory=dict)
    """The ids of the policies with their versions."""
    unreadable: Mapping[str, str] = attrs.field(factory=dict)
    """For each `policy/attribute` of the event with a value of a wrong type, the value as it is written."""
    notices: tuple[Notice, ...] = ()


class Decision:
    """The answer to whether a contact is allowed now.

    It has no truth value: `allowed` says whether the contact is allowed. It is not an attrs class, because
    making one would take a good part of a decision's time.
    """

    __slots__ = ("_basis", "_findings", "_next_allowed", "_outcome")

    def __init__(
        self,
        outcome: Outcome,
        findings: tuple[Finding, ...] | Callable[[], tuple[Finding, ...]],
        next_allowed: int | Callable[[], int | None] | None,
        basis: Basis | tuple[Any, ...] | None = None,
    ) -> None:
        """Take the values, or what makes each when it is needed: functions, for the basis with arguments."""
        self._outcome = outcome
        self._findings = findings
        self._next_allowed = next_allowed
        self._basis = basis

    @property
    def outcome(self) -> Outcome:
        """`allow`, `warn`, `deny`, or `indeterminate`: a rule could not be judged, so nothing is known."""
        return self._outcome

    @property
    def allowed(self) -> bool:
        """Whether the contact is allowed: true for `allow` and `warn` only."""
        return self._outcome in ("allow", "warn")

    @property
    def next_allowed(self) -> int | None:
        """The earliest instant, from the proposed one on, that breaks no rule of severity `error`, or None.

        In microseconds since 1970-01-01T00:00:00Z. If there are later events, it is searched for when it is
        first needed, up to the first gap that is long enough; the history may have grown by then.
        """
        found = self._next_allowed
        if callable(found):
            found = self._next_allowed = found()
        return found

    @property
    def next_allowed_at(self) -> dt.datetime | None:
        """`next_allowed` as a datetime in UTC."""
        return aware_if_any(self.next_allowed)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The rules that the contact would break, with evidence; they are put into words when first needed.

        Findings about the contact itself come first. Findings about later events follow; they have a
        `because_of`.
        """
        found = self._findings
        if not isinstance(found, tuple):
            found = self._findings = found()
        return found

    @property
    def basis(self) -> Basis:
        """What the decision is based on; computed when it is first needed."""
        basis = self._basis
        if not isinstance(basis, Basis):
            basis = self._basis = Basis() if basis is None else basis[0](*basis[1:])
        return basis

    @property
    def judged(self) -> int:
        """How many rules judged the contact; if none did, an `allow` says nothing."""
        return self.basis.judged

    @property
    def event(self) -> str:
        """The id of the proposed event, or what findings call it."""
        return self.basis.event

    @property
    def at(self) -> int | None:
        """The proposed instant, microseconds since 1970-01-01T00:00:00Z."""
        return self.basis.at

    @property
    def event_at(self) -> dt.datetime | None:
        """The proposed instant as a datetime in UTC."""
        return aware_if_any(self.basis.at)

    @property
    def policies(self) -> Mapping[str, str]:
        """The ids of the policies, with their versions."""
        return self.basis.policies

    @property
    def unreadable(self) -> Mapping[str, str]:
        """For each `policy/attribute` of the contact with a value of a wrong type, the written value."""
        return self.basis.unreadable

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What could not be read, matched or used as it is; empty if there is nothing to tell."""
        return self.basis.notices

    def __bool__(self) -> NoReturn:
        raise MisuseError("a decision has no truth value, since one that denies would be true: ask `allowed`")

    def __reduce__(self) -> tuple[Any, ...]:
        return Decision, (self.outcome, self.findings, self.next_allowed, self.basis)

    def __repr__(self) -> str:
        return f"Decision({self.outcome!r}, {self.findings!r}, {self.next_allowed!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.outcome, self.next_allowed))

    def to_dict(self) -> dict[str, Any]:
        """Return the decision as machine formats write it; these keys do not change.

        `outcome` is `allow`, `warn`, `deny` or `indeterminate`. `findings` are as in reports; those about
        later events have the key `because_of`. Instants are texts in UTC, or None. `policies` has versions by
        id, and `unreadable` has the written values by `policy/attribute`.
        """
        basis = self.basis
        return {
            "outcome": self.outcome,
            "findings": [finding.to_dict() for finding in self.findings],
            "next_allowed": format_if_any(self.next_allowed),
            "allowed": self.allowed,
            "event": basis.event,
            "at": format_if_any(basis.at),
            "judged": basis.judged,
            "policies": dict(basis.policies),
            "unreadable": dict(basis.unreadable),
            "notices": [notice.to_dict() for notice in basis.notices],
        }

    def to_text(self, timezone: str | None = None) -> str:
        """Return the decision as one paragraph: which rules, which earlier contacts, and when it is allowed.

        Times are in UTC, or on the wall clock of `timezone`; raises EventError if that zone is unknown.
        """
        parts = [_OPENINGS[self.outcome] if self.judged or self.findings else NOTHING_JUDGED]
        for finding in self.findings:
            earlier = ", ".join(f"`{label}`" for label in finding.evidence)
            because = f"; earlier: {earlier}" if earlier else ""
            if finding.because_of is not None:
                because = f"; of the later `{finding.event}`, {_clock(finding.at, timezone)}{because}"
            parts.append(f"{finding.message} ({finding.policy}/{finding.rule}{because})")
        if self.outcome == "deny":
            when = self.next_allowed
            never = "No later time is known at which it would be allowed."
            parts.append(never if when is None else f"It will be allowed from {_clock(when, timezone)}.")
        return " ".join(parts)


NOTHING_JUDGED = "Allowed, but no rule looked at such a contact."
_OPENINGS = {
    "allow": "Allowed: no rule forbids it.",
    "warn": "Allowed, with a warning.",
    "deny": "Not allowed.",
    "indeterminate": "The verdict is not known, so do not make the contact: a rule could not be judged.",
}


def _clock(instant: int, timezone: str | None) -> str:
    return describe_wall((find_zone(timezone or "UTC"),), instant)
