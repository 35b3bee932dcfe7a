"""The clocks of a plan: what of them is arithmetic, and what is a column of the table of stretches."""

from __future__ import annotations

from typing import Literal

import attrs

from comity.clock.zones import Zone, find_zones
from comity.plan import Hours, Span
from comity.plan.plan import Effective
from comity.plan.time.opening import OpenSpan
from comity.records import define, frozen
from comity.sql.refused import CannotCompile

What = Literal["start", "cut", "leave", "due", "hours", "day", "dates"]
"""What stands still in a stretch: the first instant of a look back; the first instant whose deadline has not
passed; when a span leaves an instant; a deadline; whether it is in hours; the local day; whether it is within
dates."""


@frozen
class ZoneReading:
    """In which zones the clocks of a rule are read: its own, else those of the event, else the default."""

    own: Zone | None = None
    default: Zone | None = None

    def zones(self, text: str) -> tuple[Zone, ...]:
        """Return the zones of an event with this text in its field; it is empty if the event has none."""
        if self.own is not None:
            return (self.own,)
        if text:
            return find_zones(text)
        return () if self.default is None else (self.default,)


@frozen
class Clock:
    """One clock of the plan; it is a column of the table of stretches."""

    what: What
    reading: ZoneReading
    of: Span | Hours | tuple[Effective, ...] | None = None

    @property
    def moves(self) -> bool:
        """Whether it moves within a stretch, as fast as time or not at all: so do business hours."""
        return isinstance(self.of, OpenSpan)


@define
class Clocks:
    """The clocks that a statement asks for; each has a name, which is that of its column."""

    names: dict[Clock, str] = attrs.field(factory=dict)

    def start(self, reading: ZoneReading, span: Span, at: str) -> str:
        """Return the first instant that is within a span, looking back from an event at `at`."""
        return f"{at} - {span.count - 1}" if span.clock is None else self.column("start", reading, span)

    def cut(self, reading: ZoneReading, span: Span, at: str) -> str:
        """Return the first instant whose deadline has not passed at an event."""
        return f"{at} - {span.count}" if span.clock is None else self.column("cut", reading, span)

    def leave(self, reading: ZoneReading, span: Span, at: str) -> str:
        """Return the first instant from which a span, looking back, no longer holds an event."""
        return f"{at} + {span.count}" if span.clock is None else self.column("leave", reading, span)

    def due(self, reading: ZoneReading, span: Span, at: str) -> str:
        """Return the last instant of a deadline that runs from an event."""
        return f"{at} + {span.count}" if span.clock is None else self.column("due", reading, span)

    def column(
        self, what: What, reading: ZoneReading, of: Span | Hours | tuple[Effective, ...] | None = None
    ) -> str:
        """Return the name of the column of a clock, in quotes."""
        clock = Clock(what, reading, of)
        if isinstance(of, OpenSpan) and what == "cut" and of.count < 1:
            raise CannotCompile("a deadline of no business hours")
        return f'"{self.names.setdefault(clock, f"{what}_{len(self.names) + 1}")}"'
