"""Timelines: events that may matter to each other, in blocks, with the memory after each block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import attrs

from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.operators.fields import Scope
from comity.online.operators.states.memory import Memory, ScopeStates
from comity.online.queries.replay import Matter, Replay
from comity.records import frozen

BLOCK = 64
"""How many events fill a block; a block with twice as many is split."""
_at = attrgetter("at")
StateOf = tuple[int, Scope]
"""The number of a group, and a scope; for a `preceded-by`, -1 less its number."""
Marks = dict[StateOf, list[object] | None]
"""The states after a block, for the scopes of its events."""


@frozen
class TimelineBlock:
    """Some events in order, and the states of their scopes after them."""

    events: list[Event]
    numbers: list[int]
    """Their places in the order in which the history got them."""
    marks: Marks
    failed: frozenset[Matter]


class Timeline:
    """The events of one person, or of all persons if a rule has scopes of several.

    Blocks are replaced and never changed, so that a question can continue with the blocks that it began with.
    """

    __slots__ = ("_firsts", "blocks", "events", "numbers")

    def __init__(self) -> None:
        self.blocks: list[TimelineBlock] = []
        self.events: list[Event] = []
        """The latest events, which do not fill a block yet."""
        self.numbers: list[int] = []
        self._firsts: list[int] = []
        """The instants of the first events of the blocks."""

    @property
    def last(self) -> int:
        """The instant of the last event; the timeline must not be empty."""
        return (self.events or self.blocks[-1].events)[-1].at

    def append(self, compiled: CompiledPlan, memory: Memory, event: Event, number: int) -> None:
        """Take the next event; `memory` is the memory after it."""
        self.events.append(event)
        self.numbers.append(number)
        if len(self.events) >= BLOCK:
            self._close(compiled, memory)

    def _close(self, compiled: CompiledPlan, memory: Memory) -> None:
        """Make a block of the latest events."""
        marks = marks_of(compiled, memory, self.events)
        self.blocks.append(TimelineBlock(self.events, self.numbers, marks, frozenset(memory.failed)))
        self._firsts.append(self.events[0].at)
        self.events, self.numbers = [], []

    def place(self, at: int) -> tuple[int, int]:
        """Return the block, and the place in it, after the events up to an instant."""
        number = bisect_right(self._firsts, at)
        if number == len(self.blocks) and self.events and self.events[0].at <= at:
            return number, bisect_right(self.events, at, key=_at)
        number = max(number - 1, 0)
        return number, bisect_right(self._in(number)[0], at, key=_at)

    def _in(self, block: int) -> tuple[list[Event], list[int]]:
        """Return the events of a block and their numbers; after the last block come the latest events."""
        if block == len(self.blocks):
            return self.events, self.numbers
        return self.blocks[block].events, self.blocks[block].numbers

    def before(self, compiled: CompiledPlan, block: int, place: int) -> Replay:
        """Return a replay of the events of a block before a place."""
        replay = Replay(compiled, Marked(compiled, self.blocks[:block]))
        events, numbers = self._in(block)
        for event, number in zip(events[:place], numbers[:place], strict=True):
            replay.step(event, number)
        return replay

    def after(self, block: int, place: int) -> Iterator[tuple[Event, int]]:
        """Return the events from a place on, and their numbers, as they are now."""
        parts = [(one.events, one.numbers) for one in self.blocks[block:]]
        parts.append((self.events.copy(), self.numbers.copy()))
        parts[0] = parts[0][0][place:], parts[0][1][place:]
        return (pair for part in parts for pair in zip(*part, strict=True))

    def insert(self, compiled: CompiledPlan, memory: Memory, event: Event, number: int) -> None:
        """Insert a late event, and correct the marks after it and `memory`.

        That replays the blocks from there on, until the event no longer makes a difference.
        """
        block, place = self.place(event.at)
        events, numbers = self._in(block)
        events = [*events[:place], event, *events[place:]]
        numbers = [*numbers[:place], number, *numbers[place:]]
        if block == len(self.blocks):
            self.events, self.numbers = events, numbers
        else:
            self.blocks[block] = attrs.evolve(self.blocks[block], events=events, numbers=numbers)
            self._firsts[block] = events[0].at
        self._set_right(compiled, memory, block)
        if len(self.events) >= BLOCK:
            self._close(compiled, memory)
        if block < len(self.blocks) and len(self.blocks[block].events) >= 2 * BLOCK:
            self._part(compiled, block)

    def _set_right(self, compiled: CompiledPlan, memory: Memory, first: int) -> None:
        """Renew the marks of the blocks that change, and correct the memory at the end."""
        base = Marked(compiled, self.blocks[:first])
        replay = Replay(compiled, base)
        before: Marks = {}
        unlike: set[StateOf] = set()
        for place in range(first, len(self.blocks) + 1):
            events, numbers = self._in(place)
            for event, number in zip(events, numbers, strict=True):
                for key in keys_of(compiled, event):
                    if key not in before:
                        before[key] = base.mark(key)
                replay.step(event, number)
            if place == len(self.blocks):
                break
            block = self.blocks[place]
            touched = {key for event in events for key in keys_of(compiled, event)}
            before.update(block.marks)
            failed, now = replay.memory.failed, events[-1].at
            marks = marks_of(compiled, replay.memory, events)
            self.blocks[place] = TimelineBlock(events, numbers, marks, block.failed | failed)
            changed = unlike | touched
            unlike = {key for key in changed if not _alike(compiled, replay.memory, key, before[key], now)}
            if not unlike and failed <= block.failed:
                for key, old in before.items():
                    new = _marked(compiled, replay.memory, key)
                    if key[0] >= 0 and new is not None and new != old:
                        self._carry(compiled, memory, place + 1, key, old or [None] * len(new), new)
                return
        replay.give(memory)

    def _carry(
        self,
        compiled: CompiledPlan,
        memory: Memory,
        first: int,
        key: StateOf,
        old: Sequence[object],
        new: Sequence[object],
    ) -> None:
        """Replace old states by new ones that give the same verdicts, but are described in another way.

        It replaces them in the marks from a block on and in `memory`, as far as they are still there.
        """
        number, scope = key
        differing = {slot for slot, state in enumerate(new) if state != old[slot]}
        for place in range(first, len(self.blocks)):
            marks = self.blocks[place].marks
            if key in marks:
                mark = marks[key] or [None] * len(new)
                differing = {slot for slot in differing if mark[slot] == old[slot]}
                if not differing:
                    return
                put = [new[slot] if slot in differing else state for slot, state in enumerate(mark)]
                self.blocks[place] = attrs.evolve(self.blocks[place], marks={**marks, key: put})
        group = compiled.groups[number]
        states = memory.states[number].setdefault(scope, group.new_states())
        now = _marked(compiled, memory, key) or group.new_states()
        for slot in differing:
            if now[slot] == old[slot]:
                states[slot] = None if new[slot] is None else group.operators[slot].resumed(new[slot])

    def _part(self, compiled: CompiledPlan, number: int) -> None:
        """Split a block that has grown."""
        block = self.blocks[number]
        events, numbers = block.events, block.numbers
        replay = self.before(compiled, number, BLOCK)
        marks = marks_of(compiled, replay.memory, events[:BLOCK])
        half = TimelineBlock(events[:BLOCK], numbers[:BLOCK], marks, block.failed)
        rest = attrs.evolve(block, events=events[BLOCK:], numbers=numbers[BLOCK:])
        self.blocks[number : number + 1] = [half, rest]
        self._firsts.insert(number + 1, rest.events[0].at)


class Marked:
    """The memory after some blocks, read from their marks."""

    def __init__(self, compiled: CompiledPlan, blocks: Sequence[TimelineBlock]) -> None:
        self._compiled = compiled
        self._blocks = blocks
        self.failed = blocks[-1].failed if blocks else frozenset()

    def mark(self, key: StateOf) -> list[object] | None:
        """Return the last mark of a scope, None if nothing is remembered."""
        for block in reversed(self._blocks):
            if key in block.marks:
                return block.marks[key]
        return None

    def states_of(self, group: int, scope: Scope) -> ScopeStates | None:
        """Return copies of the states of a scope, None if there is none."""
        mark = self.mark((group, scope))
        return None if mark is None else _resumed(self._compiled, group, mark)

    def seen(self, lookback: int, scope: Scope) -> list[Any]:
        """Return a copy of what a `preceded-by` keeps of a scope."""
        mark: list[Any] | None = self.mark((-1 - lookback, scope))
        return [] if mark is None else mark.copy()


def keys_of(compiled: CompiledPlan, event: Event) -> Iterator[StateOf]:
    """Yield the keys of the scopes of an event."""
    for group in compiled.groups:
        for scope in group.scopes(event):
            if type(scope) is tuple:
                yield group.number, scope
    for lookback in compiled.lookbacks.values():
        for scope in lookback.scopes(event):
            yield -1 - lookback.number, scope


def marks_of(compiled: CompiledPlan, memory: Memory, events: Sequence[Event]) -> Marks:
    """Return the marks of the scopes of some events."""
    marks: Marks = {}
    for event in events:
        for key in keys_of(compiled, event):
            if key not in marks:
                marks[key] = _marked(compiled, memory, key)
    return marks


def _marked(compiled: CompiledPlan, memory: Memory, key: StateOf) -> list[object] | None:
    number, scope = key
    if number < 0:
        seen = memory.lookbacks[-1 - number].get(scope)
        return None if not seen else [*seen]
    states = memory.states[number].get(scope)
    if states is None:
        return None
    pairs = zip(compiled.groups[number].operators, states, strict=True)
    return [None if state is None else operator.marked(state) for operator, state in pairs]


def _resumed(compiled: CompiledPlan, group: int, mark: list[object]) -> ScopeStates:
    pairs = zip(compiled.groups[group].operators, mark, strict=True)
    return [None if state is None else operator.resumed(state) for operator, state in pairs]


def _alike(compiled: CompiledPlan, memory: Memory, key: StateOf, mark: list[Any] | None, now: int) -> bool:
    """Return whether the memory of a scope gives the same verdicts and descriptions as a mark."""
    number, scope = key
    if number < 0:
        lookback = compiled.looks[-1 - number]
        return lookback.alike(memory.lookbacks[-1 - number].get(scope) or [], mark or [], now)
    group = compiled.groups[number]
    states = memory.states[number].get(scope) or group.new_states()
    other = group.new_states() if mark is None else _resumed(compiled, number, mark)
    trios = zip(group.operators, states, other, strict=True)
    return all(operator.alike(one, two, now, exact=True) for operator, one, two in trios)
