"""Running one rule: its scopes, when it is in force, and the findings that it makes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from comity.errors import EventError
from comity.events import Channels, Event, fold
from comity.findings import Finding, Status
from comity.instants import format_instant
from comity.online.fields import Scope, scopes_of
from comity.plan import NEVER, PlannedRule, Selector, Span, Wording
from comity.plan.wording import describe_event, fill
from comity.zones import Zone, find_zones

Flags = tuple[bool, ...]
"""For each of a runner's roles, whether the event plays it; the first is: it is to be judged."""


class Context:
    """What the runners of one evaluation share."""

    def __init__(self, channels: Channels, since: int | None, until: int | None) -> None:
        self.channels = channels
        self.since = since
        self.until = until
        self.position = 0
        """The present event's place in the input."""
        self.found: list[tuple[int, Finding]] = []
        """Position of the judged event, and the finding."""
        self.holds: Callable[[Selector, Event], bool] = _no_selectors
        """Tells whether a selector holds at the present event; the evaluator sets it."""


def _no_selectors(selector: Selector, event: Event) -> bool:
    raise AssertionError("INVARIANT: an evaluator asks selectors")


class Runner(ABC):
    """Judges and remembers the events of one rule, scope by scope."""

    answers_decisions: ClassVar[bool] = True
    """Whether the rule can say of a proposed event at once if it is allowed."""

    def __init__(self, rule: PlannedRule, context: Context, *roles: Selector | None) -> None:
        self.rule = rule
        self.roles = (rule.judged, *(NEVER if role is None else role for role in roles))
        self.context = context
        self.judged = 0
        self.lacking: dict[str, int] = {}
        self.scopes = scopes_of(rule.per, context.channels)
        """Gives the scopes that an event is in."""
        self._always = not rule.effective and context.since is None and context.until is None
        self._failed: set[Scope] = set()

    def visit(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Judge an event in one of its scopes, if it is to be judged, then remember it for later ones."""
        if flags[0] and (self._always or self.in_force(event)):
            self.judged += 1
            self.note(self.judge(scope, event, label))
        if True in flags[1:]:
            self.remember(scope, event, label, flags)

    def note(self, finding: Finding | None) -> None:
        """Keep a finding about the present event."""
        if finding is not None:
            self.context.found.append((self.context.position, finding))

    def judge_safely(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Judge an event; a rule that raises, or has raised on this scope, gives an indeterminate finding."""
        try:
            if scope not in self._failed:
                return self.judge(scope, event, label)
            error: Exception = RuntimeError("it failed on an earlier event of the scope")
        except EventError:
            raise
        except Exception as raised:
            error = raised
        return self._failure(scope, event, label, error)

    @abstractmethod
    def judge(self, scope: Scope, event: Event, label: str) -> Finding | None:
        """Give the finding where an event breaks the rule, given what came before it."""

    def remember(self, scope: Scope, event: Event, label: str, flags: Flags) -> None:
        """Keep what later events of the scope need of this one."""

    def earliest(self, scope: Scope, event: Event, instant: int) -> int | None:
        """Give the first instant, from `instant` on, at which the rule would allow the event, or None."""
        return instant

    def close(self, as_of: int | None) -> None:
        """Report what is open when time ends."""

    def in_force(self, event: Event) -> bool:
        """Tell whether an event is inside the audited stretch and the effective dates."""
        context = self.context
        if context.since is not None and event.at < context.since:
            return False
        if context.until is not None and event.at >= context.until:
            return False
        return self.is_effective(event)

    def is_effective(self, event: Event) -> bool:
        """Tell whether the rule is in effect on the event's local day."""
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

    def zones(self, event: Event) -> tuple[Zone, ...]:
        """Give the zones that an event is read in: the rule's, else the event's own, else the policy's."""
        rule = self.rule
        if rule.zone is not None:
            return (rule.zone,)
        if event.timezone:
            return find_zones(event.timezone)
        return () if rule.default_zone is None else (rule.default_zone,)

    def start(self, span: Span, event: Event) -> int:
        """Give the first instant within a span, looking back from an event."""
        if span.clock is None:
            return event.at - span.count + 1
        return span.start(self.zone(event), event.at)

    def zone(self, event: Event) -> Zone | None:
        """Give the zone in which spans are read: the first of the event's."""
        zones = self.zones(event)
        return zones[0] if zones else None

    def finding(
        self,
        scope: Scope,
        event: Event,
        label: str,
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
        described = describe_event(fold(event.kind), self.context.channels.name(event.channel))
        return Finding(
            policy=rule.policy,
            rule=rule.id,
            kind=rule.kind,
            severity=rule.severity,
            status=status,
            person=event.person,
            scope=tuple(zip(rule.per, scope, strict=True)),
            event=label,
            at=event.at,
            evidence=evidence,
            measured=measured,
            required=wording.required,
            allowed_from=allowed_from,
            due=due,
            message=fill(
                wording.pending if status == "pending" else wording.message,
                {
                    "event": described,
                    "measured": measured,
                    "evidence": evidence[-1] if evidence else "",
                    "due": "" if due is None else format_instant(due),
                },
            ),
        )

    def note_lacking(self, scope: Scope, event: Event) -> None:
        """Count the fields that an event lacks, once where several matters put it in several scopes."""
        if scope == self.scopes(event)[0]:
            for name, value in zip(self.rule.per, scope, strict=True):
                if value is None:
                    self.lacking[name] = self.lacking.get(name, 0) + 1

    def fail(self, scope: Scope, event: Event, label: str, error: Exception) -> None:
        """Report a rule that raised on a scope, once: its verdicts there cannot be known."""
        if isinstance(error, EventError):
            raise error
        if scope in self._failed:
            return
        self._failed.add(scope)
        self.note(self._failure(scope, event, label, error))

    def _failure(self, scope: Scope, event: Event, label: str, error: Exception) -> Finding:
        reason = f"{type(error).__name__}: {error}"
        kind = self.rule.kind
        wording = Wording(
            "", f"The rule kind `{kind}` failed on this scope, so nothing is known here: {reason}."
        )
        return self.finding(scope, event, label, wording, "", status="indeterminate")


def label_of(event: Event, position: int) -> str:
    """Give what findings call an event: its id, else its label, else `#N`."""
    return event.id or event.label or f"#{position + 1}"
