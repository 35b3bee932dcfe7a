"""Checks in Python: rules of plugins that no other operator can judge."""

from __future__ import annotations

import attrs

from comity.errors import EventError, error_text, passes, shown
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.operator import Operator
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.states.memory import write_event
from comity.online.operators.states.snapshot_values import SnapshotReader, items
from comity.plan import PlannedRule, PythonCheck, Verdict
from comity.plan.fingerprint import fingerprint

PastEvents = list[tuple[Event, Label]]
"""The events of a scope, with their labels in findings."""


class JudgementError(Exception):
    """A check in Python raised what it must not raise, or returned what is not a verdict.

    Findings show this name.
    """


def _is_odd(verdict: Verdict, events: int) -> bool:
    """Return whether a verdict has values of other types, or places at which there is no event."""
    places, later = verdict.evidence, verdict.allowed_from
    return (
        type(verdict.measured) is not str
        or type(places) is not tuple
        or not all(type(place) is int and 0 <= place < events for place in places)
        or not (later is None or type(later) is int)
    )


class PythonOperator(Operator[PastEvents, tuple[Verdict, list[Label | None]]]):
    """Calls the check in Python for each judged event; remembers every event of the scope."""

    fires_on_empty_state = True
    can_scan_back = False

    def __init__(self, number: int, rule: PlannedRule, python_check: PythonCheck, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._python_check = python_check

    def _ask(self, state: PastEvents | None, event: Event) -> Verdict | None:
        history = (*[earlier for earlier, _ in state or ()], event)
        try:
            verdict: object = self._python_check.judge(history)
        except BaseException as error:
            if passes(error) or (isinstance(error, Exception) and not isinstance(error, EventError)):
                raise
            # An exit is a failure of the rule; so is an EventError, which would look like one of the log.
            raise JudgementError(error_text(error)) from error
        if verdict is not None and (not isinstance(verdict, Verdict) or _is_odd(verdict, len(history))):
            raise JudgementError(
                f"its check returned {shown(verdict)}, which is not a verdict on {len(history)} events"
            )
        given: Verdict | None = verdict
        return given

    def check(
        self, state: PastEvents | None, event: Event, flags: Flags
    ) -> tuple[Verdict, list[Label | None]] | None:
        """Return the verdict, if there is one, and the labels of its evidence."""
        verdict = self._ask(state, event)
        if verdict is None:
            return None
        labels = [*(label for _, label in state or ()), None]
        return verdict, [labels[place] for place in verdict.evidence]

    def describe_breach(
        self, facts: tuple[Verdict, list[Label | None]], event: Event
    ) -> tuple[str, tuple[Label | None, ...]]:
        """Return what the verdict measured, and its evidence."""
        return facts[0].measured, tuple(facts[1])

    def usage(self, state: PastEvents | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Return what the verdict measured, if there is one."""
        verdict = self._ask(state, event)
        return "nothing against it" if verdict is None else verdict.measured, None

    def next_allowed(self, state: PastEvents | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Follow the verdicts until there is none; None if a verdict names no later instant."""
        while (verdict := self._ask(state, attrs.evolve(event, at=instant))) is not None:
            if verdict.allowed_from is None or verdict.allowed_from <= instant:
                return None
            instant = verdict.allowed_from
        return instant

    def update_state(
        self, state: PastEvents | None, seen: EventRef, event: Event, flags: Flags
    ) -> PastEvents:
        """Keep the event."""
        known = [] if state is None else state
        known.append((event, seen[1]))
        return known

    def copied(self, state: PastEvents) -> PastEvents:
        """Copy the list."""
        return state.copy()

    def marked(self, state: PastEvents) -> tuple[PastEvents, int]:
        """Return the list and its length now: later events only make it longer."""
        return state, len(state)

    def resumed(self, mark: tuple[PastEvents, int]) -> PastEvents:
        """Return a copy of the list up to the marked length."""
        state, length = mark
        return state[:length]

    def state_key(self) -> str:
        """Return a text of the rule and its check."""
        return fingerprint("judgement", self.rule.name, *self.scope_key(), self.rule.kind, self._python_check)

    def dump(self, state: PastEvents) -> object:
        """Write the events."""
        return [[write_event(event), label] for event, label in state]

    def load(self, data: object, reader: SnapshotReader) -> PastEvents:
        """Read the events."""
        pairs = [items(pair, "a remembered event", 2) for pair in items(data, "the events of a scope")]
        known = [(reader.event(fields), reader.label(label)) for fields, label in pairs]
        reader.sees([[event.at, label] for event, label in known])
        return known
