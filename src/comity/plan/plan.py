"""A plan: rules lowered to constraints, with everything that back ends need to judge them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import attrs

from comity.clock.zone_names import fixed_in
from comity.clock.zones import Zone
from comity.events.zone_sources import NO_ZONE_SOURCES, ZoneSources
from comity.plan.constraints import Constraint
from comity.plan.selectors import CompareFields, Field, FieldTest, Node, OneOf, Preceded, Selector, walk
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.records import frozen

Severity = Literal["error", "warning", "info"]
Absent = Literal["pool", "alone", "skip"]
"""What happens to an event that lacks a value of a `per` field of a rule.

`pool`: it shares a scope with the other events that lack it. `alone`: it is alone in its scope. `skip`: it is
in no scope.
"""


@frozen
class Effective:
    """Local days (0 is 1970-01-01) from which and through which events are judged, both inclusive."""

    start: int | None = None
    through: int | None = None


@frozen
class Role:
    """A selector as the rule has it, and its key there: `after`, `any[0].event`."""

    key: str
    selector: Selector


@frozen
class PlannedRule(Node):
    """One requirement: which events are judged, in which scopes, by which operator."""

    policy: str
    id: str
    kind: str
    severity: Severity
    judged: Selector
    constraint: Constraint
    per: tuple[str, ...]
    zone: Zone | None = None
    """The zone of the rule, which replaces the zones of events."""
    default_zone: Zone | None = None
    """The zone of events that have none."""
    effective: tuple[Effective, ...] = ()
    zone_sources: ZoneSources = NO_ZONE_SOURCES
    """Find zones of events that have none, before the default applies."""
    plugin: str = attrs.field(default="", eq=False)
    """The plugin of the kind, empty for a built-in kind."""
    absent: Absent = "pool"
    contact: Selector | None = attrs.field(default=None, eq=False)
    """The events that would be judged without exemptions; None if these are the judged ones."""
    roles: tuple[Role, ...] = attrs.field(default=(), eq=False)
    """The selectors as the rule has them."""

    @property
    def located(self) -> ZoneSources:
        """The same as `zone_sources`: its older name."""
        return self.zone_sources

    @property
    def name(self) -> str:
        """The rule as reports name it, `policy/rule`."""
        return f"{self.policy}/{self.id}"

    def in_effect(self) -> Effective:
        """Return the dates that all of `effective` allow."""
        starts = [each.start for each in self.effective if each.start is not None]
        ends = [each.through for each in self.effective if each.through is not None]
        return Effective(max(starts, default=None), min(ends, default=None))

    def selectors(self) -> tuple[Selector, ...]:
        """Return the selectors of the roles of the rule; the first one selects the judged events."""
        return (self.judged, *(role for role in self.constraint.roles() if role is not None))

    def reads_zone(self) -> bool:
        """Return whether the rule depends on the zone of an event."""
        if self.constraint.asks_time_of_day() or self.constraint.asks_local_day():
            return True
        if any(look.distinct is not None and look.distinct.field is None for look in self.lookbacks()):
            return True
        local = any(isinstance(span, FieldSpan) or span.clock is not None for span in self.spans())
        return local or bool(self.effective) or self._compares_instants()

    def _compares_instants(self) -> bool:
        """Return whether an instant in a field is compared, which may be a local time."""
        parts = (part for selector in self.selectors() for part in walk(selector))
        return any(isinstance(part, CompareFields) and part.field.type == "instant" for part in parts)

    def lookbacks(self) -> tuple[Preceded, ...]:
        """Return each `preceded-by` in the selectors of the rule once."""
        parts = (part for selector in self.selectors() for part in walk(selector))
        return tuple(dict.fromkeys(part for part in parts if isinstance(part, Preceded)))

    def spans(self) -> tuple[Span | FieldSpan, ...]:
        """Return the spans of the constraint and of each `preceded-by`."""
        looks = (look.span for look in self.lookbacks())
        return (*self.constraint.spans(), *(span for span in looks if span is not None))

    def different(self) -> tuple[Field, ...]:
        """Return the fields whose different values the constraint and each `preceded-by` count."""
        looks = (look.distinct for look in self.lookbacks() if look.distinct is not None)
        counted = (each.field for each in (*self.constraint.different(), *looks))
        return tuple(dict.fromkeys(field for field in counted if field is not None))

    def reads_one_value(self) -> frozenset[str]:
        """Return the names of the fields and attributes of which the rule reads one value."""
        pers = (self.per, *(look.per for look in self.lookbacks()))
        names = {name for per in pers for name in per}
        tests = (part for each in self.selectors() for part in walk(each) if isinstance(part, FieldTest))
        tested = (field for test in tests for field in test.fields())
        names.update(field.name for field in (*tested, *self.measured_fields()) if field.type != "texts")
        names.update(span.field for span in self.spans() if isinstance(span, FieldSpan))
        if not self.constraint.in_python:
            names.update(read.field for read in self.constraint.reads())
        return frozenset(names)

    def measured_fields(self) -> tuple[Field, ...]:
        """Return the fields and attributes whose values are compared, beside what selectors test."""
        return tuple(dict.fromkeys((*self.constraint.measured_fields(), *self.different())))


@frozen
class Plan:
    """Rules in the order of policies and ids, and the attributes that their policies declare."""

    rules: tuple[PlannedRule, ...] = ()
    policies: tuple[str, ...] = ()
    typed: tuple[tuple[str, Field], ...] = ()
    """Policy and attribute, for those declared as another type than text."""
    states: tuple[tuple[str, str, Selector], ...] = attrs.field(default=(), eq=False)
    """Policy, name and what is looked back for, of the states that have names."""

    def reads_zones(self) -> bool:
        """Return whether a rule depends on the zone of an event."""
        return any(rule.reads_zone() for rule in self.rules)

    def fixed_zones(self, counted: Mapping[str, int]) -> Mapping[str, int]:
        """Return the counts of zones without summer time; those of rules and policies are added as 0."""
        zones = [zone for rule in self.rules for zone in (rule.zone, rule.default_zone)]
        names = [name for zone in zones if zone is not None for name in fixed_in(zone.name)]
        return dict(sorted({**dict.fromkeys(names, 0), **counted}.items()))

    def attributes(self) -> frozenset[str]:
        """Return the names of the attributes that rules read, including those for zone sources."""
        names = {field.name for _, field in self.typed}
        for rule in self.rules:
            names.update(rule.zone_sources.attributes)
        return self.asked() | names

    def asked(self) -> frozenset[str]:
        """Return the names of the attributes and scope fields that the rules themselves read."""
        names: set[str] = set()
        for rule in self.rules:
            names.update(rule.per)
            names.update(read.field for read in rule.constraint.reads())
            names.update(field.name for field in rule.measured_fields() if field.attribute)
            names.update(span.field for span in rule.spans() if isinstance(span, FieldSpan))
            for selector in rule.selectors():
                names.update(_attributes(selector))
        return frozenset(names)

    def several(self) -> tuple[tuple[str, Field, frozenset[object]], ...]:
        """Return the attributes with several texts, each with its policy and the texts that rules ask for."""
        asked: dict[Field, set[object]] = {}
        for test in (part for rule in self.rules for each in rule.selectors() for part in walk(each)):
            if isinstance(test, OneOf) and test.field.type == "texts":
                asked.setdefault(test.field, set()).update(test.values)
        return tuple(
            (policy, field, frozenset(asked.get(field, ())))
            for policy, field in self.typed
            if field.type == "texts"
        )

    def fields(self) -> frozenset[str]:
        """Return the names of the fields of every event that rules or reports read."""
        return frozenset(
            {"person", "kind", "channel"} | {name for rule in self.rules for name in _names(rule)}
        )

    def identities(self) -> tuple[str, ...]:
        """Return which of `actor` and `matter` the rules read."""
        names = {name for rule in self.rules for name in _names(rule)}
        return tuple(name for name in ("actor", "matter") if name in names)

    def asks_outcome(self) -> bool:
        """Return whether a rule tests the outcome of events."""
        if any(Field("outcome") in rule.measured_fields() for rule in self.rules):
            return True
        parts = (part for rule in self.rules for role in rule.selectors() for part in walk(role))
        return any(isinstance(part, FieldTest) and Field("outcome") in part.fields() for part in parts)


def _names(rule: PlannedRule) -> Iterator[str]:
    """Yield the fields of every event that a rule reads, and the names that make its scopes."""
    yield from rule.per
    for field in rule.measured_fields():
        if not field.attribute:
            yield field.name
    for selector in rule.selectors():
        for part in walk(selector):
            match part:
                case FieldTest():
                    yield from (field.name for field in part.fields() if not field.attribute)
                case Preceded(per=per):
                    yield from per
                case _:
                    pass


def _attributes(selector: Selector) -> Iterator[str]:
    for part in walk(selector):
        match part:
            case FieldTest():
                yield from (field.name for field in part.fields() if field.attribute)
            case Preceded(per=per):
                yield from per
            case _:
                pass
