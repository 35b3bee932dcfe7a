"""What is kept of a scope: how it is written, copied and dropped."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from comity.online.operators.snapshot_values import SnapshotReader, refuse

S = TypeVar("S")
State = Any
"""What an operator keeps of a scope; None where it keeps nothing."""


class StateCodec(Generic[S]):
    """Keeps states of type S beyond the moment: in snapshots, in forks, as long as they matter.

    As it stands it is that of an operator that keeps nothing.
    """

    def state_key(self) -> str | None:
        """Return a text that is equal for rules that keep the same, None for a rule that keeps nothing.

        A snapshot holds states by this key, so that a restored monitor takes what is valid for its rules.
        """
        return None

    def dump(self, state: S) -> Any:
        """Return a state as values that JSON has and that later events do not change."""
        return state

    def load(self, data: Any, reader: SnapshotReader) -> S:
        """Return the state that `dump` wrote; raises SnapshotError for anything else."""
        refuse("what is remembered", data)

    def copied(self, state: S) -> S:
        """Return an independent copy of a state; a state that never changes is its own copy."""
        return state

    def marked(self, state: S) -> Any:
        """Return a mark of a state as it is now, to be resumed from any number of times."""
        return self.copied(state)

    def resumed(self, mark: Any) -> S:
        """Return the state that was marked, to go on from."""
        return self.copied(mark)

    def is_live(self, state: S, now: int) -> bool:
        """Return whether a state can matter to an event that comes at `now` or later."""
        return True

    def alike(self, one: S | None, other: S | None, now: int, *, exact: bool) -> bool:
        """Return whether two states give the same verdicts on all events from `now` on, whatever comes.

        If it is to be `exact`, what is measured of these events must be the same too.
        """
        return one == other
