"""What a plan needs of the columns: the masks, the fields, and the passes over the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from comity.clock.zones import Zone
from comity.columnar.scan.selector_masks import SelectorMasks
from comity.events.channels.channel import Channels
from comity.events.zone_sources import NO_ZONE_SOURCES
from comity.plan import (
    FieldSpan,
    Plan,
    PlannedRule,
    Selector,
)
from comity.plan.needs.split_keys import split_key
from comity.plan.selectors import FieldTest, any_of, bound, walk
from comity.plan.time.offsets import Offset
from comity.plan.unread import readings_of
from comity.records import frozen

PERSON = ("person",)


@frozen
class PartitionPass:
    """Rules that share one way to partition the log: events with the same key fields stay together."""

    key: tuple[str, ...]
    """The fields whose values split the log; if there are none, the log is one partition."""
    rules: tuple[tuple[int, PlannedRule], ...]
    """The rules with their numbers in the plan."""

    def needed(self) -> Selector:
        """Return a selector of the event alone that holds for all events with a role in a rule."""
        uppers: list[Selector] = []
        for _, rule in self.rules:
            sought = [part for look in rule.lookbacks() for part in look.parts()]
            uppers += [bound(role, upper=True) for role in (*rule.selectors(), *sought)]
        return any_of(*dict.fromkeys(uppers))

    def fields(self) -> tuple[str, ...]:
        """Return the fields of scopes and those whose values are compared, without the person."""
        names = [name for _, rule in self.rules for per in pers_of(rule) for name in per]
        names += [field.name for _, rule in self.rules for field in rule.different()]
        return tuple(name for name in dict.fromkeys(names) if name != "person")


def pers_of(rule: PlannedRule) -> tuple[tuple[str, ...], ...]:
    """Return the fields of each kind of scope that a rule uses."""
    return (rule.per, *(look.per for look in rule.lookbacks()))


def passes_of(plan: Plan) -> tuple[PartitionPass, ...]:
    """Return the rules, grouped by how they partition the log; the pass by person is the first.

    There is always a pass by person, which also counts the persons.
    """
    by_key: dict[tuple[str, ...], list[tuple[int, PlannedRule]]] = {PERSON: []}
    for number, rule in enumerate(plan.rules):
        by_key.setdefault(split_key(rule), []).append((number, rule))
    return tuple(PartitionPass(key, tuple(rules)) for key, rules in by_key.items())


@frozen
class DateSpanField:
    """A column of the instants, in a field of events or so far from those, at which spans end or begin."""

    field: str
    use: Literal["leave", "deadline", "begin"]
    zone: Zone | None
    """The rule's own zone."""
    default_zone: Zone | None
    offset: Offset | None = None


class ColumnPlan:
    """A plan compiled for columns."""

    def __init__(self, plan: Plan, channels: Channels) -> None:
        self.plan = plan
        self.channels = channels
        self.passes = passes_of(plan)
        self.masks = SelectorMasks(channels)
        self.needed = tuple(each.needed() for each in self.passes)
        for rule in plan.rules:
            for role in rule.selectors():
                self.masks.add(role)
        for selector in self.needed:
            self.masks.add(selector)
        self.zoned = plan.reads_zones()
        self.timed = any(rule.constraint.asks_time_of_day() for rule in plan.rules)
        """Whether a rule depends on the time of day of events."""
        self.zone_sources = next(
            (rule.zone_sources for rule in plan.rules if rule.zone_sources), NO_ZONE_SOURCES
        )
        """Resolve the zones of events that have none; the same for all rules."""
        dated = dict.fromkeys(each for rule in plan.rules for each in _dated_of(rule))
        self.dated = {each: f"dated{number}" for number, each in enumerate(dated)}
        """The names of the columns of instants in fields."""
        derived = dict.fromkeys(each for rule in plan.rules for each in rule.constraint.derived())
        self.derived = {each: f"derived{number}" for number, each in enumerate(derived)}
        """The names of the columns of what is worked out once for each distinct value."""
        typed = {policy: [f for of, f in plan.typed if of == policy] for policy, _ in plan.typed}
        self.readings = tuple(readings_of(rule, typed.get(rule.policy, ())) for rule in plan.rules)
        """For each rule, the declared attributes that it reads."""

        self.several = plan.several()
        """The attributes with several texts."""

    def fields(self) -> frozenset[str]:
        """Return the names of the fields and attributes that rules and findings read."""
        names = {"kind", "channel", *self.plan.attributes()}
        if self.zoned:
            names.add("timezone")
        for each in self.passes:
            names.update(each.key)
        for rule in self.plan.rules:
            names.update(name for per in pers_of(rule) for name in per)
            names.update(field.name for field in rule.measured_fields())
            for role in rule.selectors():
                tests = (part for part in walk(role) if isinstance(part, FieldTest))
                names.update(field.name for test in tests for field in test.fields())
        if "medium" in names:
            names.add("channel")
        return frozenset(names)


def _dated_of(rule: PlannedRule) -> Iterator[DateSpanField]:
    for read in rule.constraint.reads():
        if read.ends is not None:
            yield DateSpanField(read.field, read.ends, rule.zone, rule.default_zone, read.offset)
    for look in rule.lookbacks():
        if isinstance(look.span, FieldSpan):
            yield DateSpanField(look.span.field, "leave", None, look.zone, look.span.offset)
