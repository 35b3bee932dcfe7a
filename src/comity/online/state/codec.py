"""The state of an evaluator, rule by rule: written as JSON values, and read for the rules that it fits."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs

from comity.online.compiled_plan import CompiledPlan, preceded_in
from comity.online.evaluator import Evaluator
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Operator
from comity.online.operators.states.snapshot_values import SnapshotReader, items, refuse, text
from comity.plan import FieldSpan, Preceded
from comity.plan.fingerprint import fingerprint
from comity.records import define

T = TypeVar("T")


@define
class StoredState:
    """The memory of an evaluator as JSON values, by keys that say what it depends on."""

    rules: dict[str, object] = attrs.field(factory=dict)
    """For each state key of a rule: pairs of scope and state, or the open responses."""
    lookbacks: dict[str, object] = attrs.field(factory=dict)
    failed: list[object] = attrs.field(factory=list)
    """Pairs of state key and scope whose state is incomplete."""
    reported: list[object] = attrs.field(factory=list)
    """Pairs of rule and scope for which a finding already says that the rule raised."""
    unread: list[object] = attrs.field(factory=list)
    """Counts of values that cannot be read, if there are any: by attribute and by rule, and examples."""
    repeated: str = "refuse"
    """What happens to repeated events."""
    known: list[object] = attrs.field(factory=list)
    """Ids, persons and instants of taken events, as far back as windows reach."""


def keepers_of(compiled: CompiledPlan) -> list[AnyOperator | DeadlineRule]:
    """List the rules, and beside those that judge decisions alone, what judges at the end for them."""
    keepers: list[AnyOperator | DeadlineRule] = []
    for bound in compiled.bound_rules:
        keepers.append(bound)
        if isinstance(bound, Operator) and bound.at_the_end is not None:
            keepers.append(bound.at_the_end)
    return keepers


def lookback_key(preceded: Preceded) -> str:
    """Return a text that is equal for each `preceded-by` with the same states."""
    return fingerprint(preceded)


def dump_state(evaluator: Evaluator) -> StoredState:
    """Return the memory of an evaluator; rules with the same state key share one entry."""
    compiled, memory = evaluator.compiled, evaluator.memory
    state = StoredState()
    for bound in keepers_of(compiled):
        key = bound.state_key()
        if key is None or key in state.rules:
            continue
        if isinstance(bound, DeadlineRule):
            state.rules[key] = evaluator.open_responses[bound.number].dump()
        else:
            group, slot = compiled.slot_of[bound.number]
            state.rules[key] = [
                [list(scope), bound.dump(states[slot])]
                for scope, states in in_order(memory.states[group])
                if states[slot] is not None
            ]
    for preceded, lookback in compiled.lookbacks.items():
        seen = memory.lookbacks[lookback.number]
        state.lookbacks[lookback_key(preceded)] = [
            [list(scope), instants.copy()] for scope, instants in in_order(seen)
        ]
    state.failed = [
        [compiled.bound_rules[number].state_key(), list(scope)]
        for number, scope in sorted(memory.failed, key=repr)
    ]
    state.reported = [
        [compiled.plan.rules[number].name, list(scope)]
        for number, scope in sorted(evaluator.reported, key=repr)
    ]
    state.unread = evaluator.unread.dump()
    return state


def in_order(states: dict[Scope, T]) -> list[tuple[Scope, T]]:
    """Return states in the order of their scopes; absent values come first."""
    return sorted(states.items(), key=lambda item: [(value is not None, value or "") for value in item[0]])


def needed_keys(compiled: CompiledPlan) -> tuple[set[str], set[str]]:
    """Return the keys of what a compiled plan's rules and its look-backs remember."""
    rules = {bound.state_key() for bound in keepers_of(compiled)} - {None}
    return {key for key in rules if key}, {lookback_key(preceded) for preceded in compiled.lookbacks}


def load_state(evaluator: Evaluator, state: StoredState, reader: SnapshotReader) -> list[str]:
    """Load the states that fit the rules of an evaluator, and return the names of rules that lack theirs.

    Raises SnapshotError for values that no evaluator writes.
    """
    compiled, memory = evaluator.compiled, evaluator.memory
    lacking: list[str] = []
    failed, by_rule = _pairs(state.failed, reader), _pairs(state.reported, reader)
    for bound in keepers_of(compiled):
        reported = by_rule.get(bound.rule.name, ())
        evaluator.reported |= {(bound.number, scope) for scope in reported}
        key = bound.state_key()
        looks = [look for look in preceded_in(bound) if lookback_key(look) not in state.lookbacks]
        if looks or (key is not None and key not in state.rules):
            lacking.append(bound.rule.name)
        if key is None or key not in state.rules:
            continue
        memory.failed |= {(bound.number, scope) for scope in failed.get(key, ())}
        if isinstance(bound, DeadlineRule):
            evaluator.open_responses[bound.number].clear()
            evaluator.open_responses[bound.number].load(state.rules[key], reader)
            continue
        group, slot = compiled.slot_of[bound.number]
        by_scope = memory.states[group]
        for states in by_scope.values():
            states[slot] = None
        for scope, written in _by_scope(state.rules[key], len(bound.rule.per), reader):
            states = by_scope.setdefault(scope, compiled.groups[group].new_states())
            states[slot] = bound.load(written, reader)
    for preceded, lookback in compiled.lookbacks.items():
        written = state.lookbacks.get(lookback_key(preceded))
        if written is not None:
            seen = memory.lookbacks[lookback.number]
            seen.clear()
            for scope, instants in _by_scope(written, len(preceded.per), reader):
                seen[scope] = _read_instants(preceded, instants, reader)
    return list(dict.fromkeys(lacking))


def _pairs(written: object, reader: SnapshotReader) -> dict[str, list[Scope]]:
    """Read pairs of a name and a scope."""
    found: dict[str, list[Scope]] = {}
    for each in items(written, "the rules that failed"):
        name, scope = items(each, "a rule that failed", 2)
        found.setdefault(text(name, "a rule that failed"), []).append(reader.scope(scope, None))
    return found


def _by_scope(written: object, size: int, reader: SnapshotReader) -> list[tuple[Scope, object]]:
    """Read pairs of a scope and its state."""
    pairs = [items(each, "what is remembered of a scope", 2) for each in items(written, "a rule's memory")]
    found = [(reader.scope(scope, size), data) for scope, data in pairs]
    if len({scope for scope, _ in found}) != len(found):
        refuse("a rule's memory, which has a scope twice,", written)
    return found


def _read_instants(preceded: Preceded, written: object, reader: SnapshotReader) -> list[Any]:
    """Read the instants of the events of a `preceded-by`, or the instant at which the last one expires.

    Where different values count, each instant is with its value.
    """
    if isinstance(preceded.span, FieldSpan):
        (leave,) = items(written, "when the last event ends", 1)
        return [reader.later(leave, "when the last event ends")]
    values: list[str | int] = []
    found = []
    for each in items(written, "the instants of events"):
        at: object = each
        if preceded.distinct is not None:
            at, value = items(each, "an instant with its value", 2)
            values.append(reader.different(value, of_days=preceded.distinct.field is None))
        found.append(reader.instant(at))
    if len({*values}) < len(values):
        refuse("different values", written)
    if not 0 < len(found) <= preceded.at_least or found != sorted(found):
        refuse("the instants of events", written)
    return [*zip(found, values, strict=True)] if preceded.distinct is not None else found
