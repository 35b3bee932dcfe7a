"""Judging one rule: what it keeps of earlier events, which later ones break it, and until when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from comity.events.event import Event
from comity.online.operators.backward_scan import BackwardScan
from comity.online.operators.fields import Scope
from comity.online.operators.rule import BoundRule, EventRef, Flags, Label, name_of
from comity.online.operators.state_codec import StateCodec
from comity.results.findings import Finding

S = TypeVar("S")


class Unknown(tuple[str]):
    """Facts that show no breach: the event lacks what the rule asks for, so that nothing is known of it."""


class Operator(BoundRule, StateCodec[S], BackwardScan[S], ABC, Generic[S]):
    """Judges the events of one rule.

    It holds nothing but what the plan says; what it remembers of a scope is a state of type S, kept by
    whoever asks.
    """

    fires_on_empty_state: bool = False
    """Whether an event may break the rule although nothing is remembered."""
    remembers: ClassVar[bool] = True
    """Whether earlier events matter."""
    is_periodic: ClassVar[bool] = False
    """Whether the rule forbids again and again, so that waiting for it may have no end."""

    @abstractmethod
    def check(self, state: S | None, event: Event, flags: Flags) -> Any:
        """Return the facts by which an event breaks the rule, whatever comes later; None if it does not."""

    @abstractmethod
    def describe_breach(self, facts: Any, event: Event) -> tuple[str, tuple[Label | None, ...]]:
        """Say what was measured, and which events prove it, oldest first; None is the judged one."""

    @abstractmethod
    def next_allowed(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first instant, from `instant` on, at which the rule allows the event, or None.

        INVARIANT: it is `instant` itself exactly where the event there is no breach.
        """

    def next_forbidden(self, state: S | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the first later instant that the rule forbids, where it allows this one; None for never."""
        return None

    @abstractmethod
    def usage(self, state: S | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Say what is measured of an event that breaks or keeps the rule, and how many more it allows."""

    def update_state(self, state: S | None, seen: EventRef, event: Event, flags: Flags) -> S | None:
        """Return the state after an event."""
        return state

    def report(
        self, scope: Scope, event: Event, label: Label, facts: Any, allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach, or about the error that a check raised in place of its facts."""
        if isinstance(facts, Exception):
            return self.failure(scope, event, label, facts)
        return self.finding(scope, event, label, facts, allowed_from)

    def finding(
        self, scope: Scope, event: Event, label: Label, facts: Any, allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach."""
        measured, evidence = self.describe_breach(facts, event)
        return self.make_finding(
            scope,
            event,
            label,
            self.rule.constraint.wording,
            measured,
            evidence=tuple([name_of(label if proof is None else proof) for proof in evidence]),
            allowed_from=allowed_from,
        )
