"""One thread at a time, and no going on from a state that is not whole."""

from __future__ import annotations

import threading
from typing import NoReturn

from comity.errors import MisuseError, UsageError

INTERRUPTED = "an event was interrupted while it was taken, so that the state is not whole"


class ExclusiveUse:
    """What is used by one thread at a time; a second one gets a UsageError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trouble = ""
        """Why it cannot be used any more."""

    def _enter(self) -> None:
        """Begin a turn; raises UsageError where another thread has it, or no turn can be had any more."""
        if self._trouble or not self._lock.acquire(False):
            self._refuse()

    def _refuse(self) -> NoReturn:
        """Raise UsageError, saying why there is no turn."""
        if self._lock.locked() or not self._trouble:
            raise UsageError("another thread is using this monitor: give each its own, or take turns")
        raise UsageError(f"the monitor cannot be used any more: {self._trouble}")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise MisuseError(
            "a monitor is not copied or pickled, since two would go on from one state: "
            "`snapshot` writes the state, and `Engine.restore` makes a monitor of it"
        )

    def _leave(self) -> None:
        """End the turn."""
        self._lock.release()
