"""What must be known about a proposed contact besides the verdict: the notices of an audit of it."""

from __future__ import annotations

from functools import cached_property

from comity.clock.eras import EARLY, LATE
from comity.clock.zone_names import fixed_in
from comity.diagnostics.counted import dates_notice, suspicious_notice, zone_notice
from comity.diagnostics.words.near_channels import near_notice, nearest
from comity.events.census import MOST_SIGNATURES
from comity.events.channels.channel import Channels
from comity.events.event import Event, hidden_in
from comity.events.hidden import hidden_notice
from comity.notices import Notice
from comity.plan import Plan


class Proposed:
    """Returns the notices about one contact; those about its channel and zone are made once for each pair."""

    def __init__(self, plan: Plan, channels: Channels) -> None:
        self._plan = plan
        self._channels = channels
        self._known: dict[tuple[str, str | None], tuple[Notice, ...]] = {}

    def __call__(self, event: Event) -> tuple[Notice, ...]:
        """Return the notices about a contact, in the order of reports."""
        key = (event.channel, event.timezone)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= MOST_SIGNATURES:
                self._known.clear()
            known = self._known[key] = (*self._of_channel(event.channel), *self._of_zone(event.timezone))
        if EARLY <= event.at < LATE and not event.date_only:
            instant: tuple[Notice, ...] = ()
        else:
            instant = _of_instant(event)
        return (*_of_characters(event), *known, *instant)

    def _of_channel(self, channel: str) -> tuple[Notice, ...]:
        names = self._channels.names()
        name = self._channels.name(channel)
        meant = None if name in names else nearest(name, names)
        return () if meant is None else (near_notice({channel.strip(): (1, meant)}),)

    def _of_zone(self, zone: str | None) -> tuple[Notice, ...]:
        if not self._reads_zones:
            return self._of_policies
        own = tuple(zone_notice(name, 1) for name in fixed_in(zone))
        names = {notice.example for notice in own}
        return (*(notice for notice in self._of_policies if notice.example not in names), *own)

    @cached_property
    def _reads_zones(self) -> bool:
        return self._plan.reads_zones()

    @cached_property
    def _of_policies(self) -> tuple[Notice, ...]:
        return tuple(zone_notice(name, 0) for name in self._plan.fixed_zones({}))


def _of_characters(event: Event) -> tuple[Notice, ...]:
    found = hidden_in(event)
    return tuple(hidden_notice(field, 1, found[field]) for field in sorted(found)) if found else ()


def _of_instant(event: Event) -> tuple[Notice, ...]:
    told = (dates_notice(1),) if event.date_only else ()
    if 0 <= event.at < EARLY:
        return (*told, suspicious_notice("january-1970", 1, event.at))
    return (*told, suspicious_notice("beyond-2200", 1, event.at)) if event.at >= LATE else told
