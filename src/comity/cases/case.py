"""What a case file holds: policies, events, and what must be found in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NewType

import attrs

from comity.errors import EventError
from comity.events.event import Event
from comity.policy.compose.search import policy_beside
from comity.readers import read_event
from comity.records import frozen

EventTable = NewType("EventTable", dict[str, Any])
"""The fields of an event, as a row of a log has them."""
FindingTable = NewType("FindingTable", dict[str, Any])
"""Some keys of a finding; instants as findings write them, `never` for null, without absent scope values."""
InstantText = NewType("InstantText", str)
"""An instant as findings write it."""
InstantOrNever = NewType("InstantOrNever", str)
"""An instant as findings write it, or `never`."""


@frozen
class ExpectedError:
    """One fault that a policy must have."""

    code: str
    line: int | None = None
    column: int | None = None
    message: str | None = None
    """A part of the message."""
    help: str | None = None
    """A part of the help."""
    file: str | None = None
    """The file that has the fault, if it is an extended one."""


@frozen
class ExpectedDecision:
    """What must be decided; what is not given is not compared."""

    outcome: str | None = None
    next_allowed: InstantOrNever | None = attrs.field(default=None, metadata={"key": "next_allowed"})
    findings: tuple[FindingTable, ...] | None = None
    later: Literal["count", "ignore"] = "count"
    """What to do with events after the proposed one."""


@frozen
class ExpectedCounts:
    """What a summary must say about one rule; what is not given is not compared."""

    judged: int | None = None
    violation: int | None = None
    pending: int | None = None
    indeterminate: int | None = None
    lacking: dict[str, int] | None = None


@frozen
class Case:
    """Events, and what must be found in them, or the faults that a policy must have."""

    name: str
    spec: str | None = None
    """The section of the language that the case shows."""
    document: str | None = None
    """A policy of the case itself, instead of the file's."""
    policy: str | None = None
    """An id or a path, instead of the file's."""
    person: str | None = None
    """The person of events that name none."""
    as_of: InstantText | None = None
    since: InstantText | None = None
    until: InstantText | None = None
    events: tuple[EventTable, ...] = ()
    findings: tuple[FindingTable, ...] | None = None
    """All findings, in any order; of each, only the keys that are given are compared."""
    by_rule: dict[str, ExpectedCounts] | None = attrs.field(default=None, metadata={"key": "by_rule"})
    """Counts of the summary, by rule id."""
    unreadable: dict[str, int] | None = None
    """For each attribute with unreadable values, how many there are."""
    propose: EventTable | None = None
    """A proposed event to decide on, given the others."""
    decision: ExpectedDecision | None = None
    errors: tuple[ExpectedError, ...] | None = None
    """All faults of the policy, in any order."""
    header: str | None = None
    """The beginning of the case's `document`, instead of the file's."""

    @property
    def audits(self) -> bool:
        """Return whether the case needs an audit."""
        return not (self.findings is None and self.by_rule is None and self.unreadable is None)


@frozen
class CaseFile:
    """The cases of one file, and the policy that they are about."""

    comity_cases: int
    case: tuple[Case, ...]
    policy: str | None = None
    """An id, or a path that ends in `.toml`, relative to the file."""
    document: str | None = None
    """The text of a policy file."""
    person: str | None = None
    """The person of events that name none."""
    path: Path = Path()
    header: str | None = None
    """The beginning of every `document` of the file and of its cases."""

    def policy_of(self, case: Case) -> str | Path:
        """Return the policy of a case: its own, the file's, or the one beside `NAME.cases.toml`.

        A text is the header, if there is one, followed by the document.
        """
        document = self.document_of(case)
        if document is not None:
            header = self.header_of(case) or ""
            if header and not header.endswith("\n"):
                header += "\n"
            text = header + document
            return text if "\n" in text else text + "\n"
        name = case.policy or self.policy or policy_beside(self.path).name
        return self.path.parent / name if name.endswith(".toml") else name

    def document_of(self, case: Case) -> str | None:
        """Return the text after the header in a case's policy; None if the policy is another file."""
        return self.document if case.document is None and case.policy is None else case.document

    def header_of(self, case: Case) -> str | None:
        """Return the header of a case's policy: its own or the file's."""
        return self.header if case.header is None else case.header

    def event(self, case: Case, fields: Mapping[str, object], label: str) -> Event:
        """Make an event from a case's table; raises EventError."""
        person = case.person or self.person
        filled = dict(fields) if person is None else {"person": person, **fields}
        if "person" not in filled:
            raise EventError("the event has no `person`, and neither the case nor the file names one")
        return attrs.evolve(read_event(filled), label=label)

    def events(self, case: Case) -> list[Event]:
        """Make the events of a case; those without an id are called `#1`, `#2` …."""
        return [self.event(case, fields, f"#{n}") for n, fields in enumerate(case.events, 1)]
