"""One rule of a plan: when it is in effect, the zones of its events, and the wording of its findings."""

from __future__ import annotations

from comity.clock.instants import format_instant
from comity.clock.zones import Zone, find_zones
from comity.errors import PluginError
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.fields import fold
from comity.online.operators.fields import Scope, scopes_of
from comity.plan import NEVER, PlannedRule, Wording
from comity.plan.wording import Sentence, about_event, describe_event
from comity.results.findings import Finding, Status


class Unreadable(Exception):
    """A rule uses an attribute of a proposed event that cannot be read as its policy declares it."""


Flags = tuple[bool, ...]
"""For each role of a rule, whether the event plays it; the first role is that the rule judges the event."""
MOST_SENTENCES = 1_000
"""How many sentences, one for each template, kind and channel, a rule keeps."""
Label = str | int
"""The name of an event in findings: its id or label, or else its place in the input, counted from 0."""


class BoundRule:
    """A rule of the plan that is ready for events; threads and histories share it."""

    def __init__(self, number: int, rule: PlannedRule, channels: Channels) -> None:
        self.number = number
        """The place of the rule in the plan."""
        self.rule = rule
        self.roles = (rule.judged, *(NEVER if role is None else role for role in rule.constraint.roles()))
        self.channels = channels
        self.scopes = scopes_of(rule.per, channels, rule.absent)
        """Returns the scopes of an event."""
        self._pooled = scopes_of(rule.per, channels)
        self.is_error = rule.severity == "error"
        self.always_effective = not rule.effective
        """Whether the rule is in effect on every day."""
        self._zone = rule.default_zone if rule.zone is None else rule.zone
        self._zones = () if self._zone is None else (self._zone,)
        self._zone_sources = rule.zone_sources if rule.zone is None and rule.zone_sources else None
        self._sentences: dict[tuple[str, str, str], Sentence] = {}
        """By template, kind and channel."""

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
        """Return the first instant after the event at which the rule comes into effect, None for never."""
        zone = self.zone(event)
        starts = [effective.start for effective in self.rule.effective if effective.start is not None]
        begins = [] if zone is None else [zone.day_start(start) for start in starts]
        return min((begin for begin in begins if begin > event.at), default=None)

    def zones(self, event: Event) -> tuple[Zone, ...]:
        """Return the zones of an event: the one of the rule, else its own, else the one of the policy."""
        if event.timezone and self.rule.zone is None:
            return find_zones(event.timezone)
        if self._zone_sources is not None:
            return self._zone_sources.of(event.attributes) or self._zones
        return self._zones

    def own_zones(self, event: Event) -> tuple[Zone, ...]:
        """Return the zones of the event itself, or those that zone sources know, without that of the rule."""
        return find_zones(event.timezone) if event.timezone else self.rule.zone_sources.of(event.attributes)

    def zone(self, event: Event) -> Zone | None:
        """Return the zone in which spans count: the first of the zones of the event."""
        if event.timezone and self.rule.zone is None:
            zones = find_zones(event.timezone)
            return zones[0] if zones else None
        if self._zone_sources is not None and (found := self._zone_sources.of(event.attributes)):
            return found[0]
        return self._zone

    def failure(self, scope: Scope, event: Event, label: Label, error: Exception) -> Finding:
        """Make the finding about a rule that raised: its verdicts on the scope are unknown."""
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
        evidence: tuple[str, ...] = (),
        allowed_from: int | None = None,
        *,
        status: Status = "violation",
        due: int | None = None,
    ) -> Finding:
        """Make a finding of this rule."""
        rule = self.rule
        sentence, needed_of = self._sentence(wording.of(status), event)
        return Finding(
            rule.policy,
            rule.id,
            rule.kind,
            rule.severity,
            status,
            event.person,
            self.named(scope),
            name_of(label),
            event.at,
            evidence,
            measured,
            wording.required,
            allowed_from,
            due,
            sentence
            % needed_of(
                (measured, evidence[-1] if evidence else "", "" if due is None else format_instant(due))
            ),
        )

    def _sentence(self, template: str, event: Event) -> Sentence:
        """Return a template of a message with the name of the event filled in."""
        key = template, event.kind, event.channel
        sentence = self._sentences.get(key)
        if sentence is None:
            if len(self._sentences) >= MOST_SENTENCES:
                self._sentences.clear()
            sentence = self._sentences[key] = about_event(template, self.describe(event))
        return sentence

    def scope_key(self) -> tuple[object, ...]:
        """Return what the scopes of the rule depend on, for its state key."""
        return (self.rule.per,) if self.rule.absent == "pool" else (self.rule.per, self.rule.absent)

    def lacking(self, event: Event) -> list[str]:
        """Return the names of the scope fields for which an event has no value."""
        scope = self._pooled(event)[0]
        return [name for name, value in zip(self.rule.per, scope, strict=True) if value is None]

    def named(self, scope: Scope) -> tuple[tuple[str, str | None], ...]:
        """Return the values of a scope with the names of their fields."""
        per = self.rule.per
        if len(per) == 1:
            return ((per[0], scope[0]),)
        return tuple(zip(per, scope, strict=True))

    def describe(self, event: Event) -> str:
        """Return the name of an event for people: its kind, and its channel if that is known."""
        return describe_event(fold(event.kind), self.channels.name(event.channel))


def incomplete_state() -> RuntimeError:
    """Return the error of a rule that raised earlier, so that its state of the scope is incomplete."""
    return RuntimeError("it failed to keep an earlier event of the scope")


def label_of(event: Event, position: int) -> Label:
    """Return the label of an event: its id, else its own label, else its place."""
    return event.id or event.label or position


def name_of(label: Label) -> str:
    """Return a label as text: a place is `#N`, counted from 1."""
    return f"#{label + 1}" if isinstance(label, int) else label


EventRef = tuple[int, Label]
"""A remembered event: its instant and its label."""
