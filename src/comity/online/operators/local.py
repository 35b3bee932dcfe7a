"""The operator local: a predicate of e alone."""

from __future__ import annotations

from typing import ClassVar

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.values import attribute_text
from comity.online.operators.fields import Scope
from comity.online.operators.operator import Operator, Unknown
from comity.online.operators.rule import Flags, Label
from comity.plan import Hours, Local, PlannedRule, TextRequirements
from comity.plan.dates_alone import DateAlone, judge_date
from comity.plan.wording import describe_wall
from comity.results.findings import Finding


class LocalOperator(Operator[None, tuple[str]]):
    """A selector that must hold at e."""

    fires_on_empty_state = True
    remembers: ClassVar[bool] = False
    asks_all_roles: ClassVar[bool] = True

    def __init__(self, number: int, rule: PlannedRule, local: Local, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self._nothing = local.wording.nothing

    def check(self, state: None, event: Event, flags: Flags) -> tuple[str] | None:
        """Return the faults if the selector does not hold."""
        return None if flags[1] else (self._nothing,)

    def describe_breach(self, facts: tuple[str], event: Event) -> tuple[str, tuple[Label, ...]]:
        """Name the faults."""
        return facts[0], ()

    def usage(self, state: None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Name the faults, if there are any."""
        facts = self.check(state, event, flags)
        return "nothing against it" if facts is None else facts[0], None

    def finding(
        self, scope: Scope, event: Event, label: Label, facts: tuple[str], allowed_from: int | None
    ) -> Finding:
        """Make the finding about a breach, or about an event without a time."""
        if not isinstance(facts, Unknown):
            return super().finding(scope, event, label, facts, allowed_from)
        wording = self.rule.constraint.wording
        return self.make_finding(scope, event, label, wording, facts[0], status="indeterminate")

    def next_allowed(self, state: None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the instant itself: waiting does not change what is forbidden."""
        return instant if self.check(state, event, flags) is None else None


class HoursOperator(LocalOperator):
    """Allowed hours of the wall clock."""

    is_periodic = True

    def __init__(
        self, number: int, rule: PlannedRule, local: Local, hours: Hours, channels: Channels
    ) -> None:
        super().__init__(number, rule, local, channels)
        self._hours = hours

    def check(self, state: None, event: Event, flags: Flags) -> tuple[str] | None:
        """Return what the wall clocks show, if that is outside the hours or unknown for lack of a time."""
        if event.date_only:
            date = self._date(event)
            if date.allowed is None:
                return Unknown((date.measured,))
            return None if date.allowed else (date.measured,)
        return None if self._hours.allows(self.zones(event), event.at) else (self._wall(event),)

    def _date(self, event: Event) -> DateAlone:
        return judge_date(self.rule, self._hours, self.own_zones(event), event.at)

    def _wall(self, event: Event) -> str:
        return describe_wall(self.zones(event), event.at)

    def usage(self, state: None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Return what the wall clocks show."""
        if event.date_only:
            return self._date(event).measured, None
        return self._wall(event), None

    def next_allowed(self, state: None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the next allowed instant, None if the event has a date alone that is allowed in part."""
        if event.date_only and instant == event.at:
            allowed = self._date(event).allowed
            if allowed is not False:
                return instant if allowed else None
            instant += 1  # With a time, the event would be another.
        return self._hours.next_allowed(self.zones(event), instant)

    def next_forbidden(self, state: None, event: Event, instant: int, flags: Flags) -> int | None:
        """Return the end of the allowed hours."""
        return self._hours.next_forbidden(self.zones(event), instant)


class TextOperator(LocalOperator):
    """The length and words of a text; an event without the text is not judged."""

    def __init__(
        self, number: int, rule: PlannedRule, local: Local, wanted: TextRequirements, channels: Channels
    ) -> None:
        super().__init__(number, rule, local, channels)
        self._wanted = wanted

    def check(self, state: None, event: Event, flags: Flags) -> tuple[str] | None:
        """Return the faults of the text."""
        raw = event.attributes.get(self._wanted.field)
        text = None if raw is None else attribute_text(raw)
        faults = [] if text is None else self._wanted.faults(text)
        return ("; ".join(faults),) if faults else None
