"""Questions about a history: answered from its index if it has one, else from the events."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

from comity.clock.instants import MAX_INSTANT, UNSURE
from comity.errors import ComityError, UsageError
from comity.events.event import Event
from comity.events.event_like import EventLike, check_event, to_event
from comity.events.history import History
from comity.events.rows import rows_in_order
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.event_dispatch import NOTHING_TO_DO, signature_of
from comity.online.operators.rule import label_of
from comity.online.operators.states.memory import Memory
from comity.online.queries.backward_scan import replay, scan_history_back
from comity.online.queries.history_index import index_of
from comity.online.queries.obligations import obligations
from comity.online.queries.replay import Replay
from comity.online.queries.surroundings import Surroundings
from comity.online.unread import count_unread
from comity.results.obligations import Obligation

_at = attrgetter("at")
T = TypeVar("T")
Ask = Callable[[CompiledPlan, Memory, Event, int, Surroundings | None], T]
"""Answers a question, given the plan, the memory, the event, the number of events, and what is around."""


def with_history(
    compiled: CompiledPlan,
    history: Iterable[EventLike],
    proposed: EventLike,
    answer: Ask[T],
    of_all_rules: bool,
    ignore_later: bool,
) -> T:
    """Return the answer to a question about a proposed event in a history.

    A sequence in time order is not copied; one out of order is sorted first. Without an index, it builds only
    the memory that the rules need which judge the event, unless the question is `of_all_rules`, or there are
    later events that must not be ignored. Raises EventError for an unusable event.
    """
    if not (
        type(proposed) is Event
        and type(at := proposed.at) is int
        and UNSURE <= at <= MAX_INSTANT
        and type(proposed.person) is str
        and proposed.person
        and not proposed.timezone
        and proposed.matter == ()
    ):
        proposed = to_event(proposed)
        at = proposed.at
    try:
        if type(history) is not list and isinstance(history, History):
            with history.lock:
                events = history.events
                index = history.indexes.get(compiled)
                if index is None or index.taken != len(events):
                    index = index_of(compiled, history)
                if events and at < events[-1].at:
                    around = index.around(proposed, len(events))
                    if around is not None:
                        beside = None if ignore_later else around
                        return answer(compiled, around.memory, proposed, len(events), beside)
                return answer(compiled, index.memory, proposed, len(events), None)
        return _answered(compiled, history, proposed, answer, of_all_rules, ignore_later)
    except ComityError:
        raise
    except Exception:
        check_event(proposed)
        raise


def _answered(
    compiled: CompiledPlan,
    history: Iterable[EventLike],
    proposed: Event,
    answer: Ask[T],
    of_all_rules: bool,
    ignore_later: bool,
) -> T:
    events, instants = in_order(history)
    end = len(events)
    if end and instants[-1] > proposed.at:
        end = bisect_right(instants, proposed.at)
        if not ignore_later:
            around = _around(compiled, events, instants, end, proposed)
            if around is not None:
                if compiled.plan.typed:
                    around.memory.unread = partial(count_unread, compiled, events, len(events))
                return answer(compiled, around.memory, proposed, len(events), around)
    if of_all_rules:
        memory = replay(compiled, events, end)
    else:
        memory = scan_history_back(compiled, events, instants, end, proposed)
    if events and compiled.plan.typed:
        memory = compiled.new_memory() if memory is compiled.blank else memory
        memory.unread = partial(count_unread, compiled, events, len(events))
    return answer(compiled, memory, proposed, len(events), None)


def _around(
    compiled: CompiledPlan, events: Sequence[Event], instants: Sequence[int], end: int, proposed: Event
) -> Surroundings | None:
    """Return the place of a proposed event after the first `end` events, None if no later event matters."""
    later = _mattering(compiled, events[end:], range(end, len(events)), proposed)
    first = next(later, None)
    if first is None:
        return None
    operators = [operator for group in compiled.groups for operator in group.operators if operator.remembers]
    earliest_ones = [operator.earliest_relevant(proposed.at) for operator in operators]
    earliest_ones += [lookback.earliest_relevant(proposed.at) for lookback in compiled.looks]
    known = [earliest for earliest in earliest_ones if earliest is not None]
    begin = bisect_left(instants, min(known, default=proposed.at)) if len(known) == len(earliest_ones) else 0
    here = Replay(compiled, None)
    for event, number in _mattering(compiled, events[begin:end], range(begin, end), proposed):
        here.step(event, number)
    return Surroundings(here, _chain(first, later), proposed, label_of(proposed, len(events)))


def _chain(first: tuple[Event, int], others: Iterator[tuple[Event, int]]) -> Iterator[tuple[Event, int]]:
    yield first
    yield from others


def _mattering(
    compiled: CompiledPlan, events: Sequence[Event], places: range, proposed: Event
) -> Iterator[tuple[Event, int]]:
    """Yield the events that play a part in a rule and may matter to a proposed one, with their places."""
    by_person, person = compiled.by_person, proposed.person
    for event, place in zip(events, places, strict=True):
        if by_person and event.person != person:
            if type(event.person) is not str:
                check_event(event)
            continue
        if compiled.dispatch(signature_of(event), "later") is not NOTHING_TO_DO:
            yield event, place


def open_obligations(
    compiled: CompiledPlan, history: Iterable[EventLike], now: int
) -> tuple[Obligation, ...]:
    """Return the responses that are open at an instant; later events do not count."""
    if isinstance(history, History):
        with history.lock:
            if not history.events or history.events[-1].at <= now:
                owing = index_of(compiled, history).owing(history.events, history.numbers)
                return obligations(owing, now)
            events: Sequence[Event] = history.events.copy()
    else:
        events, _ = in_order(history)
    evaluator = Evaluator(compiled, "index")
    for position, event in enumerate(events):
        if event.at <= now:
            evaluator.take(event, position)
    return obligations(evaluator, now)


def in_order(history: Iterable[EventLike]) -> tuple[Sequence[Event], Sequence[int]]:
    """Return events in time order, and their instants; a sequence in order is returned as it is."""
    given: Any = history
    if type(history) is not list and not isinstance(history, Sequence):
        if not isinstance(history, Iterable):
            raise UsageError(f"`{type(history).__name__}` is not a history: a history holds events")
        given = list(history)
    try:
        instants = [event.at for event in given]
        if type(sum(instants)) is int and sorted(instants) == instants:
            if instants and (instants[0] < UNSURE or instants[-1] > MAX_INSTANT):
                for event in given:
                    to_event(event)
            return given, instants
    except (AttributeError, TypeError):
        rows = rows_in_order(given)
        if rows is not None:
            return rows, rows.instants
    events = sorted((to_event(event) for event in given), key=_at)
    return events, [event.at for event in events]
