"""Findings: the requirements that are broken or still open, one by one or in batches."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeVar, overload

import attrs

from comity.clock.instants import aware, aware_if_any, format_if_any, format_instant
from comity.opened import opened
from comity.plan.plan import Severity
from comity.results.arrow_table import batch_of
from comity.results.finding_keys import FINDING_KEYS, check_columns

T = TypeVar("T")
BATCH = 1 << 14
"""How many findings an Arrow batch holds."""

Status = Literal["violation", "pending", "indeterminate"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""The most serious one first."""


class WithMaker:
    """Keeps what makes a finding that nobody has read yet; not a field, so it is not compared or shown."""

    __slots__ = ("_make",)


@attrs.frozen(init=False)
class Finding(WithMaker):
    """One broken or still open requirement, with evidence."""

    policy: str
    rule: str
    kind: str
    severity: Severity
    status: Status
    person: str
    scope: tuple[tuple[str, str | None], ...]
    """The fields in the rule's `per` with their values; None for an absent value."""
    event: str
    """The judged event's id, or `#N`."""
    at: int
    """The judged event's instant, microseconds since 1970-01-01T00:00:00Z."""
    evidence: tuple[str, ...]
    """The ids of earlier events, the oldest first."""
    measured: str
    required: str
    allowed_from: int | None
    """The earliest instant at which the rule would allow the same event; None for never."""
    due: int | None
    """The deadline of a response."""
    message: str
    because_of: str | None = None
    """In a decision, for a later event: the proposed event that makes it break the rule."""

    def __init__(
        self,
        policy: str,
        rule: str,
        kind: str,
        severity: Severity,
        status: Status,
        person: str,
        scope: tuple[tuple[str, str | None], ...],
        event: str,
        at: int,
        evidence: tuple[str, ...],
        measured: str,
        required: str,
        allowed_from: int | None,
        due: int | None,
        message: str,
        because_of: str | None = None,
    ) -> None:
        """Take the values of the fields."""
        own: Any = self
        final: type[Any] = type(self)
        _set(self, "__class__", _OpenedFinding if final is Finding else opened(final))
        own.policy = policy
        own.rule = rule
        own.kind = kind
        own.severity = severity
        own.status = status
        own.person = person
        own.scope = scope
        own.event = event
        own.at = at
        own.evidence = evidence
        own.measured = measured
        own.required = required
        own.allowed_from = allowed_from
        own.due = due
        own.message = message
        own.because_of = because_of
        own.__class__ = final

    @property
    def event_at(self) -> dt.datetime:
        """The judged event's instant as a datetime in UTC."""
        return aware(self.at)

    @property
    def allowed_from_at(self) -> dt.datetime | None:
        """`allowed_from` as a datetime in UTC."""
        return aware_if_any(self.allowed_from)

    @property
    def due_at(self) -> dt.datetime | None:
        """`due` as a datetime in UTC."""
        return aware_if_any(self.due)

    def to_dict(self, columns: Sequence[str] = FINDING_KEYS) -> dict[str, Any]:
        """Return the finding as machine formats write it: instants as text, the scope as a table.

        `columns` are the keys, in order. `because_of` is a key beside all of them, only if it has a value.
        """
        made = {
            "policy": self.policy,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
            "status": self.status,
            "person": self.person,
            "scope": dict(self.scope),
            "event": self.event,
            "at": format_instant(self.at),
            "evidence": list(self.evidence),
            "measured": self.measured,
            "required": self.required,
            "allowed_from": format_if_any(self.allowed_from),
            "due": format_if_any(self.due),
            "message": self.message,
        }
        if columns is not FINDING_KEYS:
            return {name: made[name] for name in columns}
        if self.because_of is not None:
            made["because_of"] = self.because_of
        return made


_set: Final = object.__setattr__
_OpenedFinding: Final[type[Any]] = opened(Finding)


class Findings(Sequence[Finding], ABC):
    """Findings in order, one by one as objects or in Arrow batches."""

    @abstractmethod
    def counts(self) -> Mapping[tuple[Severity, Status], int]:
        """Count the findings by severity and status."""

    @abstractmethod
    def batches(self, columns: Sequence[str] = FINDING_KEYS) -> Iterator[Any]:
        """Return the findings as Arrow record batches with these columns, in this order; needs pyarrow.

        The types are those of `finding_schema`. Only what the columns need is worked out.
        """

    def over_batches(
        self, function: Callable[[Any], T], columns: Sequence[str] = FINDING_KEYS
    ) -> Iterator[T]:
        """Apply a function to each batch with these columns, in order."""
        return map(function, self.batches(columns))


class FindingList(Findings):
    """Findings that are in memory as objects."""

    def __init__(self, findings: Sequence[Finding] = ()) -> None:
        self._findings = tuple(findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    def __repr__(self) -> str:
        return f"FindingList({list(self._findings)!r})"

    def counts(self) -> Mapping[tuple[Severity, Status], int]:
        """Count the findings by severity and status."""
        return Counter((finding.severity, finding.status) for finding in self._findings)

    def batches(self, columns: Sequence[str] = FINDING_KEYS) -> Iterator[Any]:
        """Return the findings as Arrow record batches with these columns."""
        check_columns(columns)
        for begin in range(0, len(self._findings), BATCH):
            yield batch_of(self._findings[begin : begin + BATCH], columns)


SortKey = tuple[str, int, int, str, str, tuple[tuple[bool, str], ...]]


def sort_key(finding: Finding, position: int) -> SortKey:
    """Return the key by which findings are sorted; the position is that of the event in the input."""
    scope = tuple((value is not None, value or "") for _, value in finding.scope)
    return (finding.person, finding.at, position, finding.policy, finding.rule, scope)
