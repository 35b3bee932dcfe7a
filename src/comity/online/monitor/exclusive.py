"""Exclusive use: one thread at a time, and no use after an interruption left the state incomplete."""

from __future__ import annotations

import threading
from typing import NoReturn

from comity.errors import MisuseError, UsageError

INTERRUPTED = "an event was interrupted while it was taken, so its state is incomplete"


class ExclusiveUse:
    """An object for one thread at a time; a second thread gets a UsageError."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trouble = ""
        """Why the object can no longer be used; empty if it can."""

    def _enter(self) -> None:
        """Begin to use the object; raises UsageError if another thread does, or if nobody can."""
        if self._trouble or not self._lock.acquire(False):
            self._refuse()

    def _refuse(self) -> NoReturn:
        """Raise UsageError that says why the object cannot be used."""
        if self._lock.locked() or not self._trouble:
            raise UsageError("another thread is using this monitor: give each its own, or take turns")
        raise UsageError(f"the monitor cannot be used any more: {self._trouble}")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise MisuseError(
            "a monitor cannot be copied or pickled, because two would continue from one state: "
            "`snapshot` writes the state, and `Engine.restore` makes a monitor of it"
        )

    def _leave(self) -> None:
        """End the use."""
        self._lock.release()
