"""What the operator share keeps of a scope: the parts and the whole, up to an event, or of whole periods."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Protocol

import attrs

from comity.records import define, frozen


class LaterEvents(Protocol):
    """The events after a proposed one."""

    def next_at(self) -> int | None:
        """Return the instant of the next event that is not read; None for none."""

    def read(self, until: int) -> None:
        """Read the events up to an instant."""


@define
class ShareState:
    """The instants of the parts and of the whole in a window, each in order."""

    parts: list[int] = attrs.field(factory=list)
    wholes: list[int] = attrs.field(factory=list)
    is_record: bool = False
    """Whether it keeps what has left the window, since a state of whole periods reads it."""

    def latest(self) -> int:
        """Return the instant of the latest event."""
        return max(self.parts[-1:] + self.wholes[-1:])

    def since(self, first: int) -> tuple[list[int], list[int]]:
        """Return the instants from one on."""
        return self.parts[bisect_left(self.parts, first) :], self.wholes[bisect_left(self.wholes, first) :]

    def copied(self) -> ShareState:
        """Return an independent copy."""
        return ShareState(self.parts.copy(), self.wholes.copy())


@frozen
class PutShare:
    """A proposed event among the parts and the whole."""

    at: int
    is_part: bool
    is_whole: bool
    period: tuple[int, int] | None
    """The period that it is judged for; None if the rule does not judge it."""


@define
class WholePeriods(ShareState):
    """The parts and the whole of all periods around a proposed event, with what comes later in them.

    Events are judged as an audit does it: of the parts in a period, the last one.
    """

    later: LaterEvents = attrs.field(kw_only=True)
    passed: int = attrs.field(kw_only=True)
    """How many of the parts come before the next event that is judged or remembered."""
    is_judged: bool = attrs.field(kw_only=True)
    """Whether the rule judges the proposed event."""
    replays: bool = False
    """Whether the events that it is asked about are among those it reads: all but the proposed one are."""
    put: PutShare | None = None
    """The proposed event, where the period is asked about as it is with it."""

    def copied(self) -> WholePeriods:
        """Return a copy for the events that come later; what it reads is the same."""
        return attrs.evolve(self, replays=True)

    def counts(self, start: int, end: int) -> tuple[int, int]:
        """Count the parts and the whole from an instant until another, both inclusive."""
        self.later.read(end)
        parts, wholes = [
            bisect_right(known, end) - bisect_left(known, start) for known in (self.parts, self.wholes)
        ]
        put = self.put
        if put is not None and start <= put.at <= end:
            parts, wholes = parts + put.is_part, wholes + put.is_whole
        return parts, wholes

    def is_last_part(self, end: int) -> bool:
        """Return whether the part that follows those that have passed is the last one up to an instant."""
        self.later.read(end)
        return bisect_right(self.parts, end) == self.passed + 1

    def following(self, end: int) -> int | None:
        """Return the instant of the first part or whole after an instant; None for none."""
        while True:
            found = [
                known[place]
                for known in (self.parts, self.wholes)
                if (place := bisect_right(known, end)) < len(known)
            ]
            at = self.later.next_at()
            if found or at is None:
                return min(found, default=None)
            self.later.read(at)
