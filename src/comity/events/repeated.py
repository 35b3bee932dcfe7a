"""Events that are given twice: one with the id, the person and the instant of another is that event again."""

from __future__ import annotations

from typing import Any, Final, Literal

from comity.clock.instants import format_instant
from comity.errors import EventError, UsageError, one_of, shown
from comity.events.event import Event

Repeated = Literal["refuse", "ignore"]
"""What becomes of an event that is known already."""
CHOICES: Final = ("refuse", "ignore")


def read_repeated(given: Any) -> Repeated:
    """Read what becomes of repeated events; raises UsageError."""
    if not isinstance(given, str) or given not in CHOICES:
        raise UsageError(f"`repeated` is {shown(given)}: allowed are {one_of(CHOICES)}")
    choice: Any = given
    made: Repeated = choice
    return made


def refuse_unless_ignored(event: Event, repeated: Repeated) -> None:
    """Raise EventError for an event that is known already, unless such ones are ignored."""
    if repeated == "refuse":
        raise EventError(
            f"the event `{event.id}` at {format_instant(event.at)} is known already: "
            'with `repeated="ignore"` one that comes again is left out'
        )
