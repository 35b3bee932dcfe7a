"""Lowering the parts of one policy: its selectors, spans and calendars, with every fault."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from comity.budgets import Deadline
from comity.clock.zones import find_zone
from comity.documents import Fault, Origin, Path
from comity.errors import suggest
from comity.events.fields import FIELDS
from comity.plan import AnyOf as AnySelector
from comity.plan import (
    Calendar,
    Different,
    Field,
    FieldSpan,
    Points,
    Preceded,
    Selector,
    Span,
    all_of,
    any_of,
)
from comity.plan.selectors import Exists, Not
from comity.plan.time.offsets import Offset
from comity.policy.lower.calendar_tables import CalendarTables
from comity.policy.lower.declared import declared_fields
from comity.policy.lower.different import lower_different
from comity.policy.lower.field_tests import FieldTests
from comity.policy.lower.names import Names
from comity.policy.lower.nesting import Nesting
from comity.policy.lower.spans import ZONE_HELP, SpanReader
from comity.policy.lower.weights import lower_weight
from comity.policy.model import Policy, Settings
from comity.policy.types import OwnInstant, PrecededBy, SelectorRef, SpanText, WeightOrField
from comity.policy.vocabulary import Vocabulary

DEFAULT_PER: Final = ("person",)


class Lowering:
    """Lowers the parts of one policy and collects their faults; a part with a fault becomes None."""

    def __init__(
        self,
        policy: Policy,
        words: Vocabulary,
        broken: frozenset[Path] = frozenset(),
        deadline: Deadline | None = None,
    ) -> None:
        self.deadline = deadline
        """When the work must be finished; None for a policy that is loaded already."""
        self.policy = policy
        self.words = words
        self.faults: list[Fault] = []
        self._noted: set[tuple[Path, str]] = set()
        self._broken = broken
        self._nesting = Nesting(words.budgets.nesting)
        self._names = Names(policy, broken, self._nesting, self.fault, self._industry_advice)
        self._calendars = CalendarTables(policy.calendars, broken, self.fault)
        self.fields = declared_fields(policy, words.plugins, self.fault)
        self._tests = FieldTests(self.fields, words, broken, self.fault)
        self._spans = SpanReader(self._tests, self.fault)

    def fault(
        self,
        code: str,
        message: str,
        path: Path,
        help: str = "",
        of_key: bool = False,
        origin: Origin | None = None,
    ) -> None:
        """Note a fault, once; `origin` is where it is written, if the path does not lead there."""
        if (path, message) not in self._noted:
            self._noted.add((path, message))
            fault = Fault(code, message, *path, help=help, of_key=of_key)
            fault.origin = origin
            self.faults.append(fault)

    def settings(self, own: Settings | None) -> Settings:
        """Fill settings from the industry that they name; `own` is None for those of the file itself."""
        settings = own or self.policy.settings
        industry = self.words.industries.get(settings.industry or "")
        if industry is None:
            return settings
        filled = settings.within(industry.settings)
        return attrs.evolve(filled, origin={**industry.settings.origin, **settings.origin})

    def check_settings(self) -> None:
        """Check what the policy sets for its rules."""
        meta = self.policy.meta
        settings = self.settings(None)
        self.calendar_of(settings)
        self.check_per(settings.per, ("policy", "per"), settings.origin.get("per"))
        if meta.effective is not None and meta.timezone is None and not self.policy.rules:
            self.fault("no-zone", "`effective` needs a time zone", ("policy", "effective"), ZONE_HELP)

    def check_per(self, per: Sequence[str] | None, path: Path, origin: Origin | None = None) -> None:
        """Note a fault for each name in a `per` that is neither a field nor an attribute."""
        for index, name in enumerate(per or ()):
            declared = self.fields.get(name)
            if declared is not None and declared.type == "texts":
                self.fault(
                    "wrong-type",
                    f"`{name}` has several values, which make no scope",
                    (*path, index),
                    "name a field that has one value; a selector can test for several",
                    origin=None if origin is None else (origin[0], (*origin[1], index)),
                )
                continue
            if name in FIELDS or declared is not None or ("attributes", name) in self._broken:
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

    def named(self, name: str, path: Path) -> Selector | None:
        """Lower a named selector; an unknown name and a circle are faults."""
        named = self.policy.events.get(name)
        if named is None:
            self._names.note_unknown("events", name, path)
            return None
        selector, own = named.selector, named.settings
        return self._names.find(
            ("events", name), path, lambda: self.selector(selector, ("events", name), self._checked(own))
        )

    def state(self, name: str, path: Path) -> Selector | None:
        """Lower a state to what it looks back for; an unknown name and a circle are faults."""
        state = self.policy.states.get(name)
        if state is None:
            self._names.note_unknown("states", name, path)
            return None
        table, own = state.table, state.settings
        look = PrecededBy(table.from_, table.in_last, table.until, per=table.per)
        return self._names.find(
            ("states", name), path, lambda: self._preceded(look, ("states", name), self._checked(own), "from")
        )

    def _checked(self, own: Settings | None) -> Settings:
        """Fill the settings of a name, and note a fault in their calendar."""
        settings = self.settings(own)
        self.calendar_of(settings)
        return settings

    def _industry_advice(self) -> str:
        """Say which plugin would provide the policy's industry; empty if it is known."""
        industry = self.policy.meta.industry
        if industry is None or industry in self.words.industries:
            return ""
        return self.words.advise("industry", industry)

    def selector(self, ref: SelectorRef, path: Path, settings: Settings) -> Selector | None:
        """Lower a selector; None if it has a fault."""
        if isinstance(ref, str):
            return self.named(ref, path)
        self._nesting.enter()
        parts: list[Selector | None] = [
            self._tests.lower(name, test, (*path, name), settings) for name, test in ref.tests.items()
        ]
        if ref.any is not None:
            choices = [self.selector(s, (*path, "any", i), settings) for i, s in enumerate(ref.any)]
            parts.append(None if None in choices else AnySelector(tuple(c for c in choices if c is not None)))
        if ref.not_ is not None:
            inner = self.selector(ref.not_, (*path, "not"), settings)
            parts.append(None if inner is None else Not(inner))
        if ref.preceded_by is not None:
            parts.append(self._preceded(ref.preceded_by, (*path, "preceded-by"), settings, "event"))
        if ref.during is not None:
            parts.append(self._during(ref.during, (*path, "during")))
        too_deep = self._nesting.leave()
        if too_deep is not None:
            message, advice = too_deep
            self.fault("budget", message, path, advice)
            return None
        if None in parts:
            return None
        made = all_of(*(part for part in parts if part is not None))
        hash(made)  # The hash is kept now: later, that of a deep selector would need a deep stack.
        return made

    def _during(self, names: Sequence[str], path: Path) -> Selector | None:
        """Lower what asks for one of several states."""
        states = [
            self.state(name, path if len(names) == 1 else (*path, index)) for index, name in enumerate(names)
        ]
        return None if None in states else any_of(*(state for state in states if state is not None))

    def _preceded(self, look: PrecededBy, path: Path, settings: Settings, key: str) -> Selector | None:
        """Lower what must have come before; `key` is that of the event that is looked for."""
        event = self.selector(look.event, (*path, key), settings)
        until = None if look.until is None else self.selector(look.until, (*path, "until"), settings)
        span = None
        if look.in_last is not None:
            calendar = self.calendar_of(settings)
            span = self.span_or_field(look.in_last, (*path, "in-last"), calendar, settings.timezone)
            self.check_countable(look.in_last, look.at_least, look.distinct, path)
        distinct = None if look.distinct is None else self.different(look.distinct, (*path, "distinct"))
        if distinct is not None and distinct.field is None and settings.timezone is None:
            self.fault("no-zone", "local days need a time zone", (*path, "distinct"), ZONE_HELP)
        if look.per is not None:
            self.check_per(look.per, (*path, "per"))
        else:
            self.check_per(settings.per, ("policy", "per"), settings.origin.get("per"))
        if event is None or (look.until is not None and until is None):
            return None
        if look.distinct is not None and distinct is None:
            return None
        per = look.per if look.per is not None else settings.per if settings.per is not None else DEFAULT_PER
        zone = None if settings.timezone is None else find_zone(settings.timezone)
        return Preceded(
            self.having(event, span),
            look.at_least,
            span,
            until,
            tuple(per),
            zone,
            self.words.zone_sources,
            distinct,
        )

    def check_countable(
        self, span: SpanText | OwnInstant, at_least: int, distinct: str | None, path: Path
    ) -> None:
        """Note a fault if events are counted within a span that each of them has for itself."""
        for key, asked in (("at-least", at_least > 1), ("distinct", distinct is not None)):
            if asked and isinstance(span, OwnInstant):
                message = (
                    f"`{key}` needs a span that is the same for all events, not one that ends at a field"
                )
                self.fault("bad-value", message, (*path, key), 'write one such as `in-last = "30d"`')

    def calendar(self, name: str, path: Path, origin: Origin | None = None) -> Calendar | None:
        """Find a calendar: a table of the policy first, then a country or subdivision code."""
        return self._calendars.find(name, path, origin)

    def calendar_of(self, settings: Settings) -> Calendar | None:
        """Find the calendar that a policy sets; None if it sets none."""
        if settings.calendar is None:
            return None
        return self.calendar(settings.calendar, ("policy", "calendar"), settings.origin.get("calendar"))

    def span(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Span | None:
        """Read a span; None if it has a fault."""
        return self._spans.span(text, path, calendar, zone)

    def span_or_field(
        self, ref: SpanText | OwnInstant, path: Path, calendar: Calendar | None, zone: str | None
    ) -> Span | FieldSpan | None:
        """Read a span, or one that ends at an instant of a field; None if it has a fault."""
        return self._spans.span_or_field(ref, path, calendar, zone)

    def instant(self, name: str, path: Path, zone: str | None, why: str) -> Field | None:
        """Find an attribute that is an instant; None if it has a fault."""
        return self._spans.instant(name, path, zone, why)

    def offset(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Offset | None:
        """Read a span with a sign; None if it has a fault."""
        return self._spans.offset(text, path, calendar, zone)

    def weight(self, ref: WeightOrField, path: Path, industry: str | None) -> Points | None:
        """Read how many points events count."""
        return lower_weight(ref, path, self._tests, self.fault, industry)

    def different(self, name: str, path: Path) -> Different | None:
        """Read of what the different values count."""
        return lower_different(name, path, self._tests, self.fields, self.fault)

    def having(self, event: Selector, span: Span | FieldSpan | None) -> Selector:
        """Leave out the events that lack the instant at which a span ends, if they have no other span."""
        if isinstance(span, FieldSpan) and span.otherwise is None:
            return all_of(event, Exists(self.fields[span.field]))
        return event

    def tests_direction(self, ref: SelectorRef) -> bool:
        """Return whether a selector tests the direction of the event itself, not of earlier events."""
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
