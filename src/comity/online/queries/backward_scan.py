"""Gathering what one decision needs from a sorted sequence of events, going back in time only so far."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from comity.events.event import Event, check_event
from comity.online.evaluator import Evaluator
from comity.online.operators.memory import Memory
from comity.online.operators.rule import Seen
from comity.online.program import Program, signature_of
from comity.online.queries.state_needs import find_sought


def gather(
    program: Program, history: Sequence[Event], instants: Sequence[int], end: int, proposed: Event
) -> Memory:
    """Give the memory, of the scope of a proposed event, after the first `end` events of a history.

    The events are in order, and `instants` are theirs. The memory is to be read only.
    """
    if not end:
        return program.blank
    sought = find_sought(program, signature_of(proposed))
    if sought is None:
        return replay(program, history, end)
    scopes = [judge.scopes(proposed) for judge in sought.judges]
    firsts = []
    for judge, own in zip(sought.judges, scopes, strict=True):
        if len(own) > 1:
            return replay(program, history, end)
        if not own or type(own[0]) is not tuple:
            # The event is in no scope of the rule, or alone in it: no earlier one matters.
            firsts.append(end)
            continue
        floor = judge.floor(proposed.at)
        firsts.append(0 if floor is None else bisect_left(instants, floor))
    found: list[list[Seen]] = [[] for _ in firsts]
    unsettled = sought.all
    known = sought.known(unsettled)
    for place in range(end - 1, min(firsts, default=end) - 1, -1):
        event = history[place]
        signature = (event.kind, event.channel, event.direction, event.outcome)
        seeking = known.get(signature)
        if seeking is None:
            seeking = sought.seek(unsettled, signature)
        for number, judge, scopes_of, flags, tests in seeking:
            if place >= firsts[number]:
                if tests is not None:
                    flags = tuple([test(event, program.blank) for test in tests])
                    if True not in flags:
                        continue
                if type(event.person) is not str:
                    check_event(event)
                if scopes[number][0] not in scopes_of(event):
                    continue
                seen = (event.at, event.id or event.label or place)
                if not judge.collect(found[number], seen, flags):
                    continue
            unsettled &= ~(1 << number)
            known = sought.known(unsettled)
        if not unsettled:
            break
    memory = Memory(program.blank.cells.copy())
    for judge, own, items in zip(sought.judges, scopes, found, strict=True):
        if items:
            group, slot = program.place[judge.number]
            cells = memory.cells[group]
            if not cells:
                memory.cells[group] = cells = {own[0]: program.groups[group].new_cell()}
            cells[own[0]][slot] = judge.collected(items)
    return memory


def replay(program: Program, history: Sequence[Event], end: int) -> Memory:
    """Give the memory of all scopes after the first `end` events of a history."""
    evaluator = Evaluator(program, "index")
    for position in range(end):
        evaluator.take(history[position], position)
    return evaluator.memory
