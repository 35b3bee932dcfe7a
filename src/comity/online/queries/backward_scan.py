"""The memory that one decision needs: a scan of sorted events, backward and only as far as necessary."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from comity.events.census import Signature
from comity.events.event import Event
from comity.events.event_like import check_event
from comity.events.rows import Rows
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.event_dispatch import signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.states.memory import Memory
from comity.online.queries.state_needs import StateNeed, find_state_needs


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
    at, person = proposed.at, proposed.person
    alone: Scope = (person,)
    scopes: list[Scope] = []
    firsts: list[int] = []
    lowest = end
    for _, scopes_of, earliest_relevant, _, _ in needs.readers:
        if scopes_of is not None:
            own = scopes_of(proposed)
            if len(own) > 1:
                return replay(compiled, history, end)
            if not own or type(own[0]) is not tuple:
                # The event is in no scope of the rule, or alone in its scope: no earlier event matters.
                scopes.append(())
                firsts.append(end)
                continue
            scopes.append(own[0])
        else:
            scopes.append(alone)
        earliest = earliest_relevant(at)
        first = 0 if earliest is None else bisect_left(instants, earliest)
        firsts.append(first)
        if first < lowest:
            lowest = first
    found: dict[int, list[Any]] = {}
    unsettled = needs.all
    rows = history if isinstance(history, Rows) else None
    keys = None if rows is None else rows.keys
    known: dict[Any, list[StateNeed]] = needs.known(unsettled) if keys is None else {}
    for place in range(end - 1, lowest - 1, -1):
        if keys is not None:
            key: Any = keys[place]
        else:
            event = history[place]
            key = event.kind, event.channel, event.direction, event.outcome
        try:
            needed = known[key]
        except KeyError:
            signature: Signature = key if rows is None else rows.signature(key)
            needed = known[key] = needs.of(unsettled, signature)
        if not needed:
            continue
        event = history[place]
        seen = (event.at, event.id or event.label or place)
        for number, scan_back, scopes_of, flags, tests in needed:
            if place >= firsts[number]:
                if tests is not None:
                    flags = tuple([test(event, compiled.blank) for test in tests])
                    if True not in flags:
                        continue
                if event.person != person if scopes_of is None else scopes[number] not in scopes_of(event):
                    if type(event.person) is not str:
                        check_event(event)
                    continue
                if number not in found:
                    found[number] = []
                if not scan_back(found[number], seen, event, flags):
                    continue
            unsettled &= ~(1 << number)
            known = needs.known(unsettled) if keys is None else {}
        if not unsettled:
            break
    memory = Memory(compiled.blank.states.copy())
    for number, items in found.items():
        if items:
            state_from_scan, _, _, group, slot = needs.readers[number]
            by_scope, scope = memory.states[group], scopes[number]
            if not by_scope:
                memory.states[group] = by_scope = {scope: compiled.groups[group].new_states()}
            by_scope[scope][slot] = state_from_scan(items)
    return memory


def replay(compiled: CompiledPlan, history: Sequence[Event], end: int) -> Memory:
    """Return the memory of all scopes after the first `end` events of a history."""
    evaluator = Evaluator(compiled, "index")
    for position in range(end):
        evaluator.take(history[position], position)
    return evaluator.memory
