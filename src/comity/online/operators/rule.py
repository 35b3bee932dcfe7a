"""One rule of a plan: when it is in effect, the zone that it is read in, and the wording of its findings."""

from __future__ import annotations

from comity.clock.instants import format_instant
from comity.clock.zones import Zone, find_zones
from comity.errors import PluginError
from comity.events.channels import Channels
from comity.events.event import Event
from comity.events.fields import fold
from comity.online.operators.fields import Scope, scopes_of
from comity.plan import NEVER, PlannedRule, Wording
from comity.plan.wording import describe_event, fill
from comity.results.findings import Finding, Status


class Unreadable(Exception):
    """A rule reads an attribute of a proposed event that does not read as declared."""


Flags = tuple[bool, ...]
"""For each of a rule's roles, whether the event plays it; the first is: it is to be judged."""
MOST_DESCRIBED = 1_000
"""How many pairs of kind and channel are kept in words."""
Label = str | int
"""What findings call an event: its id or label, or else its place in the input."""


class BoundRule:
    """What the plan says of one rule, ready for events; threads and histories share it."""

    def __init__(self, number: int, rule: PlannedRule, channels: Channels) -> None:
        self.number = number
        """The rule's place in the plan."""
        self.rule = rule
        self.roles = (rule.judged, *(NEVER if role is None else role for role in rule.constraint.roles()))
        self.channels = channels
        self.scopes = scopes_of(rule.per, channels, rule.absent)
        """Gives the scopes that an event is in."""
        self._pooled = scopes_of(rule.per, channels)
        self.is_error = rule.severity == "error"
        self.always_effective = not rule.effective
        """Whether the rule is in effect on every day."""
        self._zone = rule.default_zone if rule.zone is None else rule.zone
        self._zones = () if self._zone is None else (self._zone,)
        self._zone_sources = rule.zone_sources if rule.zone is None and rule.zone_sources else None
        self._described: dict[tuple[str, str], str] = {}

    def is_effective(self, event: Event) -> bool:
        """Return whether the rule is in effect on the event's local day."""
        if not self.rule.effective:
            return True
        zone = self.zone(event)
        assert zone is not None, "INVARIANT: lowering refuses effective dates without a zone"
        day = zone.local_day(event.at)
        return all(
            (effective.start is None or effective.start <= day)
            and (effective.through is None or day <= effective.through)
            for effective in self.rule.effective
        )

    def comes_into_effect(self, event: Event) -> int | None:
        """Return the first instant after the event's from which the rule is in effect, None for never."""
        zone = self.zone(event)
        starts = [effective.start for effective in self.rule.effective if effective.start is not None]
        begins = [] if zone is None else [zone.day_start(start) for start in starts]
        return min((begin for begin in begins if begin > event.at), default=None)

    def zones(self, event: Event) -> tuple[Zone, ...]:
        """Return the zones that an event is read in: the rule's, else the event's own, else the policy's."""
        if event.timezone and self.rule.zone is None:
            return find_zones(event.timezone)
        if self._zone_sources is not None:
            return self._zone_sources.of(event.attributes) or self._zones
        return self._zones

    def own_zones(self, event: Event) -> tuple[Zone, ...]:
        """Return the zones of an event itself, or those that sources know of it, not the zone of the rule."""
        return find_zones(event.timezone) if event.timezone else self.rule.zone_sources.of(event.attributes)

    def zone(self, event: Event) -> Zone | None:
        """Return the zone in which spans are read: the first of the event's."""
        if event.timezone and self.rule.zone is None:
            zones = find_zones(event.timezone)
            return zones[0] if zones else None
        if self._zone_sources is not None and (found := self._zone_sources.of(event.attributes)):
            return found[0]
        return self._zone

    def failure(self, scope: Scope, event: Event, label: Label, error: Exception) -> Finding:
        """Make the finding about a rule that raised: its verdicts on the scope cannot be known."""
        if isinstance(error, Unreadable):
            return self.make_finding(scope, event, label, Wording("", str(error)), "", status="indeterminate")
        reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
        kind = f"`{self.rule.kind}`" + (f" of the plugin {self.rule.plugin}" if self.rule.plugin else "")
        message = f"The rule kind {kind} failed on this scope, so nothing is known here: {reason}."
        wording = Wording("", message)
        return self.make_finding(scope, event, label, wording, "", status="indeterminate")

    def make_finding(
        self,
        scope: Scope,
        event: Event,
        label: Label,
        wording: Wording,
        measured: str,
        *,
        status: Status = "violation",
        evidence: tuple[str, ...] = (),
        allowed_from: int | None = None,
        due: int | None = None,
    ) -> Finding:
        """Make a finding of this rule."""
        rule = self.rule
        return Finding(
            policy=rule.policy,
            rule=rule.id,
            kind=rule.kind,
            severity=rule.severity,
            status=status,
            person=event.person,
            scope=self.named(scope),
            event=name_of(label),
            at=event.at,
            evidence=evidence,
            measured=measured,
            required=wording.required,
            allowed_from=allowed_from,
            due=due,
            message=fill(
                wording.of(status),
                {
                    "event": self.describe(event),
                    "measured": measured,
                    "evidence": evidence[-1] if evidence else "",
                    "due": "" if due is None else format_instant(due),
                },
            ),
        )

    def scope_key(self) -> tuple[object, ...]:
        """Return what the rule's scopes depend on, for a key of what is kept of them."""
        return (self.rule.per,) if self.rule.absent == "pool" else (self.rule.per, self.rule.absent)

    def lacking(self, event: Event) -> list[str]:
        """Name the fields of which an event has no value, so that its scopes are not whole."""
        scope = self._pooled(event)[0]
        return [name for name, value in zip(self.rule.per, scope, strict=True) if value is None]

    def named(self, scope: Scope) -> tuple[tuple[str, str | None], ...]:
        """Return a scope's values with the names of their fields."""
        return tuple(zip(self.rule.per, scope, strict=True))

    def describe(self, event: Event) -> str:
        """Name an event for people: its kind, and the channel where that is known."""
        described = self._described.get((event.kind, event.channel))
        if described is None:
            if len(self._described) >= MOST_DESCRIBED:
                self._described.clear()
            described = describe_event(fold(event.kind), self.channels.name(event.channel))
            self._described[event.kind, event.channel] = described
        return described


def incomplete_state() -> RuntimeError:
    """Return the error of a rule that raised earlier, so that its state of the scope is incomplete."""
    return RuntimeError("it failed to keep an earlier event of the scope")


def label_of(event: Event, position: int) -> Label:
    """Return what findings call an event: its id, else its label, else its place."""
    return event.id or event.label or position


def name_of(label: Label) -> str:
    """Write a label: a place as `#N`, counted from 1."""
    return f"#{label + 1}" if isinstance(label, int) else label


EventRef = tuple[int, Label]
"""An event that is remembered: its instant and its label."""
