"""Lowering: from a policy's words to the operators of a plan, with every fault of meaning at once."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

from comity.documents import Fault, Path, place_faults, written
from comity.errors import PolicyError, one_of, suggest
from comity.events import DIRECTIONS, FIELDS, FOLDED, MEDIA, Channels, fold
from comity.instants import date_to_day, datetime_to_micros
from comity.plan import AnyOf as AnySelector
from comity.plan import Calendar, Field, Plan, PlannedRule, Preceded, Selector, Span, all_of
from comity.plan.calendars import WEEKDAYS, check_country
from comity.plan.plan import Effective
from comity.plan.selectors import Compare, Exists, FieldType, Like, Not, OneOf, Operator
from comity.plan.spans import SpanError, parse_span
from comity.policy.model import EffectiveDates, Locate, Lowered, NamedSelector, Policy, Rule, Settings
from comity.policy.written import PrecededBy, SelectorRef, Test, Value
from comity.zones import find_zone

DEFAULT_PER = ("person",)
_FIELD_TYPES: dict[str, FieldType] = {name: "instant" if name == "at" else "text" for name in FIELDS}
_CLOSED = {"direction": DIRECTIONS, "medium": MEDIA}
"""Fields that have only these values."""


def lower_policy(policy: Policy, channels: Channels) -> Plan:
    """Lower a policy's enabled rules, in the order of their ids; raises PolicyError with every fault."""
    lowering = Lowering(policy, channels)
    rules = lowering.rules()
    if lowering.faults:
        locate: Locate = policy.locate or (lambda path: (_NO_DOCUMENT, path))
        raise PolicyError(place_faults(lowering.faults, locate))
    typed = tuple(
        (policy.id, field) for field in lowering.fields.values() if field.type in ("number", "boolean")
    )
    return Plan(tuple(rules), (policy.id,), typed)


def check_policy(
    policy: Policy,
    channels: Channels,
    broken: frozenset[Path],
    loose: Iterable[tuple[Path, NamedSelector]] = (),
) -> list[Fault]:
    """Give every fault of meaning, leaving aside what refers to tables that are broken already.

    `loose` are selectors of rules that are broken elsewhere.
    """
    lowering = Lowering(policy, channels, broken)
    lowering.rules()
    for path, named in loose:
        lowering.selector(named.selector, path, named.settings or policy.settings)
    return lowering.faults


class _NoDocument:
    """Stands in for the file of a policy that was built in Python."""

    def place(self, path: Path, *, of_key: bool = False) -> Any:
        from comity.errors import Place

        return Place("<policy>")


_NO_DOCUMENT: Any = _NoDocument()


class Lowering:
    """One policy on its way to a plan: its selectors, calendars and the faults found."""

    def __init__(self, policy: Policy, channels: Channels, broken: frozenset[Path] = frozenset()) -> None:
        self.policy = policy
        self.channels = channels
        self.faults: list[Fault] = []
        self._broken = broken
        self._selectors: dict[str, Selector | None] = {}
        self._open: list[str] = []
        self._calendars: dict[str, Calendar | None] = {}
        self.fields = self._fields()

    def fault(self, code: str, message: str, path: Path, help: str = "", of_key: bool = False) -> None:
        """Note a fault once."""
        if not any(f.path == path and f.message == message for f in self.faults):
            self.faults.append(Fault(code, message, *path, help=help, of_key=of_key))

    def rules(self) -> list[PlannedRule]:
        """Lower every table; rules that are switched off are checked but left out."""
        self._check_settings()
        for name in self.policy.calendars:
            self.calendar(name, ("calendars", name))
        for name in self.policy.events:
            self.named(name, ("events", name))
        planned = []
        for rule_id in sorted(self.policy.rules):
            rule = self.policy.rules[rule_id]
            lowered = RuleContext(self, rule_id, rule).planned()
            if lowered is not None and rule.common.enabled:
                planned.append(lowered)
        return planned

    def _fields(self) -> dict[str, Field]:
        fields = {n: Field(n, t, attribute=True) for n, t in self.policy.attributes.items()}
        for rule_id, rule in self.policy.rules.items():
            for name, kind in rule.body.declares().items():
                if name in FIELDS:
                    self.fault(
                        "bad-value",
                        f"`{name}` is a field of every event, not an attribute",
                        ("rules", rule_id, "field"),
                    )
                    continue
                if fields.setdefault(name, Field(name, kind, attribute=True)).type != kind:
                    self.fault(
                        "wrong-type",
                        f"`{name}` is declared as {fields[name].type}, and this rule reads it as {kind}",
                        ("rules", rule_id, "kind"),
                    )
        return fields

    def _check_settings(self) -> None:
        meta = self.policy.meta
        if meta.calendar is not None:
            self.calendar(meta.calendar, ("policy", "calendar"))
        if meta.effective is not None and meta.timezone is None and not self.policy.rules:
            self.fault("no-zone", "`effective` needs a time zone", ("policy", "effective"), _ZONE_HELP)

    def calendar(self, name: str, path: Path) -> Calendar | None:
        """Find a calendar: a table of the policy first, then a country or subdivision code."""
        if name not in self._calendars:
            self._calendars[name] = self._make_calendar(name, path)
        return self._calendars[name]

    def _make_calendar(self, name: str, path: Path) -> Calendar | None:
        table = self.policy.calendars.get(name)
        if table is None:
            if ("calendars", name) in self._broken:
                return None
            near = suggest(name, self.policy.calendars)
            trouble = check_country(name)
            if trouble:
                self.fault(
                    "unknown-name",
                    f"no calendar is called `{name}`: {trouble}" if near else trouble,
                    path,
                    near,
                )
                return None
            return Calendar(country=name)
        base = ("calendars", name)
        if set(table.weekend) == set(WEEKDAYS):
            self.fault("bad-value", "a weekend of seven days leaves no business day", (*base, "weekend"))
            return None
        if table.holidays is not None and (trouble := check_country(table.holidays)):
            self.fault("unknown-name", trouble, (*base, "holidays"))
            return None
        return Calendar(
            frozenset(WEEKDAYS.index(day) for day in table.weekend),
            WEEKDAYS.index(table.week_starts),
            frozenset(table.dates),
            table.holidays,
        )

    def named(self, name: str, path: Path) -> Selector | None:
        """Lower a named selector; a name of nothing and a cycle are faults."""
        if name in self._selectors:
            return self._selectors[name]
        named = self.policy.events.get(name)
        if named is None:
            if ("events", name) not in self._broken:
                known = list(self.policy.events)
                near = suggest(name, known) or (
                    f"known are {one_of(known)}" if known else "there are no `[events]`"
                )
                self.fault("unknown-name", f"no selector is called `{name}`", path, near)
            return None
        if name in self._open:
            circle = " → ".join(f"`{n}`" for n in (*self._open[self._open.index(name) :], name))
            self.fault("cycle", f"selectors are built on each other in a circle: {circle}", path)
            return None
        self._open.append(name)
        settings = named.settings or self.policy.settings
        self._selectors[name] = self.selector(named.selector, ("events", name), settings)
        self._open.pop()
        return self._selectors[name]

    def selector(self, ref: SelectorRef, path: Path, settings: Settings) -> Selector | None:
        """Lower a selector, None where it has a fault."""
        if isinstance(ref, str):
            return self.named(ref, path)
        parts: list[Selector | None] = [
            self._test(name, test, (*path, name)) for name, test in ref.tests.items()
        ]
        if ref.any is not None:
            choices = [self.selector(s, (*path, "any", i), settings) for i, s in enumerate(ref.any)]
            parts.append(None if None in choices else AnySelector(tuple(c for c in choices if c is not None)))
        if ref.not_ is not None:
            inner = self.selector(ref.not_, (*path, "not"), settings)
            parts.append(None if inner is None else Not(inner))
        if ref.preceded_by is not None:
            parts.append(self._preceded(ref.preceded_by, (*path, "preceded-by"), settings))
        if None in parts:
            return None
        return all_of(*(part for part in parts if part is not None))

    def _preceded(self, look: PrecededBy, path: Path, settings: Settings) -> Selector | None:
        event = self.selector(look.event, (*path, "event"), settings)
        until = None if look.until is None else self.selector(look.until, (*path, "until"), settings)
        span = None
        if look.in_last is not None:
            calendar = None
            if settings.calendar is not None:
                calendar = self.calendar(settings.calendar, ("policy", "calendar"))
            span = self.span(look.in_last, (*path, "in-last"), calendar, settings.timezone)
        if event is None or (look.until is not None and until is None):
            return None
        per = look.per if look.per is not None else settings.per if settings.per is not None else DEFAULT_PER
        zone = None if settings.timezone is None else find_zone(settings.timezone)
        return Preceded(event, look.at_least, span, until, tuple(per), zone)

    def span(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Span | None:
        """Read a span; one on a local clock needs a zone."""
        try:
            span = parse_span(text, calendar)
        except SpanError as error:
            self.fault("bad-value", str(error), path, error.help)
            return None
        if span.clock is not None and zone is None:
            self.fault("no-zone", f"`{text}` counts local days and needs a time zone", path, _ZONE_HELP)
            return None
        return span

    def _field(self, name: str, path: Path) -> Field | None:
        if name in _FIELD_TYPES:
            return Field(name, _FIELD_TYPES[name])
        if name in self.fields:
            return self.fields[name]
        if ("attributes", name) in self._broken:
            return None
        allowed = (*FIELDS, *self.fields, "any", "not", "preceded-by")
        near = suggest(name, allowed)
        declare = f'declare it: [attributes] {name} = "text"'
        self.fault(
            "undeclared-field",
            f"nothing declares the field `{name}`",
            path,
            f"{near} or {declare}" if near else declare,
            of_key=True,
        )
        return None

    def _test(self, name: str, test: Test, path: Path) -> Selector | None:
        field = self._field(name, path)
        if field is None:
            return None
        parts: list[Selector | None] = []
        if test.one_of is not None:
            parts.append(self._one_of(field, test.one_of, path))
        if test.not_ is not None:
            inner = self._one_of(field, test.not_, (*path, "not"))
            parts.append(None if inner is None else Not(inner))
        if test.exists is not None:
            parts.append(Exists(field) if test.exists else Not(Exists(field)))
        if test.like is not None:
            parts.append(self._like(field, test.like, (*path, "like")))
        bounds: tuple[tuple[Operator, Value | None], ...] = (
            ("at-least", test.at_least),
            ("at-most", test.at_most),
            ("more-than", test.more_than),
            ("less-than", test.less_than),
        )
        for operator, bound in bounds:
            if bound is not None:
                if field.type not in ("number", "instant"):
                    self.fault(
                        "wrong-type",
                        f"`{operator}` compares numbers, and `{name}` is {field.type}",
                        (*path, operator),
                    )
                    parts.append(None)
                    continue
                value = self._value(field, bound, (*path, operator))
                parts.append(None if value is None else Compare(field, operator, value))  # type: ignore[arg-type]
        return None if None in parts else all_of(*(p for p in parts if p is not None))

    def _one_of(self, field: Field, values: tuple[Value, ...], path: Path) -> Selector | None:
        made = [
            self._value(field, value, path if len(values) == 1 else (*path, index))
            for index, value in enumerate(values)
        ]
        if None in made:
            return None
        return OneOf(field, frozenset(value for value in made if value is not None))

    def _value(self, field: Field, value: Value, path: Path) -> str | float | bool | None:
        """Give a value as events have it: canonical text, a number, a boolean, or microseconds."""
        if field.type == "text" and isinstance(value, str):
            return self._text_value(field, value, path)
        if field.type == "boolean" and isinstance(value, bool):
            return value
        if field.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value):
                return float(value)
            self.fault("bad-value", f"`{value}` is a value that cannot occur", path)
            return None
        if field.type == "instant" and isinstance(value, dt.datetime) and value.tzinfo is not None:
            return datetime_to_micros(value)[0]
        wanted = {
            "text": "text",
            "number": "a number",
            "boolean": "true or false",
            "instant": "a date and time with an offset, such as 2025-03-01T09:00:00Z",
        }[field.type]
        self.fault(
            "wrong-type", f"`{written(value)}` is not {wanted}", path, f"`{field.name}` is {field.type}"
        )
        return None

    def _text_value(self, field: Field, value: str, path: Path) -> str | None:
        text = value.strip()
        if not text:
            self.fault(
                "bad-value",
                "an empty text is a value that cannot occur",
                path,
                "`exists = false` finds what is absent",
            )
            return None
        if field.attribute or field.name not in FOLDED:
            return text
        folded = self.channels.canonical(field.name, text)
        if field.name in _CLOSED and folded not in _CLOSED[field.name]:
            allowed = _CLOSED[field.name]
            near = suggest(folded, allowed)
            advice = " ".join(filter(None, (near, f"allowed are {one_of(allowed)}")))
            self.fault("bad-value", f"`{value}` is not a {field.name}", path, advice)
            return None
        return folded

    def _like(self, field: Field, pattern: str, path: Path) -> Selector | None:
        if field.type != "text":
            self.fault("wrong-type", f"`like` matches text, and `{field.name}` is {field.type}", path)
            return None
        if not pattern.strip():
            self.fault("bad-value", "an empty pattern matches a value that cannot occur", path)
            return None
        folded = not field.attribute and field.name in FOLDED
        return Like(field, fold(pattern) if folded else pattern.strip())

    def tests_direction(self, ref: SelectorRef, seen: tuple[str, ...] = ()) -> bool:
        """Tell whether a selector tests the event's own direction."""
        if isinstance(ref, str):
            named = self.policy.events.get(ref)
            return (
                named is not None and ref not in seen and self.tests_direction(named.selector, (*seen, ref))
            )
        inner = [*(ref.any or ()), *(() if ref.not_ is None else (ref.not_,))]
        return "direction" in ref.tests or any(self.tests_direction(part, seen) for part in inner)


_ZONE_HELP = "give `timezone` in `[policy]` or in the rule"
_OUTBOUND = OneOf(Field("direction"), frozenset({"outbound"}))


class RuleContext:
    """What a rule kind lowers with: its rule's selectors, spans and calendar, with faults put in place."""

    def __init__(self, lowering: Lowering, rule_id: str, rule: Rule) -> None:
        self._lowering = lowering
        self._path: Path = ("rules", rule_id)
        self._id = rule_id
        self._rule = rule
        self._settings = rule.settings or lowering.policy.settings
        self._zone = rule.common.timezone or self._settings.timezone
        self._faults = len(lowering.faults)

    def planned(self) -> PlannedRule | None:
        """Lower the rule, None where it has a fault."""
        common, lowering = self._rule.common, self._lowering
        exempt = self.exempt
        effective = tuple(
            _effective(dates) for dates in (common.effective, self._settings.effective) if dates is not None
        )
        if effective and self._zone is None:
            path: Path = ("policy", "effective") if common.effective is None else (*self._path, "effective")
            lowering.fault("no-zone", "`effective` needs a time zone", path, _ZONE_HELP)
        if common.calendar is not None:
            lowering.calendar(common.calendar, (*self._path, "calendar"))
        try:
            lowered: Lowered | None = self._rule.body.lower(self)
        except Unlowerable:
            lowered = None
        if lowered is None or len(lowering.faults) > self._faults:
            return None
        per = common.per if common.per is not None else self._settings.per
        return PlannedRule(
            policy=lowering.policy.id,
            id=self._id,
            kind=self._rule.body.kind,
            severity=common.severity,
            judged=all_of(lowered.judged, Not(exempt)) if exempt is not None else lowered.judged,
            constraint=lowered.constraint,
            per=tuple(per) if per is not None else DEFAULT_PER,
            zone=None if common.timezone is None else find_zone(common.timezone),
            default_zone=None if self._settings.timezone is None else find_zone(self._settings.timezone),
            effective=effective,
        )

    def fault(self, code: str, message: str, *keys: str | int, help: str = "") -> None:
        """Note a fault of the rule at one of its keys."""
        self._lowering.fault(code, message, (*self._path, *keys), help)

    @property
    def exempt(self) -> Selector | None:
        """The events that the rule does not judge."""
        ref = self._rule.common.exempt
        return None if ref is None else self.selector(ref, "exempt")

    def selector(self, ref: SelectorRef, *keys: str | int) -> Selector:
        """Lower a selector of the rule, written at these keys; raises Unlowerable where it has a fault."""
        made = self._lowering.selector(ref, (*self._path, *keys), self._settings)
        if made is None:
            raise Unlowerable
        return made

    def optional(self, ref: SelectorRef | None, *keys: str | int) -> Selector | None:
        """Lower a selector that may be left out."""
        return None if ref is None else self.selector(ref, *keys)

    def contact(self, ref: SelectorRef, *keys: str | int) -> Selector:
        """Lower a contact selector: outbound events only, where it does not test the direction."""
        made = self.selector(ref, *(keys or ("contact",)))
        return made if self._lowering.tests_direction(ref) else all_of(_OUTBOUND, made)

    def not_exempt(self, contact: Selector) -> Selector:
        """Leave out the rule's exempt events."""
        exempt = self.exempt
        return contact if exempt is None else all_of(contact, Not(exempt))

    def span(self, text: str, *keys: str | int) -> Span:
        """Read a span of the rule; raises Unlowerable where it is none, or lacks a zone."""
        span = self._lowering.span(text, (*self._path, *keys), self.calendar(), self._zone)
        if span is None:
            raise Unlowerable
        return span

    def optional_span(self, text: str | None, *keys: str | int) -> Span | None:
        """Read a span that may be left out."""
        return None if text is None else self.span(text, *keys)

    def calendar(self) -> Calendar | None:
        """Give the rule's calendar, its own or the policy's, None where there is none."""
        name, path = self._rule.common.calendar, (*self._path, "calendar")
        if name is None:
            name, path = self._settings.calendar, ("policy", "calendar")
        return None if name is None else self._lowering.calendar(name, path)

    def has_calendar(self) -> bool:
        """Tell whether the rule or its policy names a calendar."""
        return (self._rule.common.calendar or self._settings.calendar) is not None

    def require_zone(self, what: str, *keys: str | int) -> None:
        """Note a fault where neither the rule nor the policy gives a zone."""
        if self._zone is None:
            self.fault("no-zone", f"{what} need a time zone", *keys, help=_ZONE_HELP)

    def noun(self, ref: SelectorRef | None, default: str) -> str:
        """Name a selector for a message: its own name, or the kind that it asks for."""
        if isinstance(ref, str):
            return ref
        if ref is not None and (test := ref.tests.get("kind")) and test.one_of and len(test.one_of) == 1:
            return str(test.one_of[0])
        return default


class Unlowerable(Exception):
    """A part of a rule has a fault, noted already."""


def _effective(dates: EffectiveDates) -> Effective:
    return Effective(
        None if dates.from_ is None else date_to_day(dates.from_),
        None if dates.through is None else date_to_day(dates.through),
    )
