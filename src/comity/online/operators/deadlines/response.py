"""The operator response: a selected event from e's instant to a deadline, once or again and again."""

from __future__ import annotations

from typing import Final

from comity.clock.instants import MAX_INSTANT, MIN_INSTANT
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.deadlines.deadline_rule import DeadlineRule
from comity.online.operators.fields import Scope
from comity.online.operators.rule import Label
from comity.plan import FieldSpan, PlannedRule, Response
from comity.plan.fingerprint import fingerprint
from comity.results.findings import Finding

ALWAYS: Final = (MIN_INSTANT, 2 * MAX_INSTANT)
"""From (inclusive) and to (exclusive) when a rule without dates is in force."""


class OpenResponse:
    """A response that may still come."""

    __slots__ = (
        "begins",
        "closed",
        "deadline",
        "event",
        "held",
        "in_force",
        "label",
        "missed",
        "over",
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
        self.in_force = ALWAYS
        """From (inclusive) and to (exclusive) when a period must begin to be judged."""
        self.missed = 0
        """How many periods passed without an answer and are findings: `MOST_MISSED` at most."""
        self.over: int | None = None
        """Set where it stands for periods that are not listed: all that were over before this instant."""
        self.paused = 0
        """By how many ticks of the span's clock pauses have moved the deadline."""
        self.held: int | None = None
        """Since when the clock has stood still, None while it runs."""

    def copied(self) -> OpenResponse:
        """Return an independent copy."""
        made = OpenResponse(self.scope, self.event, self.label, self.position, self.deadline)
        made.begins, made.missed, made.paused, made.held = self.begins, self.missed, self.paused, self.held
        made.in_force = self.in_force
        return made

    @property
    def counts(self) -> bool:
        """Whether the period that runs is judged."""
        return self.in_force[0] <= self.begins < self.in_force[1]


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

    def leap(self, open_one: OpenResponse, until: int) -> int:
        """Pass over the whole periods that are over before an instant, and return how many there are.

        Some clocks have them found one by one, with `miss`; the running period must be one that no pause
        has moved.
        """
        within, zone = self.response.within, self.zone(open_one.event)
        assert not isinstance(within, FieldSpan), "INVARIANT: no event has several instants in a field"
        number = within.periods_before(zone, open_one.begins, until)
        if number:
            open_one.begins = within.times(number).deadline(zone, open_one.begins)
            open_one.deadline = self.deadline(open_one.event, open_one.begins)
        return number

    def pass_over(self, open_one: OpenResponse, until: int) -> int:
        """Pass over the periods that are over before an instant, and return how many of them are judged."""
        passed, (first, end) = 0, open_one.in_force
        while open_one.deadline < until and open_one.begins < end:
            passed += open_one.begins >= first
            self.miss(open_one)
            if open_one.begins < first:
                self.leap(open_one, min(until, first))
            else:
                passed += self.leap(open_one, min(until, end))
        return passed

    def in_force(self, event: Event, since: int | None, until: int | None) -> tuple[int, int]:
        """Return from (inclusive) and to (exclusive) when the periods of an event are judged."""
        first, end = ALWAYS[0] if since is None else since, ALWAYS[1] if until is None else until
        zone = self.zone(event)
        for effective in self.rule.effective:
            assert zone is not None, "INVARIANT: lowering refuses effective dates without a zone"
            if effective.start is not None:
                first = max(first, zone.day_start(effective.start))
            if effective.through is not None:
                end = min(end, zone.day_start(effective.through + 1))
        return first, end

    def resume(self, open_one: OpenResponse, at: int) -> int:
        """Return the deadline of a response that is held, if its clock runs again from an instant on."""
        event, within, zone = open_one.event, self.response.within, self.zone(open_one.event)
        assert open_one.held is not None, "INVARIANT: only what is held resumes"
        at = max(at, open_one.held)
        clock = (
            within.clock_of(event.attributes.get(within.field), zone)
            if isinstance(within, FieldSpan)
            else within
        )
        open_one.paused += at - open_one.held if clock is None else clock.ticks(zone, open_one.held, at)
        moved = self.deadline(event, open_one.begins, open_one.paused)
        if moved >= at:
            return moved
        return at if clock is None else clock.earliest_deadline(zone, at)

    def due(self, open_one: OpenResponse, now: int | None) -> OpenResponse | None:
        """Return what is open of a response at an instant, with its deadline then; None if that has passed.

        The deadline of one that is held is the one that it has if its clock runs again from now on.
        """
        at = open_one.copied()
        if at.held is not None:
            at.deadline = self.resume(at, at.held if now is None else now)
        elif self.recurs and now is not None:
            self.pass_over(at, now)
        return at if at.counts and (now is None or at.deadline >= now) else None

    def state_key(self) -> str:
        """Return a text of what triggers, what answers, until when, and when the rule is in effect."""
        rule = self.rule
        zones = (rule.zone, rule.default_zone)
        return fingerprint(
            "response", rule.name, *self.scope_key(), rule.judged, self.response, rule.effective, zones
        )

    def unlisted(self, open_one: OpenResponse, as_of: int | None) -> int:
        """Return how many periods of those that something stands for are over at as-of.

        It stands for the period after them from then on.
        """
        if open_one.over is None:
            return 0
        return self.pass_over(open_one, open_one.over if as_of is None else min(open_one.over, as_of + 1))

    def report(self, open_one: OpenResponse, as_of: int | None) -> Finding | None:
        """Return the finding about a response that did not come; None if it is not asked for at as-of.

        As long as its clock stands still, nothing is late: it is due when it would be if the clock ran again
        from as-of on.
        """
        if not open_one.counts:
            return None
        if open_one.over is not None and (as_of is None or open_one.deadline >= open_one.over):
            return None
        if as_of is not None and open_one.begins > max(as_of, open_one.event.at):
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
