"""Gathering what one decision needs from a sorted sequence of events, going back in time only so far."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from comity.events import Event
from comity.online.evaluator import Evaluator
from comity.online.judge import Seen
from comity.online.memory import Memory
from comity.online.program import Program, Sought, signature_of


def gather(
    program: Program, history: Sequence[Event], instants: Sequence[int], end: int, proposed: Event
) -> Memory:
    """Give the memory, of the scopes of a proposed event, after the first `end` events of a history.

    The events are in order, and `instants` are theirs.
    """
    sought = program.sought(signature_of(proposed))
    if sought is None:
        return replay(program, history, end)
    open_scopes = [{scope: list[Seen]() for scope in judge.scopes(proposed)} for judge in sought.judges]
    scopes = [dict(found) for found in open_scopes]
    left = sum(map(len, open_scopes))
    for place in range(end - 1, _first(sought, instants, proposed) - 1, -1):
        if not left:
            break
        event = history[place]
        signature = (event.kind, event.channel, event.direction, event.outcome)
        roles = sought.known.get(signature)
        if roles is None:
            roles = program.seek(sought, signature)
        for number, flags, tests in roles:
            waiting = open_scopes[number]
            if not waiting:
                continue
            judge = sought.judges[number]
            if tests is not None:
                flags = tuple([test(event, _NOTHING) for test in tests])
            if True not in flags[1:]:
                continue
            seen = (event.at, event.id or event.label or place)
            for scope in judge.scopes(event):
                found = waiting.get(scope)
                if found is not None and judge.collect(found, seen, flags):
                    del waiting[scope]
                    left -= 1
    memory = Memory(len(program.groups), len(program.lookbacks))
    for judge, by_scope in zip(sought.judges, scopes, strict=True):
        group, slot = program.place[judge.number]
        cells = memory.cells[group]
        for scope, found in by_scope.items():
            cell = cells.get(scope)
            if cell is None:
                cell = cells[scope] = [None] * len(program.groups[group].judges)
            cell[slot] = judge.collected(found)
    return memory


_NOTHING = Memory(0, 0)


def _first(sought: Sought, instants: Sequence[int], proposed: Event) -> int:
    """Give the place of the first event that can matter."""
    floors = [judge.floor(proposed.at) for judge in sought.judges]
    known = [floor for floor in floors if floor is not None]
    return bisect_left(instants, min(known)) if known and len(known) == len(floors) else 0


def replay(program: Program, history: Sequence[Event], end: int) -> Memory:
    """Give the memory of all scopes after the first `end` events of a history."""
    evaluator = Evaluator(program, "index")
    for position in range(end):
        evaluator.take(history[position], position)
    return evaluator.memory
