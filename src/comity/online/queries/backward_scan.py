"""The memory that one decision needs: a scan of sorted events, backward and only as far as necessary."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from comity.events.event import Event
from comity.events.event_like import check_event
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.event_dispatch import signature_of
from comity.online.operators.states.memory import Memory
from comity.online.queries.state_needs import find_state_needs


def scan_history_back(
    compiled: CompiledPlan, history: Sequence[Event], instants: Sequence[int], end: int, proposed: Event
) -> Memory:
    """Return the memory of the scopes of a proposed event after the first `end` events of a history.

    The events are in time order, and `instants` are their instants. Do not change the memory.
    """
    if not end:
        return compiled.blank
    needs = find_state_needs(compiled, signature_of(proposed))
    if needs is None:
        return replay(compiled, history, end)
    scopes = [operator.scopes(proposed) for operator in needs.operators]
    firsts = []
    for operator, own in zip(needs.operators, scopes, strict=True):
        if len(own) > 1:
            return replay(compiled, history, end)
        if not own or type(own[0]) is not tuple:
            # The event is in no scope of the rule, or alone in its scope: no earlier event matters.
            firsts.append(end)
            continue
        earliest = operator.earliest_relevant(proposed.at)
        firsts.append(0 if earliest is None else bisect_left(instants, earliest))
    found: list[list[Any]] = [[] for _ in firsts]
    unsettled = needs.all
    known = needs.known(unsettled)
    for place in range(end - 1, min(firsts, default=end) - 1, -1):
        event = history[place]
        signature = (event.kind, event.channel, event.direction, event.outcome)
        needed = known.get(signature)
        if needed is None:
            needed = needs.work_out(unsettled, signature)
        for number, operator, scopes_of, flags, tests in needed:
            if place >= firsts[number]:
                if tests is not None:
                    flags = tuple([test(event, compiled.blank) for test in tests])
                    if True not in flags:
                        continue
                if type(event.person) is not str:
                    check_event(event)
                if scopes[number][0] not in scopes_of(event):
                    continue
                seen = (event.at, event.id or event.label or place)
                if not operator.scan_back(found[number], seen, event, flags):
                    continue
            unsettled &= ~(1 << number)
            known = needs.known(unsettled)
        if not unsettled:
            break
    memory = Memory(compiled.blank.states.copy())
    for operator, own, items in zip(needs.operators, scopes, found, strict=True):
        if items:
            group, slot = compiled.slot_of[operator.number]
            by_scope = memory.states[group]
            if not by_scope:
                memory.states[group] = by_scope = {own[0]: compiled.groups[group].new_states()}
            by_scope[own[0]][slot] = operator.state_from_scan(items)
    return memory


def replay(compiled: CompiledPlan, history: Sequence[Event], end: int) -> Memory:
    """Return the memory of all scopes after the first `end` events of a history."""
    evaluator = Evaluator(compiled, "index")
    for position in range(end):
        evaluator.take(history[position], position)
    return evaluator.memory
