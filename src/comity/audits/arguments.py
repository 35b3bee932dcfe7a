"""What callers give to an engine beside events and logs: it is checked before any work is done."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from comity.errors import UsageError, shown
from comity.events.values import Instant, read_at

Later = Literal["count", "ignore"]
"""Whether a decision counts the later events that the proposed one would make break a rule."""


def check_functions(**given: object) -> None:
    """Raise UsageError for an argument that is neither a function nor None."""
    for name, function in given.items():
        if function is not None and not callable(function):
            raise UsageError(f"{name}={shown(function)}: it must be a function")


def check_audit(on_rejected: object, memory: object) -> None:
    """Raise UsageError for another choice of `on_rejected`, and a memory that is not a number of bytes."""
    if not isinstance(on_rejected, str) or on_rejected not in ("report", "raise"):
        raise UsageError(f"on_rejected={shown(on_rejected)}: allowed are `report` and `raise`")
    if memory is not None and not (type(memory) is int and 0 < memory < 1 << 62):
        raise UsageError(f"memory={shown(memory)}: it must be a number of bytes above zero")


def read_limits(**given: Instant | None) -> dict[str, int | None]:
    """Return instants in microseconds, None where one is not given."""
    return {name: None if instant is None else read_at(instant) for name, instant in given.items()}


def ignores_later(later: object) -> bool:
    """Return whether later events are left out; raises UsageError for an unknown choice."""
    if not isinstance(later, str) or later not in ("count", "ignore"):
        raise UsageError(f"`later` is {shown(later)}: allowed are `count` and `ignore`")
    return later == "ignore"


def read_lateness(allowed: object, older_name: object) -> int | None:
    """Return an allowed lateness in microseconds, given by one of its names; None if there is none.

    Raises UsageError if both names are given, and unless it is a timedelta above zero.
    """
    if allowed is not None and older_name is not None:
        raise UsageError(
            "`allowed_lateness` and `lateness`, its older name, are both given: give the first alone"
        )
    lateness = older_name if allowed is None else allowed
    if lateness is None:
        return None
    if not isinstance(lateness, dt.timedelta) or lateness <= dt.timedelta(0):
        raise UsageError(f"`allowed_lateness` is {shown(lateness)}: it must be a timedelta above zero")
    return lateness // dt.timedelta(microseconds=1)
