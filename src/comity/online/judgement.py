"""Judgement in Python: what a plugin's rule kind says of a scope's events that no operator can."""

from __future__ import annotations

import attrs

from comity.events import Event
from comity.findings import Finding
from comity.online.fields import Scope
from comity.online.runner import Context, Flags, Runner
from comity.plan import ALWAYS, Judgement, PlannedRule, Verdict


class JudgementRunner(Runner):
    """Asks the judgement of each judged event; remembers every event of the scope."""

    def __init__(self, rule: PlannedRule, judgement: Judgement, context: Context) -> None:
        super().__init__(rule, context, ALWAYS)
        self._judgement = judgement
        self._histories: dict[Scope, list[tuple[Event, str]]] = {}

    def _ask(self, scope: Scope, event: Event) -> Verdict | None:
        history = [earlier for earlier, _ in self._histories.get(scope, ())]
        return self._judgement.judge((*history, event))

    def judge(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Give the finding where the judgement has a verdict."""
        verdict = self._ask(scope, event)
        if verdict is None:
            return None
        labels = [*(name for _, name in self._histories.get(scope, ())), label]
        return self.finding(
            scope,
            event,
            label,
            self._judgement.wording,
            verdict.measured,
            evidence=tuple(labels[place] for place in verdict.evidence),
            allowed_from=verdict.allowed_from,
        )

    def remember(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Keep the event."""
        self._histories.setdefault(scope, []).append((event, label))

    def earliest(self, scope: Scope, event: Event, instant: int) -> int | None:
        """Go from verdict to verdict until there is none; one that does not move on is never allowed."""
        while (verdict := self._ask(scope, attrs.evolve(event, at=instant))) is not None:
            if verdict.allowed_from is None or verdict.allowed_from <= instant:
                return None
            instant = verdict.allowed_from
        return instant
