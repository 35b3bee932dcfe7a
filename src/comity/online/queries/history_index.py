"""The index of a history: the memory at its end, for decisions there, and blocks for decisions before it."""

from __future__ import annotations

from collections.abc import Sequence

from comity.events.census import MOST_SIGNATURES
from comity.events.event import Event
from comity.events.event_like import check_event
from comity.events.history import MOST_INDEXES, History
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.online.event_dispatch import NOTHING_TO_DO, signature_of
from comity.online.operators.rule import label_of
from comity.online.queries.outlook import Outlook, OutlookKey, find_outlook
from comity.online.queries.surroundings import Surroundings
from comity.online.queries.timeline import Timeline

AFRESH = 32
"""An index is rebuilt if more than one in so many events came late: inserting each would take longer."""


class Index:
    """The memory of one compiled plan for a history, and how many of its events it has taken."""

    __slots__ = (
        "_end",
        "_owing",
        "_owing_taken",
        "evaluator",
        "late",
        "memory",
        "outlooks",
        "taken",
        "timelines",
    )

    def __init__(self, compiled: CompiledPlan) -> None:
        self.evaluator = Evaluator(compiled, "remember")
        self.memory = self.evaluator.memory
        self.timelines: dict[str, Timeline] = {}
        """By person; one for all if a rule has scopes of several persons."""
        self.taken = 0
        self.late: list[tuple[Event, int]] = []
        """Late events that are not taken yet, with their numbers: they belong before some that are."""
        self.outlooks: dict[OutlookKey, Outlook] = {}
        """What rules say of contacts at the end of the history, as far as it is known."""
        self._end = 0
        """The instant of the last event that is taken."""
        self._owing: Evaluator | None = None
        self._owing_taken = 0

    def catch_up(self, events: Sequence[Event], numbers: Sequence[int]) -> None:
        """Take the events that were added to the history."""
        evaluator, memory, compiled = self.evaluator, self.memory, self.evaluator.compiled
        self.outlooks.clear()
        for event, number in self.late:
            evaluator.unread.take(event)
            if compiled.dispatch(signature_of(event), "later") is not NOTHING_TO_DO:
                self.timeline(event).insert(compiled, memory, event, number)
        if self.late:
            self.taken += len(self.late)
            self.late.clear()
            self._owing = None
        for place in range(self.taken, len(events)):
            event, number = events[place], numbers[place]
            evaluator.take(event, number)
            if compiled.dispatch(signature_of(event), "later") is not NOTHING_TO_DO:
                self.timeline(event).append(compiled, memory, event, number)
        self.taken = len(events)
        self._end = events[-1].at if events else 0

    def look_out(self, key: OutlookKey, proposed: Event) -> Outlook:
        """Work out what rules say of contacts such as a proposed one at the end of the history."""
        if len(self.outlooks) >= MOST_SIGNATURES:
            self.outlooks.clear()
        check_event(proposed)
        found = self.outlooks[key] = find_outlook(self.evaluator.compiled, self.memory, self._end, proposed)
        return found

    def timeline(self, event: Event) -> Timeline:
        """Return the timeline of an event."""
        key = event.person if self.evaluator.compiled.by_person else ""
        timeline = self.timelines.get(key)
        if timeline is None:
            timeline = self.timelines[key] = Timeline()
        return timeline

    def around(self, proposed: Event, number: int) -> Surroundings | None:
        """Return the place of a proposed event before later ones, None if no later event concerns it."""
        compiled = self.evaluator.compiled
        timeline = self.timelines.get(proposed.person if compiled.by_person else "")
        if timeline is None or timeline.last <= proposed.at:
            return None
        block, place = timeline.place(proposed.at)
        here = timeline.before(compiled, block, place)
        here.memory.unread = self.evaluator.unread
        return Surroundings(here, timeline.after(block, place), proposed, label_of(proposed, number))

    def owing(self, events: Sequence[Event], numbers: Sequence[int]) -> Evaluator:
        """Return the evaluator that knows the open responses after all events; made at the first call."""
        if self._owing is None:
            self._owing, self._owing_taken = Evaluator(self.evaluator.compiled, "index"), 0
        owing = self._owing
        for place in range(self._owing_taken, len(events)):
            owing.take(events[place], numbers[place])
        self._owing_taken = len(events)
        owing.expired.clear()
        owing.found.clear()
        return owing


def index_of(compiled: CompiledPlan, history: History) -> Index:
    """Return the index of a history, with all events taken; the caller holds its lock."""
    index: Index | None = history.indexes.get(compiled)
    if index is not None and len(index.late) * AFRESH > len(history.events):
        del history.indexes[compiled]
        index = None
    if index is None:
        while len(history.indexes) >= MOST_INDEXES:
            del history.indexes[next(iter(history.indexes))]
        index = history.indexes[compiled] = Index(compiled)
    if index.taken < len(history.events):
        try:
            index.catch_up(history.events, history.numbers)
        except BaseException:
            del history.indexes[compiled]
            raise
    return index
