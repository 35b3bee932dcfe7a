"""The back end as the engine asks it: one plan, and all questions that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from comity.events import Channels, EventLike
from comity.findings import Decision, Finding, Summary
from comity.online.audit import audit
from comity.online.decide import decide
from comity.online.index import ask
from comity.online.program import Program
from comity.plan import Plan
from comity.sources import Source


class Online:
    """A plan made ready for one event after another; threads share it."""

    def __init__(self, plan: Plan, channels: Channels) -> None:
        self.program = Program(plan, channels)

    def decide(self, history: Iterable[EventLike], proposed: EventLike) -> Decision:
        """Say whether a proposed contact may be made after a history."""
        return ask(self.program, history, proposed, decide)

    def audit(
        self,
        source: Source,
        *,
        as_of: int | None = None,
        since: int | None = None,
        until: int | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> tuple[Summary, list[Finding]]:
        """Judge every event of a source."""
        return audit(self.program, source, as_of=as_of, since=since, until=until, notice=notice)
