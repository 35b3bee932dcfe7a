"""Eviction: dropping the states that cannot matter to any event from an instant on."""

from __future__ import annotations

from comity.online.evaluator import Evaluator

AT_LEAST = 1_024
"""Evict only if there are more scopes than twice those of the last time plus this number: going through all
scopes then costs little for each event."""


class Eviction:
    """Evicts states from time to time, so that there are at most about twice as many scopes as needed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._kept = 0

    def evict_if_grown(self, now: int) -> None:
        """Evict if the number of scopes has grown enough."""
        if self._count() > 2 * self._kept + AT_LEAST:
            self.evict(now)

    def evict(self, now: int | None) -> int:
        """Drop the states that no rule can need at `now` or later, and return how many scopes are left."""
        if now is not None:
            _evict(self._evaluator, now)
        self._kept = self._count()
        return self._kept

    def _count(self) -> int:
        memory = self._evaluator.memory
        return sum(map(len, memory.states)) + sum(map(len, memory.lookbacks))


def _evict(evaluator: Evaluator, now: int) -> None:
    compiled, memory = evaluator.compiled, evaluator.memory
    for group, by_scope in zip(compiled.groups, memory.states, strict=True):
        for scope, states in list(by_scope.items()):
            for slot, operator in enumerate(group.operators):
                if states[slot] is not None and not operator.is_live(states[slot], now):
                    states[slot] = None
            if states.count(None) == len(states):
                del by_scope[scope]
    for deadlines in evaluator.open_responses.values():
        deadlines.evict(now)
    for lookback in compiled.lookbacks.values():
        looked_back = memory.lookbacks[lookback.number]
        for scope, seen in list(looked_back.items()):
            if not lookback.is_live(seen, now):
                del looked_back[scope]
