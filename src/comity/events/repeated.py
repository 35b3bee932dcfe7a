"""Repeated events: an event with the id, the person and the instant of another event is the same event."""

from __future__ import annotations

from typing import Any, Final, Literal

from comity.clock.instants import format_instant
from comity.errors import EventError, UsageError, one_of, shown
from comity.events.event import Event

Repeated = Literal["refuse", "ignore"]
"""What to do with an event that is known already."""
CHOICES: Final = ("refuse", "ignore")


def read_repeated(given: object) -> Repeated:
    """Read what to do with repeated events; raises UsageError for another choice."""
    if not isinstance(given, str) or given not in CHOICES:
        raise UsageError(f"`repeated` is {shown(given)}: allowed are {one_of(CHOICES)}")
    choice: Any = given
    made: Repeated = choice
    return made


def refuse_unless_ignored(event: Event, repeated: Repeated) -> None:
    """Raise EventError for an event that is known already, unless such events are ignored."""
    if repeated == "refuse":
        raise EventError(
            f"the event `{event.id}` at {format_instant(event.at)} is known already: "
            'with `repeated="ignore"` one that comes again is left out'
        )
