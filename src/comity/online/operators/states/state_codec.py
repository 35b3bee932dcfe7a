"""How the state of a scope is written, copied, compared and dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from comity.online.operators.states.snapshot_values import SnapshotReader, refuse

S = TypeVar("S")
State = Any
"""The state that an operator keeps of a scope; None if it has none."""


class StateCodec(Generic[S]):
    """Writes states of type S to snapshots, copies them for forks, and says how long they matter.

    This base class serves operators that keep no state.
    """

    def state_key(self) -> str | None:
        """Return a text that is equal for rules with the same states, None for a rule without states.

        A snapshot holds states by this key, so that a restored monitor finds those valid for its rules.
        """
        return None

    def dump(self, state: S) -> object:
        """Return a state as JSON values that later events do not change."""
        return state

    def load(self, data: object, reader: SnapshotReader) -> S:
        """Return the state that `dump` wrote; raises SnapshotError for anything else."""
        refuse("what is remembered", data)

    def copied(self, state: S) -> S:
        """Return an independent copy of a state; a state that never changes is its own copy."""
        return state

    def marked(self, state: S) -> object:
        """Return a mark of a state as it is now; `resumed` may use it any number of times."""
        return self.copied(state)

    def resumed(self, mark: Any) -> S:
        """Return a copy of the state that was marked."""
        return self.copied(mark)

    def is_live(self, state: S, now: int) -> bool:
        """Return whether a state can matter to an event at `now` or later."""
        return True

    def remaining(self, now: int) -> Callable[[S], S | None]:
        """Return a function that returns what is left of a state for events at `now` or later, or None.

        It may change the state that it is given.
        """
        return lambda state: state if self.is_live(state, now) else None

    def alike(self, one: S | None, other: S | None, now: int, *, exact: bool) -> bool:
        """Return whether two states give the same verdicts on all events from `now` on.

        With `exact`, what is measured of these events must be the same too.
        """
        return one == other
