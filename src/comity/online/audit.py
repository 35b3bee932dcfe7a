"""Auditing: feeding a log to the evaluator and reporting in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from comity.events import Event
from comity.findings import Finding, RuleTally, Status, Summary, sort_key
from comity.online.evaluator import Evaluator
from comity.online.program import Program
from comity.plan import PlannedRule
from comity.sources import Source


class _Disorder(Exception):
    """An event came that is earlier than the one before it."""


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
        evaluator, persons, events = _stream(Evaluator(program, since=since, until=until), source)
    except _Disorder:
        held = [event for batch in source.batches() for event in batch]
        if notice is not None:
            notice(f"the log is not in time order: {len(held):,} events are held in memory and sorted")
        evaluator, persons, events = _sorted(Evaluator(program, since=since, until=until), held)
    as_of = source.latest() if as_of is None else as_of
    evaluator.close(as_of)
    ordered = sorted(evaluator.found, key=lambda pair: sort_key(pair[1], pair[0]))
    findings = [finding for _, finding in ordered]
    counted = Counter((finding.policy, finding.rule, finding.status) for finding in findings)
    by_rule = {
        rule.name: _tally(rule, counted, evaluator.judged[number], evaluator.lacking.get(number, {}))
        for number, rule in enumerate(program.plan.rules)
    }
    summary = Summary(
        events=events,
        persons=len(persons),
        as_of=as_of,
        policies=program.plan.policies,
        by_rule=by_rule,
        unreadable=dict(sorted(evaluator.unreadable.items())),
        **source.counts(),
    )
    return summary, findings


def _tally(
    rule: PlannedRule, counted: Counter[tuple[str, str, Status]], judged: int, lacking: dict[str, int]
) -> RuleTally:
    return RuleTally(
        judged=judged,
        violation=counted[rule.policy, rule.id, "violation"],
        pending=counted[rule.policy, rule.id, "pending"],
        indeterminate=counted[rule.policy, rule.id, "indeterminate"],
        lacking=lacking,
    )


def _stream(evaluator: Evaluator, source: Source) -> tuple[Evaluator, set[str], int]:
    persons: set[str] = set()
    position = 0
    last: int | None = None
    take, add = evaluator.take, persons.add
    for batch in source.batches():
        for event in batch:
            if last is not None and event.at < last:
                raise _Disorder
            last = event.at
            add(event.person)
            take(event, position)
            position += 1
    return evaluator, persons, position


def _sorted(evaluator: Evaluator, events: list[Event]) -> tuple[Evaluator, set[str], int]:
    order = sorted(range(len(events)), key=lambda position: events[position].at)
    for position in order:
        evaluator.take(events[position], position)
    return evaluator, {event.person for event in events}, len(events)
