"""Attributes that do not read as declared: counted in a history, doubted in a proposed event."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from comity.events.event import Event
from comity.online.operators.fields import Scope
from comity.online.operators.memory import Memory
from comity.online.operators.operator import Judge
from comity.online.operators.reading import Reading, items, table, text
from comity.online.operators.rule import Ruling, Unreadable
from comity.online.program import Asking, Program, signature_of
from comity.plan import Field, Judgement, Local, Response, Selector
from comity.plan.field_spans import FieldSpan
from comity.plan.unread import describe_unread, fields_of, show_value, weigh
from comity.plan.values import is_unreadable


class Unread:
    """How many values of declared attributes do not read, and one of each."""

    __slots__ = ("by_attribute", "by_rule", "examples", "program")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_attribute: dict[str, int] = {}
        """For `policy/attribute`, how many values do not read."""
        self.by_rule: dict[int, dict[str, int]] = {}
        """For rules by number and attributes that they read, how many values they would have read."""
        self.examples: dict[str, str] = {}
        """For `policy/attribute`, the first of these values in the order of texts."""

    def counts(self) -> UnreadCounts:
        """Give the counts by attribute as they are now, and one value of each."""
        return self.by_attribute.copy(), self.examples.copy()

    def dump(self) -> list[Any]:
        """Write the counts as values that JSON has, rules by their names."""
        rules = self.program.plan.rules
        by_rule = {rules[number].name: dict(counts) for number, counts in sorted(self.by_rule.items())}
        return [self.by_attribute.copy(), by_rule, self.examples.copy()]

    def copied(self) -> Unread:
        """Give counts that go their own way from here on."""
        made = Unread(self.program)
        made.by_attribute, made.examples = self.by_attribute.copy(), self.examples.copy()
        made.by_rule = {number: counts.copy() for number, counts in self.by_rule.items()}
        return made

    def load(self, data: Any, reading: Reading) -> None:
        """Go on from counts that `dump` wrote, as far as they are of these rules; raises SnapshotError."""
        if not items(data, "the counts of what does not read"):
            return
        by_attribute, by_rule, examples = (
            table(part, "the counts of what does not read")
            for part in items(data, "the counts of what does not read", 3)
        )
        for counts in (by_attribute, *(table(each, "a rule's counts") for each in by_rule.values())):
            for count in counts.values():
                reading.number(count, "a count of what does not read", 1, reading.events)
        for example in table(examples, "the examples", frozenset(by_attribute)).values():
            text(example, "an example")
        numbers = {rule.name: number for number, rule in enumerate(self.program.plan.rules)}
        known = {f"{policy}/{field.name}" for policy, field in self.program.plan.typed}
        self.by_attribute = {name: count for name, count in by_attribute.items() if name in known}
        self.examples = {name: shown for name, shown in examples.items() if name in known}
        self.by_rule = {numbers[name]: counts for name, counts in by_rule.items() if name in numbers}

    def take(self, event: Event) -> None:
        """Count an event."""
        attributes = event.attributes
        if not attributes:
            return
        found = [
            (policy, field)
            for policy, field in self.program.plan.typed
            if is_unreadable(attributes.get(field.name), field)
        ]
        if found:
            self._count(event, found)

    def _count(self, event: Event, found: Sequence[tuple[str, Field]]) -> None:
        for policy, field in found:
            name, shown = f"{policy}/{field.name}", show_value(event.attributes[field.name])
            self.by_attribute[name] = self.by_attribute.get(name, 0) + 1
            self.examples[name] = min(self.examples.get(name, shown), shown)
        program, unread = self.program, {field for _, field in found}

        def ask(selector: Selector) -> bool:
            return program.tests([selector])[0](event, program.blank)

        for number, readings in enumerate(program.readings):
            for reading in readings:
                if reading.field in unread and (
                    any(weigh(each, ask, unread) is None for each in reading.asked)
                    or any(weigh(each, ask, unread) is not False for each in reading.dated)
                ):
                    counts = self.by_rule.setdefault(number, {})
                    counts[reading.field.name] = counts.get(reading.field.name, 0) + 1


def count_unread(program: Program, events: Sequence[Event], end: int) -> Unread:
    """Count the first `end` events of a history."""
    unread = Unread(program)
    for place in range(end):
        unread.take(events[place])
    return unread


UnreadCounts = tuple[Mapping[str, int], Mapping[str, str]]
"""By `policy/attribute`, how many values do not read, and one of them."""


def unread_before(program: Program, memory: Memory) -> Callable[[], UnreadCounts] | None:
    """Give what counts the values of a history that do not read; None for none."""
    known = memory.unread
    if not program.plan.typed or known is None:
        return None
    if isinstance(known, Unread):
        return known.counts if known.by_attribute else None
    return lambda: known().counts()


def unreadable_in(program: Program, event: Event) -> dict[str, str]:
    """Give what is written in an event's attributes that do not read as their types."""
    raw = event.attributes
    return {
        f"{policy}/{field.name}": show_value(raw[field.name])[1:-1]
        for policy, field in program.plan.typed
        if field.name in raw and is_unreadable(raw[field.name], field)
    }


def find_doubts(
    program: Program, memory: Memory, proposed: Event, *, of_responses: bool = False
) -> dict[int, Unreadable]:
    """Give the rules, by number, of which nothing can be said, since they hang on what does not read.

    Those about responses are no matter of decisions, for which not all that they need may be remembered.
    """
    unread = {
        field for _, field in program.plan.typed if is_unreadable(proposed.attributes.get(field.name), field)
    }
    if not unread:
        return {}
    doubts = {}
    for ruling in program.rulings:
        if not of_responses and not isinstance(ruling, Judge):
            continue
        fields = _hangs_on(program, memory, ruling, proposed, unread)
        if fields:
            told = [describe_unread(proposed.attributes[each.name], each) for each in fields]
            what = " and ".join(words for words, _ in told)
            would = " and ".join(dict.fromkeys(readable for _, readable in told))
            doubts[ruling.number] = Unreadable(
                f"The rule cannot be judged, since it reads what cannot be read: {what}; readable is {would}."
            )
    return doubts


def _hangs_on(
    program: Program, memory: Memory, ruling: Ruling, proposed: Event, unread: Collection[Field]
) -> list[Field]:
    """List what does not read and decides whether the rule judges the event, or how."""

    def ask(selector: Selector) -> bool:
        return program.tests([selector])[0](proposed, memory)

    judged, *others = program.roles(ruling, signature_of(proposed))
    is_judged = weigh(judged, ask, unread)
    if is_judged is False:
        return []
    found: set[Field] = set()
    if is_judged is None:
        found |= fields_of(judged)
    constraint: Any = ruling.rule.constraint
    match constraint:
        case Local() if weigh(others[0], ask, unread) is None:
            found |= fields_of(others[0])
        case Response(within=FieldSpan(field=name)):
            found |= {field for field in unread if field.name == name}
        case Judgement(fields=names):
            declared = {field for policy, field in program.plan.typed if policy == ruling.rule.policy}
            found |= {field for field in declared if field.name in names}
        case _:
            pass
    return sorted(found & set(unread), key=lambda field: field.name)


def doubted(
    program: Program, doubts: Mapping[int, Unreadable], proposed: Event
) -> Iterator[tuple[Judge[Any], Scope, Unreadable]]:
    """Yield the rules in effect that hang on what does not read, with each scope of the event."""
    for number, doubt in doubts.items():
        judge = program.rulings[number]
        if isinstance(judge, Judge) and judge.is_effective(proposed):
            for scope in judge.scopes(proposed):
                yield judge, scope, doubt


def without(groups: Sequence[Asking], doubts: Mapping[int, Unreadable]) -> list[Asking]:
    """Leave out the rules that hang on what does not read."""
    return [
        (number, scopes_of, [asked for asked in judges if asked[0].number not in doubts])
        for number, scopes_of, judges in groups
    ]
