"""Auditing: feed a log to the evaluator, and report the findings in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

import attrs

from comity.clock.eras import Eras
from comity.clock.instants import MIN_INSTANT
from comity.clock.zone_names import fixed_in
from comity.events.census import Census, census_of
from comity.events.event import Event
from comity.events.sources import Source
from comity.online.compiled_plan import CompiledPlan
from comity.online.evaluator import Evaluator
from comity.plan import Plan, PlannedRule
from comity.records import define
from comity.results.findings import Finding, Status, sort_key
from comity.results.report import RuleCounts, Summary
from comity.texts.near import find_near, near_texts

_at = attrgetter("at")


class _Disorder(Exception):
    """An event is earlier than the one before it."""


@define
class _EventNotes:
    """What an audit notes about the events themselves, whatever the rules say."""

    zoned: bool
    """Whether a rule depends on the time zones of events."""
    eras: Eras = attrs.field(factory=Eras)
    fixed_zones: Counter[str] = attrs.field(factory=Counter)
    texts: dict[str, set[str]] = attrs.field(factory=dict)
    """The actors and matters, if rules use them."""

    @classmethod
    def of(cls, plan: Plan) -> _EventNotes:
        """Return the notes before the first event."""
        return cls(plan.reads_zones(), texts={name: set() for name in plan.identities()})

    def add(self, events: Sequence[Event]) -> None:
        """Note events, which must be in time order."""
        for name, texts in self.texts.items():
            if name == "matter":
                texts.update(text for event in events for text in event.matter)
            else:
                texts.update(event.actor for event in events if event.actor is not None)
        self.eras.add_sorted(events, _at)
        if self.zoned and any(map(fixed_in, {event.timezone for event in events})):
            for event in events:
                self.fixed_zones.update(fixed_in(event.timezone))


def audit(
    compiled: CompiledPlan,
    source: Source,
    *,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
    notice: Callable[[str], None] | None = None,
) -> tuple[Summary, list[Finding]]:
    """Judge every event of a source.

    Events in time order stream through. If they are not in order, the source is read again, all events are
    held in memory and sorted, and `notice` is told so. Instants are in microseconds.
    """
    run = _AuditRun(Evaluator(compiled, since=since, until=until))
    try:
        run.stream(source.batches())
    except _Disorder:
        held = [event for batch in source.batches() for event in batch]
        if notice is not None:
            notice(f"the log is not in time order: {len(held):,} events are held in memory and sorted")
        run = _AuditRun(Evaluator(compiled, since=since, until=until))
        run.sort(held)
    evaluator = run.evaluator
    as_of = source.latest() if as_of is None else as_of
    evaluator.close(as_of)
    ordered = sorted(evaluator.found, key=lambda pair: sort_key(pair[1], pair[0]))
    findings = [finding for _, finding in ordered]
    counted = Counter((finding.policy, finding.rule, finding.status) for finding in findings)
    by_rule = {
        rule.name: _tally(
            rule,
            counted,
            evaluator.judged[number],
            evaluator.lacking.get(number, {}),
            evaluator.unread.by_rule.get(number, {}),
            evaluator.unlisted(number),
        )
        for number, rule in enumerate(compiled.plan.rules)
    }
    summary = Summary(
        events=run.events,
        persons=len(run.persons),
        as_of=as_of,
        policies=compiled.plan.policies,
        by_rule=by_rule,
        suspicious=run.known.eras.suspicious(),
        fixed_zones=compiled.plan.fixed_zones(run.known.fixed_zones),
        unreadable=dict(sorted(evaluator.unread.by_attribute.items())),
        near=near_texts(
            {field: find_near(texts) for field, texts in {"person": run.persons, **run.known.texts}.items()}
        ),
        unreadable_examples=dict(sorted(evaluator.unread.examples.items())),
        unparted=dict(sorted(evaluator.unread.joined.items())),
        census=run.census(outcomes=compiled.plan.asks_outcome()),
        **source.counts(),
    )
    return summary, findings


def _tally(
    rule: PlannedRule,
    counted: Counter[tuple[str, str, Status]],
    judged: int,
    lacking: dict[str, int],
    unreadable: dict[str, int],
    unlisted: int,
) -> RuleCounts:
    return RuleCounts(
        judged=judged,
        violation=counted[rule.policy, rule.id, "violation"],
        pending=counted[rule.policy, rule.id, "pending"],
        indeterminate=counted[rule.policy, rule.id, "indeterminate"],
        lacking=lacking,
        unreadable=unreadable,
        unlisted=unlisted,
    )


class _AuditRun:
    """One evaluator, and what the audit counts of the events that it takes."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.persons: set[str] = set()
        self.events = 0
        self._first: int | None = None
        self._last: int | None = None
        self.known = _EventNotes.of(evaluator.compiled.plan)
        self._together = Together()

    def stream(self, batches: Iterable[Iterable[Event]]) -> None:
        """Take events that are in time order; raises _Disorder if one is not."""
        position, last, before = 0, MIN_INSTANT - 1, None
        take, add = self.evaluator.take, self.persons.add
        for given in batches:
            batch = given if isinstance(given, list | tuple) else list(given)
            for event in batch:
                at = event.at
                if at <= last:
                    if at < last:
                        raise _Disorder
                    self._together.add(before, event)
                elif before is None:
                    self._first = at
                last, before = at, event
                add(event.person)
                take(event, position)
                position += 1
            self.known.add(batch)
        self.events, self._last = position, last

    def sort(self, events: list[Event]) -> None:
        """Take events from memory in time order, whatever their order is there."""
        before = None
        order = sorted(range(len(events)), key=lambda position: events[position].at)
        for position in order:
            event = events[position]
            if before is not None and event.at == before.at:
                self._together.add(before, event)
            before = event
            self.evaluator.take(event, position)
        self.known.add([events[position] for position in order])
        self.persons = {event.person for event in events}
        self.events = len(events)
        self._first = min(event.at for event in events)
        self._last = max(event.at for event in events)

    def census(self, *, outcomes: bool) -> Census:
        """Return what kinds of events there are, and when."""
        if not self.events:
            return Census()
        together = self._together
        return census_of(
            self.evaluator.signatures().items(),
            self._first,
            self._last,
            together.repeated,
            together.repeated_id,
            outcomes=outcomes,
        )


class Together:
    """Counts events that are repeated: same instant, same person, same id."""

    def __init__(self) -> None:
        self.repeated = 0
        self.repeated_id: str | None = None
        """The first of the repeated ids, by code points."""
        self._at: int | None = None
        self._known: set[tuple[str, str]] = set()

    def add(self, before: Event | None, event: Event) -> None:
        """Take an event that has the same instant as the one before it."""
        if self._at != event.at:
            self._at = event.at
            self._known = set()
            if before is not None and before.id:
                self._known.add((before.person, before.id))
        if not event.id:
            return
        if (event.person, event.id) in self._known:
            self.repeated += 1
            if self.repeated_id is None or event.id < self.repeated_id:
                self.repeated_id = event.id
        else:
            self._known.add((event.person, event.id))
