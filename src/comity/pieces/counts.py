"""What an auditor counts in a piece, as JSON: whatever sums up over the pieces to what an audit tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from comity.clock.eras import Reason
from comity.diagnostics import Facts
from comity.diagnostics.counted import counted
from comity.diagnostics.repeated import repeated_events
from comity.diagnostics.scopes import missing_in_scopes
from comity.events.event import Event
from comity.events.hidden import hidden_notice
from comity.notices import Notice
from comity.pieces.piece_log import PieceLog
from comity.plan.needs.split_keys import SplitKey
from comity.results.report import RuleCounts

HIDDEN: Final = "invisible-characters"
_SAMPLE: Final = 20
"""So many events of a piece go with its counts: notices show some of the words that the log has."""


def told_of(facts: Facts, source: PieceLog, *, first: bool) -> Iterator[Notice]:
    """Yield the notices of a piece whose counts sum up to those of the log.

    Passes after the first one tell about their rules alone.
    """
    summary = facts.summary
    if not first:
        of_rules = (*counted(summary), *missing_in_scopes(facts))
        yield from (notice for notice in of_rules if notice.rule is not None)
        return
    near = {name: found for name, found in summary.near.items() if name == "person"}
    yield from (notice for notice in source.notices() if notice.code == HIDDEN)
    yield from repeated_events(summary)
    # Which instants are far from the rest, and which zones the policies have, the whole log shows alone.
    unit: dict[Reason, tuple[int, int]] = {
        reason: found for reason, found in summary.suspicious.items() if reason != "far"
    }
    yield from counted(attrs.evolve(summary, suspicious=unit, fixed_zones={}, near=near))
    yield from missing_in_scopes(facts)


def counts_of(
    facts: Facts, source: PieceLog, key: SplitKey, own: Sequence[Notice], order_by: str
) -> dict[str, Any]:
    """Return the counts of a piece."""
    summary = facts.summary
    found: dict[str, Any] = {
        "key": list(key.fields),
        "first": key.first,
        "as_of": summary.as_of,
        "since": facts.since,
        "until": facts.until,
        "order_by": order_by,
        "by_rule": {name: _of_rule(tally) for name, tally in summary.by_rule.items()},
        "fixed_zones": dict(summary.fixed_zones),
        "census": _census(facts),
    }
    if key.first:
        person = summary.near.get("person")
        notices = source.notices()
        log = source.log
        found |= {
            "rows": dict(source.counts()),
            "events": summary.events,
            "persons": summary.persons,
            "unreadable": dict(summary.unreadable),
            "unreadable_examples": dict(summary.unreadable_examples),
            "unparted": {name: list(each) for name, each in summary.unparted.items()},
            "near": None if person is None else [person.count, *person.example],
            "values": {name: None if each is None else sorted(each) for name, each in source.values.items()},
            "eras": attrs.asdict(source.eras),
            "hidden": _hidden(notices, facts.plan.fields() | facts.plan.attributes()),
            "notices": [each.to_dict() for each in notices if each.code != HIDDEN],
            "own": [each.to_dict() for each in own],
            "lacking": log.lacking(),
            "absent": sorted(log.absent()),
            "channel": log.spelled("channel"),
            "sample": [_written(event) for event in source.first(_SAMPLE)],
        }
    return found


def _written(event: Event) -> dict[str, Any]:
    fields = {each.name: getattr(event, each.name) for each in attrs.fields(Event)}
    return {**fields, "attributes": dict(event.attributes)}


def _of_rule(tally: RuleCounts) -> dict[str, Any]:
    return {name: value for name, value in attrs.asdict(tally).items() if value}


def _census(facts: Facts) -> dict[str, Any]:
    census = facts.summary.census
    return {
        "signatures": [[*signature, count] for signature, count in census.signatures.items()],
        "first": census.first,
        "last": census.last,
        "repeated": census.repeated,
        "repeated_id": census.repeated_id,
        "whole": census.whole,
    }


def _hidden(notices: Sequence[Notice], fields: frozenset[str]) -> dict[str, Any]:
    """Return, by field, the counts and examples of the notices about invisible characters."""
    found = {}
    for notice in notices:
        if notice.code == HIDDEN and notice.count is not None and notice.example is not None:
            for field in fields:
                if notice == hidden_notice(field, notice.count, notice.example):
                    found[field] = [notice.count, notice.example]
    return found
