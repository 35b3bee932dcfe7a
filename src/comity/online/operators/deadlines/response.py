"""The operator response: a selected event from e's instant to a deadline, once or again and again."""

from __future__ import annotations

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.rule import Label
from comity.plan import FieldSpan, PlannedRule, Response
from comity.plan.constraints.response import MOST_MISSED
from comity.plan.fingerprint import fingerprint
from comity.results.findings import Finding


class OpenResponse:
    """A response that may still come."""

    __slots__ = (
        "begins",
        "closed",
        "deadline",
        "event",
        "held",
        "label",
        "missed",
        "paused",
        "position",
        "scope",
    )

    def __init__(self, scope: Scope, event: Event, label: Label, position: int, deadline: int) -> None:
        self.scope = scope
        self.event = event
        self.label = label
        self.position = position
        self.deadline = deadline
        self.closed = False
        """Whether it was answered, or its last deadline has passed."""
        self.begins = event.at
        """Where the running period begins: at the event, or where the one before was missed."""
        self.missed = 0
        """How many periods passed without an answer."""
        self.paused = 0
        """By how many ticks of the span's clock pauses have moved the deadline."""
        self.held: int | None = None
        """Since when the clock has stood still, None while it runs."""

    def copied(self) -> OpenResponse:
        """Return an independent copy."""
        made = OpenResponse(self.scope, self.event, self.label, self.position, self.deadline)
        made.begins, made.missed, made.paused, made.held = self.begins, self.missed, self.paused, self.held
        return made


class ResponseRule(DeadlineRule):
    """An answer from e's instant on and not after the deadline."""

    def __init__(self, number: int, rule: PlannedRule, response: Response, channels: Channels) -> None:
        super().__init__(number, rule, channels)
        self.response = response
        self.recurs = response.recurrence is not None
        self.pauses = response.pause is not None

    def deadline(self, event: Event, begins: int | None = None, paused: int = 0) -> int:
        """Return the last instant of a period that begins at the event or later, so many ticks further."""
        within, zone = self.response.within, self.zone(event)
        if isinstance(within, FieldSpan):
            return within.deadline(event.attributes.get(within.field), zone, event.at, paused)
        return within.extended(paused).deadline(zone, event.at if begins is None else begins)

    def miss(self, open_one: OpenResponse) -> None:
        """Let the next period begin where one was missed."""
        event, missed = open_one.event, open_one.deadline
        # A period such as `same week` ends with the deadline itself: the next one begins after it.
        open_one.begins = missed if self.deadline(event, missed) > missed else missed + 1
        open_one.deadline = self.deadline(event, open_one.begins)
        open_one.paused = 0
        open_one.missed += 1

    def resume(self, open_one: OpenResponse, at: int) -> int:
        """Return the deadline of a response that is held, if its clock runs again from an instant on."""
        event, within, zone = open_one.event, self.response.within, self.zone(open_one.event)
        assert open_one.held is not None, "INVARIANT: only what is held resumes"
        at = max(at, open_one.held)
        if isinstance(within, FieldSpan):
            ticks = within.ticks(event.attributes.get(within.field), zone, open_one.held, at)
        else:
            ticks = within.ticks(zone, open_one.held, at)
        open_one.paused += ticks
        return max(self.deadline(event, open_one.begins, open_one.paused), at)

    def due(self, open_one: OpenResponse, now: int | None) -> OpenResponse | None:
        """Return what is open of a response at an instant, with its deadline then; None if that has passed.

        The deadline of one that is held is the one that it has if its clock runs again from now on.
        """
        at = open_one.copied()
        if at.held is not None:
            at.deadline = self.resume(at, at.held if now is None else now)
            return at
        while self.recurs and now is not None and at.deadline < now and at.missed < MOST_MISSED:
            self.miss(at)
        return at if now is None or at.deadline >= now else None

    def state_key(self) -> str:
        """Return a text of what triggers, what answers, until when, and when the rule is in effect."""
        rule = self.rule
        zones = (rule.zone, rule.default_zone)
        return fingerprint(
            "response", rule.name, *self.scope_key(), rule.judged, self.response, rule.effective, zones
        )

    def report(self, open_one: OpenResponse, as_of: int | None) -> Finding | None:
        """Return the finding about a response that did not come; None if a period before it is pending.

        As long as its clock stands still, nothing is late: it is due when it would be if the clock ran again
        from as-of on.
        """
        if as_of is not None and open_one.missed and open_one.begins > as_of:
            return None
        pending = as_of is not None and open_one.deadline > as_of
        if open_one.held is not None:
            pending = True
            open_one.deadline = self.resume(open_one, open_one.held if as_of is None else as_of)
        return self.finding(open_one, pending=pending)

    def finding(self, waiting: OpenResponse, *, pending: bool) -> Finding:
        """Make the finding about a response that did not come, or, if `pending`, has not come yet."""
        wording = self.response.wording
        return self.make_finding(
            waiting.scope,
            waiting.event,
            waiting.label,
            wording,
            wording.nothing,
            status="pending" if pending else "violation",
            due=waiting.deadline,
        )
