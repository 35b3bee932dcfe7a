"""The signatures that events had so far, each with what rules do with such events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from comity.events.census import MOST_SIGNATURES, Signature
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import EventDispatch, MetEvents, Mode


class MetSignatures:
    """Finds out once for each signature what rules do with its events, and counts these."""

    __slots__ = ("_counted", "_judged", "_limited", "_met", "_mode", "compiled")

    def __init__(self, compiled: CompiledPlan, mode: Mode, *, limited: bool) -> None:
        """Count for a plan; `limited` says that not all events are judged."""
        self.compiled = compiled
        self._mode = mode
        self._limited = limited
        self._judged = [0] * len(compiled.bound_rules)
        self._met: dict[Signature, MetEvents] = {}
        self._counted: Counter[Signature] = Counter()

    def _meet(self, signature: Signature) -> MetEvents:
        """Return the entry for a signature that has no entry yet."""
        if len(self._met) >= MOST_SIGNATURES:
            self._count_met()
        met = self._met[signature] = MetEvents(self.compiled.dispatch(signature, self._mode))
        return met

    def dispatch_of(self, signature: Signature) -> EventDispatch:
        """Return what to do with the events of a signature; raises EventError if it is none."""
        met = self._met.get(signature)
        return self.compiled.dispatch(signature, self._mode) if met is None else met.dispatch

    def signatures(self) -> Mapping[Signature, int]:
        """Return how many events had which signature, without outcomes if no rule uses them.

        If there are more than `MOST_SIGNATURES`, some are missing.
        """
        self._count_met()
        return self._counted

    @property
    def judged(self) -> list[int]:
        """For each rule, how many events it judged, once for each scope."""
        self._count_met()
        return self._judged

    def _count_met(self) -> None:
        asked = self.compiled.plan.asks_outcome()
        if not self._limited:
            for met in self._met.values():
                for _, _, _, visits, _ in met.dispatch.fixed:
                    for visit in visits:
                        if visit.check is not None and not visit.counts:
                            self._judged[visit.operator.number] += met.events
        for (kind, channel, direction, outcome), met in self._met.items():
            if len(self._counted) <= MOST_SIGNATURES:
                self._counted[kind, channel, direction, outcome if asked else None] += met.events
        self._met.clear()
