"""Attributes that cannot be read as declared: counted in a history, a doubt in a proposed event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from comity.events.event import Event
from comity.online.compiled_plan import CompiledPlan
from comity.online.event_dispatch import GroupCall, signature_of
from comity.online.operators.fields import Scope
from comity.online.operators.operator import AnyOperator, Operator
from comity.online.operators.rule import BoundRule, Unreadable
from comity.online.operators.states.memory import Memory
from comity.online.operators.states.snapshot_values import SnapshotReader, items, table, text
from comity.plan import Field, Selector
from comity.plan.unread import attributes_in, describe_unread, joined_text, show_value, weigh
from comity.plan.unread_counts import UnreadCounts
from comity.plan.values import is_unreadable


class UnreadCounter(UnreadCounts):
    """Counts the values that cannot be read event by event, as a plan declares attributes."""

    __slots__ = ("compiled",)

    def __init__(self, compiled: CompiledPlan) -> None:
        super().__init__()
        self.compiled = compiled

    def dump(self) -> list[object]:
        """Return the counts as JSON values, with rules by name; nothing if there are none."""
        if not self.by_attribute and not self.joined:
            return []
        rules = self.compiled.plan.rules
        by_rule = {rules[number].name: dict(counts) for number, counts in sorted(self.by_rule.items())}
        joined = {name: list(found) for name, found in self.joined.items()}
        return [self.by_attribute.copy(), by_rule, self.examples.copy(), joined]

    def copied(self) -> UnreadCounter:
        """Return an independent copy."""
        made = UnreadCounter(self.compiled)
        made.add(self)
        return made

    def load(self, data: object, reader: SnapshotReader) -> None:
        """Continue from counts that `dump` wrote, for the rules of this plan; raises SnapshotError."""
        if not items(data, "the counts of what does not read"):
            return
        attributes, rules, examples, joined = (
            table(part, "the counts of what does not read")
            for part in items(data, "the counts of what does not read", 4)
        )

        def counts(data: object) -> dict[str, int]:
            return {
                name: reader.number(count, "a count of what does not read", 1, reader.events)
                for name, count in table(data, "a rule's counts").items()
            }

        by_attribute = counts(attributes)
        by_rule = {name: counts(each) for name, each in rules.items()}
        shown = {
            name: text(example, "an example")
            for name, example in table(examples, "the examples", frozenset(attributes)).items()
        }
        numbers = {rule.name: number for number, rule in enumerate(self.compiled.plan.rules)}
        known = {f"{policy}/{field.name}" for policy, field in self.compiled.plan.typed}
        self.by_attribute = {name: count for name, count in by_attribute.items() if name in known}
        self.examples = {name: example for name, example in shown.items() if name in known}
        self.by_rule = {numbers[name]: each for name, each in by_rule.items() if name in numbers}
        for name, pair in joined.items():
            count, example = items(pair, "a count of texts that are not parted", 2)
            number = reader.number(count, "a count of texts that are not parted", 1, reader.events)
            if name in known:
                self.joined[name] = number, text(example, "an example")

    def take(self, event: Event) -> None:
        """Count an event."""
        attributes = event.attributes
        if not attributes:
            return
        found = [
            (policy, field)
            for policy, field in self.compiled.plan.typed
            if is_unreadable(attributes.get(field.name), field)
        ]
        if found:
            self._count(event, found)
        for name, shown in joined_in(self.compiled, event):
            self.count_joined(name, shown)

    def _count(self, event: Event, found: Sequence[tuple[str, Field]]) -> None:
        for policy, field in found:
            self.count(f"{policy}/{field.name}", show_value(event.attributes[field.name]))
        compiled, unread = self.compiled, {field for _, field in found}

        def ask(selector: Selector) -> bool:
            return compiled.tests([selector])[0](event, compiled.blank)

        for number, readings in enumerate(compiled.readings):
            for reading in readings:
                if reading.field in unread and (
                    any(weigh(each, ask, unread) is None for each in reading.asked)
                    or any(weigh(each, ask, unread) is not False for each in reading.dated)
                ):
                    self.count_for(number, reading.field.name)


def count_unread(compiled: CompiledPlan, events: Sequence[Event], end: int) -> UnreadCounter:
    """Count the first `end` events of a history."""
    unread = UnreadCounter(compiled)
    for place in range(end):
        unread.take(events[place])
    return unread


def unread_before(compiled: CompiledPlan, memory: Memory) -> Callable[[], UnreadCounts] | None:
    """Return a function that counts the unreadable values of a history, None if there are none."""
    known = memory.unread
    if not compiled.plan.typed or known is None:
        return None
    if isinstance(known, UnreadCounts):
        return known.copied if known.by_attribute or known.joined else None
    return known


def unreadable_in(compiled: CompiledPlan, event: Event) -> dict[str, str]:
    """Return, for `policy/attribute`, the values of an event that cannot be read."""
    raw = event.attributes
    return {
        f"{policy}/{field.name}": show_value(raw[field.name])[1:-1]
        for policy, field in compiled.plan.typed
        if field.name in raw and is_unreadable(raw[field.name], field)
    }


def joined_in(compiled: CompiledPlan, event: Event) -> Iterator[tuple[str, str]]:
    """Yield, with `policy/attribute`, the values of an event that are one text and seem to join several."""
    for policy, field, whole in compiled.several:
        shown = joined_text(event.attributes.get(field.name), whole)
        if shown is not None:
            yield f"{policy}/{field.name}", shown


def find_doubts(
    compiled: CompiledPlan, memory: Memory, proposed: Event, *, of_responses: bool = False
) -> dict[int, Unreadable]:
    """Return the rules, by number, whose verdict depends on a value that cannot be read.

    Rules about responses are left out unless `of_responses`: decisions do not judge by them, and the memory
    may not hold what they need.
    """
    unread = {
        field for _, field in compiled.plan.typed if is_unreadable(proposed.attributes.get(field.name), field)
    }
    if not unread:
        return {}
    doubts = {}
    for bound in compiled.bound_rules:
        if not of_responses and not isinstance(bound, Operator):
            continue
        fields = _hangs_on(compiled, memory, bound, proposed, unread)
        if fields:
            told = [describe_unread(proposed.attributes[each.name], each) for each in fields]
            what = " and ".join(words for words, _ in told)
            would = " and ".join(dict.fromkeys(readable for _, readable in told))
            doubts[bound.number] = Unreadable(
                f"The rule cannot be judged, because it needs a value that cannot be read: {what}; "
                f"allowed is {would}."
            )
    return doubts


def _hangs_on(
    compiled: CompiledPlan, memory: Memory, bound: BoundRule, proposed: Event, unread: Collection[Field]
) -> list[Field]:
    """Return the unreadable attributes that decide whether the rule judges the event, or how."""

    def ask(selector: Selector) -> bool:
        return compiled.tests([selector])[0](proposed, memory)

    signature = signature_of(proposed)
    (judged,) = compiled.simplified((bound.rule.judged,), signature)
    is_judged = weigh(judged, ask, unread)
    if is_judged is False:
        return []
    found: set[Field] = set()
    if is_judged is None:
        found |= attributes_in(judged)
    constraint = bound.rule.constraint
    for test in compiled.simplified(constraint.tests_of_judged(), signature):
        if weigh(test, ask, unread) is None:
            found |= attributes_in(test)
    read = {each.field for each in constraint.reads() if each.events is None}
    declared = {field for policy, field in compiled.plan.typed if policy == bound.rule.policy}
    found |= {field for field in declared if field.name in read}
    return sorted(found & set(unread), key=lambda field: field.name)


def doubted(
    compiled: CompiledPlan, doubts: Mapping[int, Unreadable], proposed: Event
) -> Iterator[tuple[AnyOperator, Scope, Unreadable]]:
    """Yield the doubted rules that are in effect, with each scope of the event."""
    for number, doubt in doubts.items():
        operator = compiled.bound_rules[number]
        if isinstance(operator, Operator) and operator.is_effective(proposed):
            for scope in operator.scopes(proposed):
                yield operator, scope, doubt


def without(groups: Sequence[GroupCall], doubts: Mapping[int, Unreadable]) -> list[GroupCall]:
    """Return the groups without the doubted rules."""
    return [
        (number, scopes_of, [asked for asked in operators if asked[0].number not in doubts])
        for number, scopes_of, operators in groups
    ]
