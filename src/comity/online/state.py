"""The state of an evaluation, rule by rule: taken out as JSON values, and put in where it is valid."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from comity.online.evaluator import Evaluator
from comity.online.fields import Scope
from comity.online.gap import GapJudge
from comity.online.judge import Judge
from comity.online.program import preceded_in
from comity.online.response import ResponseRuling
from comity.plan import Count, FieldSpan, Judgement, Past, PlannedRule, Preceded, Response
from comity.plan.fingerprint import fingerprint

T = TypeVar("T")


@attrs.define
class State:
    """What is remembered, as JSON values, by what it depends on."""

    rules: dict[str, Any] = attrs.field(factory=dict)
    """For each memory key of a rule, pairs of scope and state, or what is open."""
    lookbacks: dict[str, Any] = attrs.field(factory=dict)
    failed: list[Any] = attrs.field(factory=list)
    """Pairs of memory key and scope of which what is kept is not whole."""
    reported: list[Any] = attrs.field(factory=list)
    """Pairs of rule and scope on which it was reported that the rule raised."""
    unread: list[Any] = attrs.field(factory=list)
    """Counts of values that do not read, where there are any: by attribute and by rule, and examples."""
    repeated: str = "refuse"
    """What becomes of events that come again."""
    known: list[Any] = attrs.field(factory=list)
    """Ids, persons and instants of events that were taken, as far back as windows reach."""


def memory_key(rule: PlannedRule) -> str | None:
    """Give a text that is equal for rules whose memories are the same, None for a rule without memory."""
    constraint = rule.constraint
    match constraint:
        case Count(counted=counted, restart=restart, window=window, limit=limit):
            kept = limit if window is None else None
            return fingerprint("count", *_scopes(rule), counted, restart, window, kept)
        case Past(lookups=lookups):
            form = "gap" if GapJudge.fits(constraint) else "past"
            dated = any(isinstance(lookup.within, FieldSpan) for lookup in lookups)
            read_in = (rule.zone, rule.default_zone, rule.located) if dated else ()
            return fingerprint(form, *_scopes(rule), lookups, *read_in)
        case Response():
            zones = (rule.zone, rule.default_zone)
            return fingerprint(
                "response", rule.name, *_scopes(rule), rule.judged, constraint, rule.effective, zones
            )
        case Judgement():
            return fingerprint("judgement", rule.name, *_scopes(rule), rule.kind, constraint)
        case _:
            return None


def _scopes(rule: PlannedRule) -> tuple[object, ...]:
    """Give what a rule's scopes depend on."""
    return (rule.per,) if rule.absent == "pool" else (rule.per, rule.absent)


def lookback_key(preceded: Preceded) -> str:
    """Give a text that is equal where the same is remembered for a `preceded-by`."""
    return fingerprint(preceded)


def dump_state(evaluator: Evaluator) -> State:
    """Write what an evaluator remembers; what it shares with others is written once."""
    program, memory = evaluator.program, evaluator.memory
    state = State()
    for ruling in program.rulings:
        key = memory_key(ruling.rule)
        if key is None or key in state.rules:
            continue
        if isinstance(ruling, ResponseRuling):
            state.rules[key] = evaluator.waiting[ruling.number].dump()
        elif isinstance(ruling, Judge):
            group, slot = program.place[ruling.number]
            state.rules[key] = [
                [list(scope), ruling.dump(cell[slot])]
                for scope, cell in in_order(memory.cells[group])
                if cell[slot] is not None
            ]
    for preceded, lookback in program.lookbacks.items():
        seen = memory.lookbacks[lookback.number]
        state.lookbacks[lookback_key(preceded)] = [
            [list(scope), items.copy()] for scope, items in in_order(seen)
        ]
    state.failed = [
        [memory_key(program.rulings[number].rule), list(scope)]
        for number, scope in sorted(memory.failed, key=repr)
    ]
    state.reported = [
        [program.plan.rules[number].name, list(scope)]
        for number, scope in sorted(evaluator.reported, key=repr)
    ]
    state.unread = evaluator.unread.dump() if evaluator.unread.by_attribute else []
    return state


def in_order(states: dict[Scope, T]) -> list[tuple[Scope, T]]:
    """Give states in the order of their scopes, absent values first."""
    return sorted(states.items(), key=lambda item: [(value is not None, value or "") for value in item[0]])


def load_state(evaluator: Evaluator, state: State) -> list[str]:
    """Put in what is valid for the evaluator's rules, and name the rules that need what is not there."""
    program, memory = evaluator.program, evaluator.memory
    lacking: list[str] = []
    failed: dict[str, list[Any]] = {}
    for key, scope in state.failed:
        failed.setdefault(key, []).append(tuple(scope))
    for ruling in program.rulings:
        reported = [tuple(scope) for name, scope in state.reported if name == ruling.rule.name]
        evaluator.reported |= {(ruling.number, scope) for scope in reported}
        key = memory_key(ruling.rule)
        looks = [look for look in preceded_in(ruling) if lookback_key(look) not in state.lookbacks]
        if looks or (key is not None and key not in state.rules):
            lacking.append(ruling.rule.name)
        if key is None or key not in state.rules:
            continue
        memory.failed |= {(ruling.number, scope) for scope in failed.get(key, ())}
        if isinstance(ruling, ResponseRuling):
            evaluator.waiting[ruling.number].clear()
            evaluator.waiting[ruling.number].load(state.rules[key])
            continue
        group, slot = program.place[ruling.number]
        cells = memory.cells[group]
        for cell in cells.values():
            cell[slot] = None
        for scope, written in state.rules[key]:
            cell = cells.setdefault(tuple(scope), program.groups[group].new_cell())
            cell[slot] = ruling.load(written)
    for preceded, lookback in program.lookbacks.items():
        written = state.lookbacks.get(lookback_key(preceded))
        if written is not None:
            seen = memory.lookbacks[lookback.number]
            seen.clear()
            seen.update({tuple(scope): [int(at) for at in items] for scope, items in written})
    return lacking
