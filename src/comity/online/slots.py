"""Slots: the stretches of time in which a contact is allowed, given what is remembered."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from comity.decisions import Slot
from comity.errors import RuleError, UsageError
from comity.events import Event
from comity.online.decide import Failed, Wait, asking, settle
from comity.online.judge import Judge
from comity.online.memory import Memory
from comity.online.program import Program
from comity.online.unread import find_doubts


def find_slots(n: int, until: int | None) -> Callable[[Program, Memory, Event, int], tuple[Slot, ...]]:
    """Give what answers with the next n stretches in which no rule of severity `error` is broken.

    Stretches that begin at `until` or later are left out, and so is what comes after a further rule has come
    into effect. A rule that is judged in Python is asked at the beginning of a stretch only. Raises
    UsageError for an n that is not positive, RuleError where a rule fails, so that nothing is known.
    """
    if type(n) is not int or n < 1:
        raise UsageError(f"{n!r} slots are asked for: it is a whole number from 1 on")

    def answer(program: Program, memory: Memory, proposed: Event, position: int) -> tuple[Slot, ...]:
        if proposed.date_only:
            proposed = attrs.evolve(proposed, date_only=False)
        waits, comes_into_effect = _waits(program, memory, proposed)
        last = _first(until, comes_into_effect)
        slots: list[Slot] = []
        instant: int | None = proposed.at
        try:
            while instant is not None and len(slots) < n:
                start = settle(waits, proposed, instant)
                if start is None or (last is not None and start >= last):
                    break
                instant = _first(
                    *(judge.ends(state, proposed, start, flags) for judge, _, state, flags in waits)
                )
                slots.append(Slot(start, _first(instant, comes_into_effect)))
        except Failed as error:
            raise RuleError(str(error)) from error
        return tuple(slots)

    return answer


def _first(*instants: int | None) -> int | None:
    """Give the first of the instants that there are."""
    return min((instant for instant in instants if instant is not None), default=None)


def _waits(program: Program, memory: Memory, proposed: Event) -> tuple[list[Wait], int | None]:
    """List the rules of severity `error` that judge the event, and when another one comes into effect."""
    found: list[Wait] = []
    next_effect: int | None = None
    if program.plan.typed:
        for number, doubt in find_doubts(program, memory, proposed).items():
            ruling = program.rulings[number]
            if isinstance(ruling, Judge) and ruling.grave and ruling.is_effective(proposed):
                raise RuleError(f"the rule `{ruling.rule.name}` is not known to allow anything: {doubt}")
    for _, scopes_of, judges in asking(program, memory, proposed):
        for scope in scopes_of(proposed):
            for judge, _, _, _, always, grave, flags in judges:
                if not grave:
                    continue
                if not always and not judge.is_effective(proposed):
                    next_effect = _first(next_effect, judge.comes_into_effect(proposed))
                    continue
                if (judge.number, scope) in memory.failed:
                    raise RuleError(f"the rule `{judge.rule.name}` failed to keep an earlier event")
                found.append((judge, scope, program.state_of(judge, scope, memory), flags))
    return found, next_effect
