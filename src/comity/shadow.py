"""Shadow mode: one engine decides, and another one is asked too, to see where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from comity.clock.instants import format_instant
from comity.engine import Engine
from comity.events.event import Event
from comity.events.event_like import EventLike, to_event
from comity.events.history import History
from comity.records import frozen
from comity.results.decisions import Decision


@frozen
class Difference:
    """A contact on which two engines differ."""

    proposed: Event
    current: Decision
    candidate: Decision | Exception
    """What the candidate decides, or what it raises."""

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as values that JSON has."""
        other = self.candidate
        said = other.to_dict() if isinstance(other, Decision) else f"{type(other).__name__}: {other}"
        return {
            "proposed": {
                "person": self.proposed.person,
                "at": format_instant(self.proposed.at),
                "kind": self.proposed.kind,
                "channel": self.proposed.channel,
                "id": self.proposed.id,
            },
            "current": self.current.to_dict(),
            "candidate": said,
        }


class Shadow:
    """Decides with the current engine, asks the candidate too, and reports where they differ.

    They differ if outcomes, next allowed instants or broken rules differ. Whatever the candidate does, the
    decision is that of the current engine.
    """

    def __init__(self, current: Engine, candidate: Engine, report: Callable[[Difference], object]) -> None:
        """Take the engine that decides, the one to try, and the function to call with each difference."""
        self.current = current
        self.candidate = candidate
        self._report = report
        self.decided = 0
        """The number of decisions."""
        self.differed = 0
        """The number of decisions in which the candidate differed or failed."""

    def decide(self, history: Iterable[EventLike], proposed: EventLike) -> Decision:
        """Return the current engine's decision; raises what the current engine or the report raises."""
        event = to_event(proposed)
        known = history if isinstance(history, list | tuple | History) else list(history)
        decision = self.current.decide(known, event)
        other: Decision | Exception
        try:
            other = self.candidate.decide(known, event)
            differs = _essence(other) != _essence(decision)
        except Exception as error:
            other, differs = error, True
        self.decided += 1
        if differs:
            self.differed += 1
            self._report(Difference(event, decision, other))
        return decision


def _essence(decision: Decision) -> object:
    broken = {(finding.rule, finding.severity, finding.scope) for finding in decision.findings}
    return decision.outcome, decision.next_allowed, broken
