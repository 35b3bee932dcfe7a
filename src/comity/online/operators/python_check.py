"""Checks in Python: what a plugin's rule kind says of a scope's events that no operator can."""

from __future__ import annotations

from typing import Any

import attrs

from comity.errors import EventError, passes, shown, told
from comity.events.channels import Channels
from comity.events.event import Event
from comity.online.operators.memory import write_event
from comity.online.operators.operator import Operator
from comity.online.operators.rule import EventRef, Flags, Label
from comity.online.operators.snapshot_values import SnapshotReader, items
from comity.plan import PlannedRule, PythonCheck, Verdict
from comity.plan.fingerprint import fingerprint

Known = list[tuple[Event, Label]]
"""The events of a scope, with what findings call them."""


class JudgementError(Exception):
    """A judgement did what none may do."""


def _is_odd(verdict: Verdict, events: int) -> bool:
    """Return whether a verdict holds what none can: other types, or places where there is no event."""
    places, later = verdict.evidence, verdict.allowed_from
    return (
        type(verdict.measured) is not str
        or type(places) is not tuple
        or not all(type(place) is int and 0 <= place < events for place in places)
        or not (later is None or type(later) is int)
    )


class PythonOperator(Operator[Known]):
    """Asks the check in Python of each judged event; remembers every event of the scope."""

    fires_on_empty_state = True
    can_scan_back = False

    def __init__(self, number: int, rule: PlannedRule, python_check: PythonCheck, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._python_check = python_check

    def _ask(self, state: Known | None, event: Event) -> Verdict | None:
        history = (*[earlier for earlier, _ in state or ()], event)
        try:
            verdict: Any = self._python_check.judge(history)
        except BaseException as error:
            if passes(error) or (isinstance(error, Exception) and not isinstance(error, EventError)):
                raise
            # An exit, and an error that would be taken for one of the log's, are failures of the rule.
            raise JudgementError(told(error)) from error
        if verdict is not None and (not isinstance(verdict, Verdict) or _is_odd(verdict, len(history))):
            raise JudgementError(
                f"its judgement gave {shown(verdict)}, which is no verdict on {len(history)} events"
            )
        given: Verdict | None = verdict
        return given

    def check(
        self, state: Known | None, event: Event, flags: Flags
    ) -> tuple[Verdict, list[Label | None]] | None:
        """Return the verdict where the judgement has one, and what to call its evidence."""
        verdict = self._ask(state, event)
        if verdict is None:
            return None
        labels = [*(label for _, label in state or ()), None]
        return verdict, [labels[place] for place in verdict.evidence]

    def describe_breach(
        self, facts: tuple[Verdict, list[Label | None]], event: Event
    ) -> tuple[str, tuple[Label | None, ...]]:
        """Repeat the verdict."""
        return facts[0].measured, tuple(facts[1])

    def usage(self, state: Known | None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Repeat the verdict, if there is one."""
        verdict = self._ask(state, event)
        return "nothing against it" if verdict is None else verdict.measured, None

    def next_allowed(self, state: Known | None, event: Event, instant: int, flags: Flags) -> int | None:
        """Go from verdict to verdict until there is none; one that does not move on is never allowed."""
        while (verdict := self._ask(state, attrs.evolve(event, at=instant))) is not None:
            if verdict.allowed_from is None or verdict.allowed_from <= instant:
                return None
            instant = verdict.allowed_from
        return instant

    def update_state(self, state: Known | None, seen: EventRef, event: Event, flags: Flags) -> Known:
        """Keep the event."""
        known = [] if state is None else state
        known.append((event, seen[1]))
        return known

    def copied(self, state: Known) -> Known:
        """Copy the list."""
        return state.copy()

    def marked(self, state: Known) -> tuple[Known, int]:
        """Keep how long the list is: it is lengthened only."""
        return state, len(state)

    def resumed(self, mark: tuple[Known, int]) -> Known:
        """Copy the list as far as it went."""
        state, length = mark
        return state[:length]

    def state_key(self) -> str:
        """Return a text of the rule and its check."""
        return fingerprint("judgement", self.rule.name, *self.scope_key(), self.rule.kind, self._python_check)

    def dump(self, state: Known) -> Any:
        """Write the events."""
        return [[write_event(event), label] for event, label in state]

    def load(self, data: Any, reader: SnapshotReader) -> Known:
        """Read the events."""
        pairs = [items(pair, "a remembered event", 2) for pair in items(data, "the events of a scope")]
        known = [(reader.event(fields), reader.label(label)) for fields, label in pairs]
        reader.sees([[event.at, label] for event, label in known])
        return known
