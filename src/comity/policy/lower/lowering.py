"""A policy on its way to a plan: its selectors, spans and calendars, and the faults found in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import attrs

from comity.budgets import Deadline, over_budget
from comity.clock.instants import DAY
from comity.clock.zones import find_zone
from comity.documents import Document, Fault, Path
from comity.errors import one_of, passes, shown, suggest, told
from comity.events.fields import FIELDS
from comity.plan import AnyOf as AnySelector
from comity.plan import Calendar, Field, FieldSpan, Preceded, Selector, Span, all_of
from comity.plan.selectors import Exists, FieldType, Not
from comity.plan.time.calendars import WEEKDAYS, Opening, check_country
from comity.plan.time.opening import OpenSpan
from comity.plan.time.span_texts import SpanError, parse_span
from comity.policy.lower.field_tests import FieldTests
from comity.policy.model import OpeningTable, Policy, Rule, Settings
from comity.policy.types import OwnInstant, PrecededBy, SelectorRef, SpanText, in_words, time_micros
from comity.policy.vocabulary import Vocabulary

DEFAULT_PER: Final = ("person",)
_TYPES: Final = get_args(FieldType)
ZONE_HELP: Final = "give `timezone` in `[policy]` or in the rule"


class Lowering:
    """One policy on its way to a plan: its selectors, calendars and the faults found."""

    def __init__(
        self,
        policy: Policy,
        words: Vocabulary,
        broken: frozenset[Path] = frozenset(),
        deadline: Deadline | None = None,
    ) -> None:
        self.deadline = deadline
        """When it must be done; None for a policy that was loaded before."""
        self.policy = policy
        self.words = words
        self.faults: list[Fault] = []
        self._noted: set[tuple[Path, str]] = set()
        self._broken = broken
        self._selectors: dict[str, Selector | None] = {}
        self._open: list[str] = []
        self._heights: dict[str, int] = {}
        """For each named selector, how many are inside each other in it."""
        self._below: list[int] = [0]
        """For each selector that is being lowered, the greatest height of those inside, as far as known."""
        self._calendars: dict[str, Calendar | None] = {}
        self.fields = self._declared()
        self._tests = FieldTests(self.fields, words, broken, self.fault)

    def fault(
        self,
        code: str,
        message: str,
        path: Path,
        help: str = "",
        of_key: bool = False,
        origin: tuple[Document, Path] | None = None,
    ) -> None:
        """Note a fault once; `origin` says where it was written if the path does not lead there."""
        if (path, message) not in self._noted:
            self._noted.add((path, message))
            fault = Fault(code, message, *path, help=help, of_key=of_key)
            fault.origin = origin
            self.faults.append(fault)

    def settings(self, own: Settings | None) -> Settings:
        """Fill what a policy leaves out from its industry; without settings, those of the file itself."""
        settings = own or self.policy.settings
        industry = self.words.industries.get(settings.industry or "")
        if industry is None:
            return settings
        filled = settings.within(industry.settings)
        return attrs.evolve(filled, origin={**industry.settings.origin, **settings.origin})

    def _declared(self) -> dict[str, Field]:
        fields = {n: Field(n, t, attribute=True) for n, t in self.policy.attributes.items()}
        for rule_id, rule in self.policy.rules.items():
            for name, kind in self._declared_by(rule_id, rule).items():
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

    def _declared_by(self, rule_id: str, rule: Rule) -> Mapping[str, FieldType]:
        """Return the attributes that a rule's kind declares; what fails in a plugin's kind is its fault."""
        kind = rule.body.kind
        plugin = self.words.plugins.get(kind)
        try:
            found: dict[Any, Any] = dict(rule.body.declares())
            if plugin is not None and (odd := [type_ for type_ in found.values() if type_ not in _TYPES]):
                raise TypeError(f"`declares` gave the type {shown(odd[0])}: there are {one_of(_TYPES)}")
            if plugin is not None and (odd := [name for name in found if not isinstance(name, str)]):
                raise TypeError(f"`declares` gave the attribute {shown(odd[0])}, whose name is no text")
            return found
        except BaseException as error:
            if plugin is None or passes(error):
                raise
            message = f"the rule kind `{kind}` of the plugin {plugin} failed: {told(error)}"
            self.fault("plugin-failed", message, ("rules", rule_id, "kind"))
            return {}

    def check_settings(self) -> None:
        """Check what the policy sets for its rules."""
        meta = self.policy.meta
        settings = self.settings(None)
        self.calendar_of(settings)
        self.check_per(settings.per, ("policy", "per"), settings.origin.get("per"))
        if meta.effective is not None and meta.timezone is None and not self.policy.rules:
            self.fault("no-zone", "`effective` needs a time zone", ("policy", "effective"), ZONE_HELP)

    def check_per(
        self, per: Sequence[str] | None, path: Path, origin: tuple[Document, Path] | None = None
    ) -> None:
        """Note a fault for each name in a `per` that is no field and no attribute."""
        for index, name in enumerate(per or ()):
            if name in FIELDS or name in self.fields or ("attributes", name) in self._broken:
                continue
            near = suggest(name, (*FIELDS, *self.fields))
            declare = f'declare it: [attributes] {name} = "text"'
            self.fault(
                "undeclared-field",
                f"nothing declares the field `{name}`",
                (*path, index),
                f"{near} or {declare}" if near else declare,
                origin=None if origin is None else (origin[0], (*origin[1], index)),
            )

    def calendar(self, name: str, path: Path, origin: tuple[Document, Path] | None = None) -> Calendar | None:
        """Find a calendar: a table of the policy first, then a country or subdivision code."""
        if name not in self._calendars:
            self._calendars[name] = self._make_calendar(name, path, origin)
        return self._calendars[name]

    def calendar_of(self, settings: Settings) -> Calendar | None:
        """Find the calendar that a policy sets, None where it sets none."""
        if settings.calendar is None:
            return None
        return self.calendar(settings.calendar, ("policy", "calendar"), settings.origin.get("calendar"))

    def _make_calendar(self, name: str, path: Path, origin: tuple[Document, Path] | None) -> Calendar | None:
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
                    origin=origin,
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
        weekend = frozenset(WEEKDAYS.index(day) for day in table.weekend)
        opening = tuple(
            self._opening(each, weekend, (*base, "hours", i)) for i, each in enumerate(table.hours)
        )
        return Calendar(
            weekend, WEEKDAYS.index(table.week_starts), frozenset(table.dates), table.holidays, opening
        )

    def _opening(self, table: OpeningTable, weekend: frozenset[int], path: Path) -> Opening:
        start, end = time_micros(table.from_), time_micros(table.to)
        if start in (end, DAY):
            self.fault("bad-value", "opening hours that end when they begin hold no time", path)
        named = table.days if table.days is not None else ()
        if table.days is not None and not table.days:
            self.fault("bad-value", "an empty list holds no day", (*path, "days"))
        days = frozenset(WEEKDAYS.index(day) for day in named) or frozenset(range(7)) - weekend
        return Opening(days, start, end)

    def named(self, name: str, path: Path) -> Selector | None:
        """Lower a named selector; a name of nothing and a cycle are faults."""
        if name in self._selectors:
            self._rise(self._heights[name])
            return self._selectors[name]
        named = self.policy.events.get(name)
        if named is None:
            if ("events", name) not in self._broken:
                known = list(self.policy.events)
                near = suggest(name, known) or (
                    f"known are {one_of(known)}" if known else "there are no `[events]`"
                )
                advice = self._industry_advice()
                near = f"{advice}; {near}" if advice else near
                self.fault("unknown-name", f"no selector is called `{name}`", path, near)
            return None
        if name in self._open:
            circle = " → ".join(f"`{n}`" for n in (*self._open[self._open.index(name) :], name))
            self.fault("cycle", f"selectors are built on each other in a circle: {circle}", path)
            return None
        self._open.append(name)
        self._below.append(0)
        settings = self.settings(named.settings)
        self.calendar_of(settings)
        self._selectors[name] = self.selector(named.selector, ("events", name), settings)
        self._open.pop()
        self._heights[name] = self._below.pop()
        self._rise(self._heights[name])
        return self._selectors[name]

    def _rise(self, height: int) -> None:
        """Note how high a selector is that is part of the one which is being lowered."""
        self._below[-1] = max(self._below[-1], height)

    def _is_too_high(self, path: Path) -> bool:
        """Finish a selector's height, and note a fault where it passes the budget."""
        height = self._below.pop() + 1
        budget = self.words.budgets.nesting
        self._rise(min(height, budget))
        if height <= budget:
            return False
        found = f"{height} selectors are inside each other"
        message, advice = over_budget("nesting", found, budget)
        self.fault("budget", message, path, advice)
        return True

    def _industry_advice(self) -> str:
        """Say which plugin provides the policy's industry where none does."""
        industry = self.policy.meta.industry
        if industry is None or industry in self.words.industries:
            return ""
        return self.words.advise("industry", industry)

    def selector(self, ref: SelectorRef, path: Path, settings: Settings) -> Selector | None:
        """Lower a selector, None where it has a fault."""
        if isinstance(ref, str):
            return self.named(ref, path)
        self._below.append(0)
        parts: list[Selector | None] = [
            self._tests.lower(name, test, (*path, name), settings.industry)
            for name, test in ref.tests.items()
        ]
        if ref.any is not None:
            choices = [self.selector(s, (*path, "any", i), settings) for i, s in enumerate(ref.any)]
            parts.append(None if None in choices else AnySelector(tuple(c for c in choices if c is not None)))
        if ref.not_ is not None:
            inner = self.selector(ref.not_, (*path, "not"), settings)
            parts.append(None if inner is None else Not(inner))
        if ref.preceded_by is not None:
            parts.append(self._preceded(ref.preceded_by, (*path, "preceded-by"), settings))
        if self._is_too_high(path) or None in parts:
            return None
        made = all_of(*(part for part in parts if part is not None))
        hash(made)  # is kept: that of a deep selector, asked for at once, would go down the whole stack
        return made

    def _preceded(self, look: PrecededBy, path: Path, settings: Settings) -> Selector | None:
        event = self.selector(look.event, (*path, "event"), settings)
        until = None if look.until is None else self.selector(look.until, (*path, "until"), settings)
        span = None
        if look.in_last is not None:
            calendar = self.calendar_of(settings)
            span = self.span_or_field(look.in_last, (*path, "in-last"), calendar, settings.timezone)
            if isinstance(look.in_last, OwnInstant) and look.at_least > 1:
                fault = "`at-least` counts in a span that is the same for all events, not in one of a field"
                self.fault("bad-value", fault, (*path, "at-least"))
        if event is None or (look.until is not None and until is None):
            return None
        if look.per is not None:
            self.check_per(look.per, (*path, "per"))
        else:
            self.check_per(settings.per, ("policy", "per"), settings.origin.get("per"))
        per = look.per if look.per is not None else settings.per if settings.per is not None else DEFAULT_PER
        zone = None if settings.timezone is None else find_zone(settings.timezone)
        return Preceded(
            self.having(event, span), look.at_least, span, until, tuple(per), zone, self.words.zone_sources
        )

    def span(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Span | None:
        """Read a span; one on a local clock needs a zone."""
        try:
            span = parse_span(text, calendar)
        except SpanError as error:
            self.fault("bad-value", str(error), path, error.help)
            return None
        if isinstance(span, OpenSpan) and not span.calendar.opening:
            opening = "hours = [{ from = 09:00:00, to = 17:00:00 }]"
            advice = f"give opening hours in a table `[calendars.NAME]`, {opening}, and name it as `calendar`"
            self.fault("no-hours", f"`{text}` counts opening hours, and there are none", path, advice)
            return None
        if span.clock is not None and zone is None:
            self.fault("no-zone", f"`{text}` counts local days and needs a time zone", path, ZONE_HELP)
            return None
        return span

    def span_or_field(
        self, ref: SpanText | OwnInstant, path: Path, calendar: Calendar | None, zone: str | None
    ) -> Span | FieldSpan | None:
        """Read a span, or one that ends at an instant of a field, which needs a zone."""
        if not isinstance(ref, OwnInstant):
            return self.span(ref, path, calendar, zone)
        field = self._tests.field(ref.field, (*path, "field"), "instant")
        otherwise = None if ref.else_ is None else self.span(ref.else_, (*path, "else"), calendar, zone)
        if field is None or (ref.else_ is not None and otherwise is None):
            return None
        if not (field.attribute and field.type == "instant"):
            named = f"`{ref.field}` is {field.type}, and a span ends at an instant"
            advice = f'declare another attribute: [attributes] NAME = "instant", not `{ref.field}`'
            self.fault("wrong-type", named, (*path, "field"), advice)
            return None
        if zone is None:
            message = f"`{ref.field}` may be a local time and needs a time zone"
            self.fault("no-zone", message, (*path, "field"), ZONE_HELP)
            return None
        return FieldSpan(ref.field, otherwise, text=in_words(ref, "", "until"))

    def having(self, event: Selector, span: Span | FieldSpan | None) -> Selector:
        """Leave out the events without the instant that a span ends at, where there is no other span."""
        if isinstance(span, FieldSpan) and span.otherwise is None:
            return all_of(event, Exists(self.fields[span.field]))
        return event

    def tests_direction(self, ref: SelectorRef) -> bool:
        """Return whether a selector tests the event's own direction."""
        waiting, seen = [ref], set[str]()
        while waiting:
            part = waiting.pop()
            if isinstance(part, str):
                named = self.policy.events.get(part)
                if named is not None and part not in seen:
                    seen.add(part)
                    waiting.append(named.selector)
                continue
            if "direction" in part.tests:
                return True
            waiting += [*(part.any or ()), *(() if part.not_ is None else (part.not_,))]
        return False
