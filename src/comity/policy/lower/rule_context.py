"""The context in which a rule kind lowers: its rule's selectors, spans and calendar."""

from __future__ import annotations

from comity.clock.instants import date_to_day
from comity.clock.zones import find_zone
from comity.documents import Path
from comity.errors import error_text, key_path, passes, shown
from comity.plan import (
    Calendar,
    Constraint,
    Different,
    Field,
    FieldSpan,
    PlannedRule,
    Points,
    Selector,
    Span,
    all_of,
)
from comity.plan.plan import Effective, Role
from comity.plan.selectors import Not, OneOf
from comity.plan.time.offsets import Offset
from comity.policy.lower.check_before_lowering import check_before_lowering, parts_of
from comity.policy.lower.lowering import DEFAULT_PER, Lowering
from comity.policy.lower.spans import ZONE_HELP
from comity.policy.model import EffectiveDates, Lowered, Rule
from comity.policy.types import (
    DISTINCT_ALONE,
    DISTINCT_HELP,
    OwnInstant,
    SelectorRef,
    SpanText,
    WeightOrField,
)
from comity.record_types import misfit

_OUTBOUND = OneOf(Field("direction"), frozenset({"outbound"}))


class RuleContext:
    """What a rule kind lowers with: the selectors, spans and calendar of its rule; it notes their faults."""

    def __init__(self, lowering: Lowering, rule_id: str, rule: Rule) -> None:
        self._lowering = lowering
        self._path: Path = ("rules", rule_id)
        self._id = rule_id
        self._rule = rule
        self._settings = lowering.settings(rule.settings)
        self._zone = rule.common.timezone or self._settings.timezone
        self._faults = len(lowering.faults)
        self._roles: dict[Path, Selector] = {}

    def planned(self) -> PlannedRule | None:
        """Lower the rule; None if it has a fault."""
        common, lowering = self._rule.common, self._lowering
        lowering.calendar_of(self._settings)
        for record in (self._rule.body, common):
            check_before_lowering(lowering, parts_of(record, self._path), self._settings, self._zone)
        effective = tuple(
            _effective(dates) for dates in (common.effective, self._settings.effective) if dates is not None
        )
        if effective and self._zone is None:
            if common.effective is None:
                path, origin = ("policy", "effective"), self._settings.origin.get("effective")
                lowering.fault("no-zone", "`effective` needs a time zone", path, ZONE_HELP, origin=origin)
            else:
                self.fault("no-zone", "`effective` needs a time zone", "effective", help=ZONE_HELP)
        if common.per is not None:
            lowering.check_per(common.per, (*self._path, "per"))
        else:
            lowering.check_per(self._settings.per, ("policy", "per"), self._settings.origin.get("per"))
        if common.calendar is not None:
            lowering.calendar(common.calendar, (*self._path, "calendar"))
        try:
            lowered, exempt = self._lowered(), self.exempt
        except Unlowerable:
            return None
        if len(lowering.faults) > self._faults:
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
            zone_sources=lowering.words.zone_sources,
            plugin=lowering.words.plugins.get(self._rule.body.kind, ""),
            absent=common.absent,
            contact=lowered.judged,
            roles=tuple(Role(key_path(keys), selector) for keys, selector in self._roles.items()),
        )

    def _lowered(self) -> Lowered:
        """Let the kind lower the rule; a plugin's kind that fails is a fault of the plugin."""
        kind = self._rule.body.kind
        plugin = self._lowering.words.plugins.get(kind)
        try:
            lowered = self._rule.body.lower(self)
            if plugin is not None:
                check_lowered(lowered)
        except Unlowerable:
            raise
        except BaseException as error:
            if plugin is None or passes(error):
                raise
            message = f"the rule kind `{kind}` of the plugin {plugin} failed: {error_text(error)}"
            self.fault("plugin-failed", message, "kind")
            raise Unlowerable from error
        return lowered

    def fault(self, code: str, message: str, *keys: str | int, help: str = "") -> None:
        """Note a fault of the rule at one of its keys."""
        self._lowering.fault(code, message, (*self._path, *keys), help)

    @property
    def exempt(self) -> Selector | None:
        """The events that the rule does not judge."""
        ref = self._rule.common.exempt
        return None if ref is None else self.selector(ref, "exempt")

    def selector(self, ref: SelectorRef, *keys: str | int) -> Selector:
        """Lower a selector of the rule, written at these keys; raises Unlowerable if it has a fault."""
        made = self._lowering.selector(ref, (*self._path, *keys), self._settings)
        if made is None:
            raise Unlowerable
        self._roles[keys] = made
        return made

    def optional(self, ref: SelectorRef | None, *keys: str | int) -> Selector | None:
        """Lower a selector that may be left out."""
        return None if ref is None else self.selector(ref, *keys)

    def contact(self, ref: SelectorRef, *keys: str | int) -> Selector:
        """Lower a contact selector: only outbound events, unless it tests the direction."""
        keys = keys or ("contact",)
        made = self.selector(ref, *keys)
        if not self._lowering.tests_direction(ref):
            made = self._roles[keys] = all_of(_OUTBOUND, made)
        return made

    def not_exempt(self, contact: Selector) -> Selector:
        """Leave out the rule's exempt events."""
        exempt = self.exempt
        return contact if exempt is None else all_of(contact, Not(exempt))

    def span(self, text: str, *keys: str | int) -> Span:
        """Read a span of the rule; raises Unlowerable if it has a fault or lacks a zone."""
        span = self._lowering.span(text, (*self._path, *keys), self.calendar(), self._zone)
        if span is None:
            raise Unlowerable
        return span

    def optional_span(self, text: str | None, *keys: str | int) -> Span | None:
        """Read a span that may be left out."""
        return None if text is None else self.span(text, *keys)

    def span_or_field(self, ref: SpanText | OwnInstant, *keys: str | int) -> Span | FieldSpan:
        """Read a span, or one that ends at an instant of a field; raises Unlowerable if it has a fault."""
        made = self._lowering.span_or_field(ref, (*self._path, *keys), self.calendar(), self._zone)
        if made is None:
            raise Unlowerable
        return made

    def instant(self, name: str, *keys: str | int) -> Field:
        """Find an attribute that is an instant; raises Unlowerable where it has a fault."""
        made = self._lowering.instant(name, (*self._path, *keys), self._zone, "a window can be only around")
        if made is None:
            raise Unlowerable
        return made

    def offset(self, text: str, *keys: str | int) -> Offset:
        """Read a span with a sign; raises Unlowerable where it has a fault."""
        made = self._lowering.offset(text, (*self._path, *keys), self.calendar(), self._zone)
        if made is None:
            raise Unlowerable
        return made

    def weight(self, ref: WeightOrField, *keys: str | int) -> Points:
        """Read how many points events count; raises Unlowerable where it has a fault."""
        made = self._lowering.weight(ref, (*self._path, *keys), self._settings.industry)
        if made is None:
            raise Unlowerable
        return made

    def different(self, name: str, *keys: str | int) -> Different:
        """Read of what the different values count; raises Unlowerable where it has a fault."""
        made = self._lowering.different(name, (*self._path, *keys))
        if made is None:
            raise Unlowerable
        if made.field is None:
            self.require_zone("local days", *keys)
        return made

    def enough(
        self, at_least: int | None, distinct: str | None, span: SpanText | OwnInstant | None, *keys: str | int
    ) -> tuple[int, Different | None]:
        """Read how many earlier events must be there, or how many different values, and of what.

        `span` is how far back they may be. Raises Unlowerable where one of these has a fault.
        """
        faults = len(self._lowering.faults)
        if distinct is not None and at_least is None:
            self.fault("missing-key", DISTINCT_ALONE, *keys, "distinct", help=DISTINCT_HELP)
        if span is not None:
            self._lowering.check_countable(span, at_least or 1, distinct, (*self._path, *keys))
        found = None if distinct is None else self.different(distinct, *keys, "distinct")
        if len(self._lowering.faults) > faults:
            raise Unlowerable
        return at_least or 1, found

    def having(self, event: Selector, span: Span | FieldSpan | None) -> Selector:
        """Leave out the events that lack the instant at which a span ends, if they have no other span."""
        return self._lowering.having(event, span)

    def calendar(self) -> Calendar | None:
        """Return the rule's calendar, its own or the policy's; None if there is none."""
        name = self._rule.common.calendar
        if name is not None:
            return self._lowering.calendar(name, (*self._path, "calendar"))
        return self._lowering.calendar_of(self._settings)

    def has_calendar(self) -> bool:
        """Return whether the rule or its policy names a calendar."""
        return (self._rule.common.calendar or self._settings.calendar) is not None

    def require_zone(self, what: str, *keys: str | int) -> None:
        """Note a fault if neither the rule nor the policy gives a zone."""
        if self._zone is None:
            self.fault("no-zone", f"{what} need a time zone", *keys, help=ZONE_HELP)

    def noun(self, ref: SelectorRef | None, default: str) -> str:
        """Return a word for a selector in messages: its own name, or the kind that it asks for."""
        if isinstance(ref, str):
            return ref
        if ref is not None and (test := ref.tests.get("kind")) and test.one_of and len(test.one_of) == 1:
            return str(test.one_of[0])
        return default


def check_lowered(lowered: object) -> None:
    """Raise TypeError if a kind returns something by which no back end can judge."""
    if not isinstance(lowered, Lowered):
        raise TypeError(f"`lower` gave {shown(lowered)}, which is not a `Lowered`")
    for part, allowed in ((lowered.judged, Selector), (lowered.constraint, Constraint)):
        if not isinstance(part, allowed):
            raise TypeError(f"`lower` gave {shown(part)}, which is not one of {allowed}")
        if odd := misfit(part):
            raise TypeError(f"`lower` gave an operator of which {odd}")


class Unlowerable(Exception):
    """A part of a rule has a fault, which is noted already."""


def _effective(dates: EffectiveDates) -> Effective:
    return Effective(
        None if dates.from_ is None else date_to_day(dates.from_),
        None if dates.through is None else date_to_day(dates.through),
    )
