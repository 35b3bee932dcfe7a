"""Rules whose findings become certain when time has passed: their deadlines, and what is kept until then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.rule import BoundRule, Flags, Label
from comity.online.operators.states.snapshot_values import SnapshotReader
from comity.results.findings import Finding


class Awaited(Protocol):
    """Something that a rule waits for."""

    event: Event
    """The judged event."""
    label: Label
    position: int
    deadline: int


class DeadlineRule(BoundRule, ABC):
    """A rule that judges an event when a deadline has passed; decisions do not wait for it."""

    @abstractmethod
    def state_key(self) -> str:
        """Return a text that is equal for rules that wait for the same."""

    @abstractmethod
    def report(self, open_one: Any, as_of: int | None) -> Finding | None:
        """Return the finding about what is open or expired, pending if its deadline is later than as-of.

        None if the rule does not ask for it yet at as-of.
        """

    def unlisted(self, open_one: Any, as_of: int | None) -> int:
        """Return for how many findings that are not made something expired stands at as-of."""
        return 0

    @abstractmethod
    def due(self, open_one: Any, now: int | None) -> Awaited | None:
        """Return what a response is owed at an instant, with its deadline then; None if there is nothing."""


class OpenDeadlines(Protocol):
    """What one rule waits for, scope by scope."""

    bound: Any
    """The rule."""
    unlisted: int
    """How many findings were not made, since there are too many of their kind."""

    @property
    def next_deadline(self) -> float:
        """Return the first deadline that is still to pass; infinity for none."""

    def take(
        self, scope: Scope, event: Event, label: Label, position: int, flags: Flags, *, judged: bool
    ) -> bool:
        """Take an event, and return whether it is judged in the scope; deadlines before it have passed."""

    def entered(self, as_of: int | None) -> int:
        """Return how many events are judged at as-of of which `take` did not say so."""

    def expire(self, now: int) -> Sequence[Awaited]:
        """Return what is not in time, since its deadline before an instant has passed."""

    def open(self) -> Sequence[Awaited]:
        """List what is open, by deadline."""

    def evict(self, now: int) -> None:
        """Drop what cannot matter to an event at `now` or later."""

    def clear(self) -> None:
        """Forget what is open."""

    def go_on_from(self, other: Any) -> None:
        """Wait for what another one of the same rule waits for, which goes its own way."""

    def dump(self) -> dict[str, Any]:
        """Write the state as values that JSON has."""

    def load(self, data: Any, reader: SnapshotReader) -> None:
        """Read a state that `dump` wrote; raises SnapshotError for anything else."""
