"""The operator local for windows around an instant that each event has in a field."""

from __future__ import annotations

from comity.clock.zones import Zone
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.local import LocalOperator
from comity.online.operators.operator import Unknown
from comity.online.operators.rule import Flags
from comity.plan import Around, Local, PlannedRule
from comity.plan.constraints.around import InstantRange
from comity.plan.dates_alone import DateAlone, judge_date_around
from comity.plan.time.field_spans import own_stretch


class AroundOperator(LocalOperator):
    """Events must be in the window around the instant in a field, or outside of it."""

    def __init__(
        self, number: int, rule: PlannedRule, local: Local, around: Around, channels: Channels
    ) -> None:
        super().__init__(number, rule, local, channels)
        self._around = around
        self.is_periodic = around.yearly

    def _own(self, event: Event) -> tuple[InstantRange, Zone | None]:
        """Return the first and the last instant of what is in the field, and the zone it is read in."""
        zone = self.zone(event)
        own = own_stretch(event.attributes.get(self._around.field), zone)
        assert own is not None, "INVARIANT: events without a value are not judged"
        return own, zone

    def check(self, state: None, event: Event, flags: Flags) -> tuple[str] | None:
        """Return how far the event is from the instant, if not allowed, or unknown without a time."""
        if event.date_only:
            date = self._date(event)
            if date.allowed is None:
                return Unknown((date.measured,))
            return None if date.allowed else (date.measured,)
        own, zone = self._own(event)
        if self._around.allows(self._around.windows(own, zone, event.at), event.at):
            return None
        return (self._around.measure(own, zone, event.at),)

    def _date(self, event: Event) -> DateAlone:
        own, _ = self._own(event)
        return judge_date_around(self.rule, self._around, self.own_zones(event), event.at, own)

    def usage(self, state: None, event: Event, flags: Flags) -> tuple[str, int | None]:
        """Say how far the event is from the instant."""
        if event.date_only:
            return self._date(event).measured, None
        return self._around.measure(*self._own(event), event.at), None

    def next_allowed(self, state: None, event: Event, instant: int, flags: Flags) -> int | None:
        """Wait for the window, or for its end; None if the event has a date alone that is allowed in part."""
        if event.date_only and instant == event.at:
            allowed = self._date(event).allowed
            if allowed is not False:
                return instant if allowed else None
            instant += 1  # With a time, the event would be another.
        return self._around.next_allowed(self._around.windows(*self._own(event), instant), instant)

    def next_forbidden(self, state: None, event: Event, instant: int, flags: Flags) -> int | None:
        """Wait for the end of the window, or for the window."""
        return self._around.next_forbidden(self._around.windows(*self._own(event), instant), instant)
