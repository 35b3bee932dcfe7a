"""Slots: the stretches of time in which a contact is allowed."""

from __future__ import annotations

from typing import Protocol

import attrs

from comity.errors import RuleError, UsageError, shown
from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.operators.operator import Operator
from comity.online.operators.states.memory import Memory
from comity.online.queries.decide import asking, waits_of
from comity.online.queries.search import Failed, Search, first_of
from comity.online.queries.surroundings import Surroundings
from comity.online.unread import find_doubts
from comity.results.slots import Slot


class FindSlots(Protocol):
    """Finds slots for a proposed event, from the memory before it and, perhaps, the events around it."""

    def __call__(
        self,
        compiled: CompiledPlan,
        memory: Memory,
        proposed: Event,
        position: int,
        around: Surroundings | None = None,
    ) -> tuple[Slot, ...]:
        """Return the slots in order."""


def find_slots(n: int, until: int | None) -> FindSlots:
    """Return a function that finds the next n stretches in which no rule of severity `error` is broken.

    It leaves out stretches that begin at `until` or later, and what comes after another rule has come into
    effect. It asks rules in Python only at the beginning of a stretch. It raises RuleError if a rule fails,
    so that nothing is known. Raises UsageError for an n that is not positive.
    """
    if type(n) is not int or n < 1:
        raise UsageError(f"{shown(n)} slots are asked for: the number must be a whole number from 1 on")

    def answer(
        compiled: CompiledPlan,
        memory: Memory,
        proposed: Event,
        position: int,
        around: Surroundings | None = None,
    ) -> tuple[Slot, ...]:
        if around is not None:
            around.see_later()
        if proposed.date_only:
            proposed = attrs.evolve(proposed, date_only=False)
        groups = asking(compiled, memory, proposed)
        refuse_doubts(compiled, memory, proposed)
        waits, comes_into_effect = waits_of(compiled, memory, proposed, groups)
        last = first_of(until, comes_into_effect)
        search = Search(compiled, memory, proposed, waits, around)
        slots: list[Slot] = []
        instant: int | None = proposed.at
        try:
            while instant is not None and len(slots) < n:
                start = search.allowed_from(instant)
                if start is None or (last is not None and start >= last):
                    break
                instant = search.forbidden_from(start)
                slots.append(Slot(start, first_of(instant, comes_into_effect)))
        except Failed as error:
            raise RuleError(str(error)) from error
        return tuple(slots)

    return answer


def refuse_doubts(compiled: CompiledPlan, memory: Memory, proposed: Event) -> None:
    """Raise RuleError if a rule of severity `error` depends on a value that cannot be read."""
    if compiled.plan.typed:
        for number, doubt in find_doubts(compiled, memory, proposed).items():
            bound = compiled.bound_rules[number]
            if isinstance(bound, Operator) and bound.is_error and bound.is_effective(proposed):
                raise RuleError(f"the rule `{bound.rule.name}` is not known to allow anything: {doubt}")
