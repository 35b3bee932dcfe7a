"""Forks: an evaluator that continues from another one without changing it."""

from __future__ import annotations

from collections.abc import Iterable

from comity.events.event import Event
from comity.online.evaluator import Evaluator


def fork_whole(base: Evaluator) -> Evaluator:
    """Return an independent copy of an evaluator."""
    compiled = base.compiled
    ahead = Evaluator(compiled)
    for group, below, by_scope in zip(compiled.groups, base.memory.states, ahead.memory.states, strict=True):
        for scope, states in below.items():
            by_scope[scope] = [
                None if state is None else operator.copied(state)
                for operator, state in zip(group.operators, states, strict=True)
            ]
    for number, responses in base.open_responses.items():
        ahead.open_responses[number].go_on_from(responses)
    for kept, seen in zip(ahead.memory.lookbacks, base.memory.lookbacks, strict=True):
        kept.update({scope: instants.copy() for scope, instants in seen.items()})
    ahead.memory.failed = base.memory.failed.copy()
    ahead.reported = base.reported.copy()
    return ahead


def fork(base: Evaluator, events: Iterable[Event]) -> Evaluator:
    """Return an independent copy of an evaluator, with only the scopes of some events."""
    compiled = base.compiled
    ahead = Evaluator(compiled)
    for event in events:
        for group in compiled.groups:
            below, by_scope = base.memory.states[group.number], ahead.memory.states[group.number]
            for scope in group.scopes(event):
                states = below.get(scope)
                if states is not None and scope not in by_scope:
                    by_scope[scope] = [
                        None if state is None else operator.copied(state)
                        for operator, state in zip(group.operators, states, strict=True)
                    ]
        for lookback in compiled.lookbacks.values():
            number = lookback.number
            for scope in lookback.scopes(event):
                seen = base.memory.lookbacks[number].get(scope)
                if seen is not None and scope not in ahead.memory.lookbacks[number]:
                    ahead.memory.lookbacks[number][scope] = seen.copy()
    ahead.memory.failed = base.memory.failed.copy()
    ahead.reported = base.reported.copy()
    return ahead
