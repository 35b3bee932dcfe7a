"""Asking with a history: from its index where it is one, else from the events themselves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from comity.decisions import Obligation
from comity.errors import ComityError, UsageError
from comity.events import Event, EventLike, check_event, to_event
from comity.history import MOST_INDEXES, History
from comity.instants import MAX_INSTANT, UNSURE
from comity.online.evaluator import Evaluator
from comity.online.gather import gather, replay
from comity.online.memory import Memory
from comity.online.obligations import obligations
from comity.online.program import Program
from comity.online.unread import count_unread

_at = attrgetter("at")


class Index:
    """What one program remembers of a history, and how many of its events it has taken."""

    __slots__ = ("evaluator", "memory", "taken")

    def __init__(self, program: Program) -> None:
        self.evaluator = Evaluator(program, "index")
        self.memory = self.evaluator.memory
        self.taken = 0

    def catch_up(self, events: Sequence[Event]) -> None:
        """Take what was added."""
        evaluator = self.evaluator
        for position in range(self.taken, len(events)):
            evaluator.take(events[position], position)
        self.taken = len(events)
        evaluator.lapsed.clear()
        evaluator.found.clear()


def index_of(program: Program, history: History) -> Index:
    """Give the index of a history that is locked."""
    index: Index | None = history.indexes.get(program)
    if index is None:
        while len(history.indexes) >= MOST_INDEXES:
            del history.indexes[next(iter(history.indexes))]
        index = history.indexes[program] = Index(program)
    if index.taken < len(history.events):
        try:
            index.catch_up(history.events)
        except BaseException:
            del history.indexes[program]
            raise
    return index


T = TypeVar("T")
Ask = Callable[[Program, Memory, Event, int], T]
"""Answers with what is remembered for a proposed event and the number of events before it."""


def ask(
    program: Program,
    history: Iterable[EventLike],
    proposed: EventLike,
    answer: Ask[T],
    *,
    of_all_rules: bool = False,
) -> T:
    """Have a question answered that a proposed event raises after a history.

    Events later than the proposed one are ignored. A sequence of events in order is read where it is, not
    copied; one out of order is put in order first. Without an index only what rules that judge the event
    need is remembered, unless it is asked `of_all_rules`. Raises EventError for an unusable event.
    """
    if not (
        type(proposed) is Event
        and type(proposed.at) is int
        and UNSURE <= proposed.at <= MAX_INSTANT
        and type(proposed.person) is str
        and not proposed.timezone
        and proposed.matter == ()
    ):
        proposed = to_event(proposed)
    try:
        return _answered(program, history, proposed, answer, of_all_rules)
    except ComityError:
        raise
    except Exception:
        check_event(proposed)
        raise


def _answered(
    program: Program,
    history: Iterable[EventLike],
    proposed: Event,
    answer: Ask[T],
    of_all_rules: bool,
) -> T:
    if type(history) is not list and isinstance(history, History):
        with history.lock:
            events: Sequence[Event] = history.events
            if not events or proposed.at >= events[-1].at:
                index = history.indexes.get(program)
                if index is None or index.taken != len(events):
                    index = index_of(program, history)
                return answer(program, index.memory, proposed, len(events))
            events = history.events.copy()
        instants = [event.at for event in events]
    else:
        events, instants = in_order(history)
    end = len(events)
    if end and instants[-1] > proposed.at:
        end = bisect_right(instants, proposed.at)
    if of_all_rules:
        return answer(program, replay(program, events, end), proposed, end)
    memory = gather(program, events, instants, end, proposed)
    if end and program.plan.typed:
        memory.unread = partial(count_unread, program, events, end)
    return answer(program, memory, proposed, end)


def owed(program: Program, history: Iterable[EventLike], now: int) -> tuple[Obligation, ...]:
    """List the responses that are open at an instant, given the events up to it."""
    if isinstance(history, History):
        with history.lock:
            if not history.events or history.events[-1].at <= now:
                return obligations(index_of(program, history).evaluator, now)
            events: Sequence[Event] = history.events.copy()
    else:
        events, _ = in_order(history)
    evaluator = Evaluator(program, "index")
    for position, event in enumerate(events):
        if event.at <= now:
            evaluator.take(event, position)
    return obligations(evaluator, now)


def in_order(history: Iterable[EventLike]) -> tuple[Sequence[Event], list[int]]:
    """Give events in the order of their instants, and the instants; a sequence in order as it is."""
    given: Any = history
    if type(history) is not list and not isinstance(history, Sequence):
        if not isinstance(history, Iterable):
            raise UsageError(f"`{type(history).__name__}` is no history: it holds events")
        given = list(history)
    try:
        instants = [event.at for event in given]
        if type(sum(instants)) is int and sorted(instants) == instants:
            if instants and instants[0] < UNSURE:
                for event in given:
                    to_event(event)
            return given, instants
    except (AttributeError, TypeError):
        pass
    events = sorted((to_event(event) for event in given), key=_at)
    return events, [event.at for event in events]
