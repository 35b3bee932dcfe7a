"""Auditing: feeding a log to the evaluator and reporting in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter

import attrs

from comity.eras import Eras
from comity.events import Event
from comity.findings import Finding, RuleTally, Status, Summary, sort_key
from comity.near import find_near, near_texts
from comity.online.evaluator import Evaluator
from comity.online.program import Program
from comity.plan import Plan, PlannedRule
from comity.sources import Source
from comity.zone_names import fixed_in

_at = attrgetter("at")


class _Disorder(Exception):
    """An event came that is earlier than the one before it."""


@attrs.define
class _Known:
    """What is known of the events beside what rules say of them."""

    zoned: bool
    """Whether it matters in which zones they are."""
    eras: Eras = attrs.field(factory=Eras)
    fixed_zones: Counter[str] = attrs.field(factory=Counter)
    texts: dict[str, set[str]] = attrs.field(factory=dict)
    """The actors and matters, where rules look at them."""

    @classmethod
    def of(cls, plan: Plan) -> _Known:
        """Give what is known before the first event."""
        return cls(plan.reads_zones(), texts={name: set() for name in plan.identities()})

    def add(self, events: Sequence[Event]) -> None:
        """Take in events that are in order."""
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
    program: Program,
    source: Source,
    *,
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
    notice: Callable[[str], None] | None = None,
) -> tuple[Summary, list[Finding]]:
    """Judge every event of a source.

    Events in time order stream through; others are read again, held in memory and sorted, with a notice.
    """
    try:
        known = _Known.of(program.plan)
        evaluator, persons, events = _stream(Evaluator(program, since=since, until=until), source, known)
    except _Disorder:
        held = [event for batch in source.batches() for event in batch]
        if notice is not None:
            notice(f"the log is not in time order: {len(held):,} events are held in memory and sorted")
        known = _Known.of(program.plan)
        evaluator, persons, events = _sorted(Evaluator(program, since=since, until=until), held, known)
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
        )
        for number, rule in enumerate(program.plan.rules)
    }
    summary = Summary(
        events=events,
        persons=len(persons),
        as_of=as_of,
        policies=program.plan.policies,
        by_rule=by_rule,
        suspicious=known.eras.suspicious(),
        fixed_zones=program.plan.fixed_zones(known.fixed_zones),
        unreadable=dict(sorted(evaluator.unread.by_attribute.items())),
        near=near_texts(
            {field: find_near(texts) for field, texts in {"person": persons, **known.texts}.items()}
        ),
        unreadable_examples=dict(sorted(evaluator.unread.examples.items())),
        **source.counts(),
    )
    return summary, findings


def _tally(
    rule: PlannedRule,
    counted: Counter[tuple[str, str, Status]],
    judged: int,
    lacking: dict[str, int],
    unreadable: dict[str, int],
) -> RuleTally:
    return RuleTally(
        judged=judged,
        violation=counted[rule.policy, rule.id, "violation"],
        pending=counted[rule.policy, rule.id, "pending"],
        indeterminate=counted[rule.policy, rule.id, "indeterminate"],
        lacking=lacking,
        unreadable=unreadable,
    )


def _stream(evaluator: Evaluator, source: Source, known: _Known) -> tuple[Evaluator, set[str], int]:
    persons: set[str] = set()
    position = 0
    last: int | None = None
    take, add = evaluator.take, persons.add
    for given in source.batches():
        batch = given if isinstance(given, list | tuple) else list(given)
        for event in batch:
            if last is not None and event.at < last:
                raise _Disorder
            last = event.at
            add(event.person)
            take(event, position)
            position += 1
        known.add(batch)
    return evaluator, persons, position


def _sorted(evaluator: Evaluator, events: list[Event], known: _Known) -> tuple[Evaluator, set[str], int]:
    order = sorted(range(len(events)), key=lambda position: events[position].at)
    for position in order:
        evaluator.take(events[position], position)
    known.add([events[position] for position in order])
    return evaluator, {event.person for event in events}, len(events)
