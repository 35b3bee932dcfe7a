"""Eviction: dropping the states that cannot matter to any event from an instant on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from comity.online.compiled_plan import Group
from comity.online.evaluator import Evaluator
from comity.online.operators.fields import Scope
from comity.online.operators.states.memory import ScopeStates

NEW = 128
"""Evict some scopes whenever there are so many more than after the last time."""
PART = 32
"""How many scopes are looked at before it is asked whether to go on."""
HELD = 64
"""So many scopes that are still needed are looked at each time, and no more unless most are not needed."""
Remaining = list[tuple[int, Callable[[Any], Any]]]
"""The slots of states, each with the function that returns what is left of one, or None."""


class Eviction:
    """Evicts states step by step, so that no event waits for all scopes to be looked at.

    An evaluator that keeps scopes in the order of use has those first that were not used for the longest
    time. A scope that is still needed goes to the end.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._kept = 0
        self._fresh = 0
        """How many scopes have come since what is kept beside scopes was looked at."""

    def evict_some(self, now: int) -> None:
        """Drop states of the scopes that were not used for the longest time, if enough new ones have come."""
        evaluator, before = self._evaluator, self._count()
        if before < self._kept + NEW:
            return
        for group, by_scope in zip(evaluator.compiled.groups, evaluator.memory.states, strict=True):
            if by_scope:
                _evict_some(by_scope, _longest_first(group, now))
        self._fresh += before - self._kept
        if self._fresh > before:
            # All of it is looked at: that is rare enough to cost little for each event.
            _evict_others(evaluator, now)
            self._fresh = 0
        self._kept = self._count()

    def evict(self, now: int | None) -> int:
        """Drop the states that no rule can need at `now` or later, and return how many scopes are left."""
        evaluator = self._evaluator
        if now is not None:
            for group, by_scope in zip(evaluator.compiled.groups, evaluator.memory.states, strict=True):
                _evict_all(by_scope, _longest_first(group, now))
            _evict_others(evaluator, now)
        self._kept = self._count()
        return self._kept

    def _count(self) -> int:
        memory = self._evaluator.memory
        return sum(map(len, memory.states)) + sum(map(len, memory.lookbacks))


def _longest_first(group: Group, now: int) -> Remaining:
    """Return how to find what is left of the states of a scope, the state that matters longest first."""
    since = [(operator.earliest_relevant(now), slot) for slot, operator in enumerate(group.operators)]
    order = sorted(since, key=lambda each: (each[0] is not None, each[0] or 0))
    return [(slot, group.operators[slot].remaining(now)) for _, slot in order]


def _evict_some(by_scope: dict[Scope, ScopeStates], remaining_of: Remaining) -> None:
    left, held = len(by_scope), 0
    while left > 0:
        part = list(islice(by_scope.items(), PART))
        left -= len(part)
        before = held
        for scope, states in part:
            del by_scope[scope]
            for slot, remaining in remaining_of:
                state = states[slot]
                if state is not None and remaining(state) is not None:
                    by_scope[scope] = states
                    held += 1
                    break
        if held >= HELD and held - before > PART // 2:
            return


def _evict_all(by_scope: dict[Scope, ScopeStates], remaining_of: Remaining) -> None:
    dead = []
    for scope, states in by_scope.items():
        for slot, remaining in remaining_of:
            if states[slot] is not None:
                states[slot] = remaining(states[slot])
        if states.count(None) == len(states):
            dead.append(scope)
    for scope in dead:
        del by_scope[scope]


def _evict_others(evaluator: Evaluator, now: int) -> None:
    """Evict the states of look-backs, and what is kept for deadlines."""
    for deadlines in evaluator.open_responses.values():
        deadlines.evict(now)
    for lookback in evaluator.compiled.lookbacks.values():
        looked_back = evaluator.memory.lookbacks[lookback.number]
        for scope, seen in list(looked_back.items()):
            if not lookback.is_live(seen, now):
                del looked_back[scope]
