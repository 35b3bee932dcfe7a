"""The ids of taken events, so that a repeated event is not taken twice."""

from __future__ import annotations

from collections.abc import Iterable

from comity.clock.instants import DAY
from comity.events.event import Event
from comity.events.repeated import Repeated, refuse_unless_ignored
from comity.online.compiled_plan import CompiledPlan
from comity.online.operators.states.snapshot_values import SnapshotReader, items, text
from comity.plan import Span

AT_LEAST = 1_024
"""Evict only if there are more ids than twice those of the last time plus this number: going through all ids
then costs little for each event."""


class KnownIds:
    """Ids with persons and instants, as far back as the longest window with an end, and at least a day."""

    def __init__(self, compiled: CompiledPlan, repeated: Repeated) -> None:
        self.repeated = repeated
        spans = (span for rule in compiled.plan.rules for span in rule.spans())
        self._spans = [span for span in spans if isinstance(span, Span)]
        self._ids: dict[tuple[str, str, int], None] = {}
        self._kept = 0

    def holds(self, event: Event) -> bool:
        """Return whether an event with an id was taken; raises EventError if repeated events are refused."""
        if (event.id, event.person, event.at) not in self._ids:
            return False
        self.refuse(event)
        return True

    def has(self, key: tuple[str, str, int]) -> bool:
        """Return whether an event with this id, person and instant was taken."""
        return key in self._ids

    def refuse(self, event: Event) -> None:
        """Raise EventError for an event that was taken before, if repeated events are refused."""
        refuse_unless_ignored(event, self.repeated)

    def add_all(self, keys: Iterable[tuple[str, str, int]]) -> None:
        """Keep ids with persons and instants."""
        self._ids.update(dict.fromkeys(keys))

    def add(self, event: Event) -> None:
        """Keep the id of an event that has one."""
        assert event.id is not None, "INVARIANT: events without ids are not asked for"
        self._ids[event.id, event.person, event.at] = None

    def evict(self, now: int, *, if_grown: bool = True) -> None:
        """Drop the ids of events that are outside all windows of events from `now` on."""
        if if_grown and len(self._ids) <= 2 * self._kept + AT_LEAST:
            return
        earliest = min([span.earliest_start(now) for span in self._spans], default=now)
        earliest = min(earliest, now - DAY)
        self._ids = {key: None for key in self._ids if key[2] >= earliest}
        self._kept = len(self._ids)

    def dump(self) -> list[object]:
        """Return the ids as JSON values."""
        return [list(key) for key in self._ids]

    def load(self, data: object, reader: SnapshotReader) -> None:
        """Read ids that `dump` wrote; raises SnapshotError for anything else."""
        self._ids = {}
        for each in items(data, "the ids of events"):
            name, person, at = items(each, "the id of an event", 3)
            self._ids[text(name, "an id"), text(person, "a person"), reader.instant(at)] = None
