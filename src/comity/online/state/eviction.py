"""Eviction: dropping the states that cannot matter to any event from an instant on."""

from __future__ import annotations

from comity.online.evaluator import Evaluator

GROWTH = 4
"""Evict only if there are more scopes than those of the last time, a part of them (one in so many), and
`AT_LEAST`: going through all scopes then costs little for each event."""
AT_LEAST = 512


class Eviction:
    """Evicts states from time to time, so that there are few more scopes than needed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._kept = 0

    def evict_if_grown(self, now: int) -> None:
        """Evict if the number of scopes has grown enough."""
        if self._count() > self._kept + self._kept // GROWTH + AT_LEAST:
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
        kept = [(slot, operator.remaining(now)) for slot, operator in enumerate(group.operators)]
        dead = []
        for scope, states in by_scope.items():
            is_held = False
            for slot, remaining in kept:
                state = states[slot]
                if state is not None:
                    state = states[slot] = remaining(state)
                    if state is not None:
                        is_held = True
            if not is_held:
                dead.append(scope)
        for scope in dead:
            del by_scope[scope]
    for deadlines in evaluator.open_responses.values():
        deadlines.evict(now)
    for lookback in compiled.lookbacks.values():
        looked_back = memory.lookbacks[lookback.number]
        for scope, seen in list(looked_back.items()):
            if not lookback.is_live(seen, now):
                del looked_back[scope]
