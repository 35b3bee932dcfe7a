from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import attrs
import tomli_w
from adapter import EXAMPLES, audit, load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.events.event import Event
from comity.results.findings import Finding
from strategies import NO_SCENE, documents, histories, policies, selector_tables

thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
Table = dict[str, Any]


def findings(document: Table, events: Sequence[Event], as_of: int | None = None) -> list[Finding]:
    return audit(load(tomli_w.dumps(document)), events, as_of)


def with_ids(events: Sequence[Event]) -> list[Event]:
    return [attrs.evolve(event, id=f"n{number}") for number, event in enumerate(events)]


@thorough
@given(documents(), histories(), st.randoms(use_true_random=False))
def test_the_order_of_rules_does_not_matter(
    document: Table, events: list[Event], chance: random.Random
) -> None:
    names = list(document["rules"])
    chance.shuffle(names)
    other = {**document, "rules": {name: document["rules"][name] for name in names}}
    assert findings(other, events) == findings(document, events)


@thorough
@given(documents(), histories(), st.randoms(use_true_random=False))
def test_a_shuffled_log_with_distinct_instants_gives_the_same_findings(
    document: Table, events: list[Event], chance: random.Random
) -> None:
    distinct = with_ids(list({event.at: event for event in events}.values()))
    shuffled = distinct.copy()
    chance.shuffle(shuffled)
    assert findings(document, shuffled) == findings(document, distinct)


@thorough
@given(documents(), histories(), selector_tables(NO_SCENE, 1))
def test_a_further_exemption_never_adds_a_finding(
    document: Table, events: list[Event], exempt: Table
) -> None:
    rules = {
        name: {**rule, "exempt": {"any": [rule["exempt"], exempt]} if "exempt" in rule else exempt}
        for name, rule in document["rules"].items()
    }
    before = {(f.rule, f.scope, f.event, f.at, f.status) for f in findings(document, with_ids(events))}
    after = findings({**document, "rules": rules}, with_ids(events))
    assert {(f.rule, f.scope, f.event, f.at, f.status) for f in after} <= before


@thorough
@given(documents(), histories())
def test_an_event_moved_to_allowed_from_is_allowed_and_one_tick_earlier_is_not(
    document: Table, events: list[Event]
) -> None:
    ordered = with_ids(sorted(events, key=lambda event: event.at))
    places = {event.id: place for place, event in enumerate(ordered)}
    document = {**document, "rules": with_twins(document["rules"])}
    for finding in findings(document, ordered):
        first = finding.allowed_from
        if first is None:
            continue
        place = places[finding.event]

        def broken(rule: str, at: int, place: int = place, finding: Finding = finding) -> bool:
            moved = [*ordered[:place], attrs.evolve(ordered[place], at=at)]
            return any(
                (f.rule, f.event, f.scope) == (rule, finding.event, finding.scope)
                for f in findings(document, moved)
            )

        assert first > finding.at
        assert not broken(finding.rule, first)
        judged = broken(f"{finding.rule}-judged", first - 1)
        assert broken(finding.rule, first - 1) == judged


def with_twins(rules: Table) -> Table:
    """Set beside each rule about contacts one that forbids all of them, and so tells which are judged."""
    common = ("contact", "exempt", "effective", "timezone", "per", "enabled", "calendar")
    twins = {
        f"{name}-judged": {"kind": "forbidden", **{key: rule[key] for key in common if key in rule}}
        for name, rule in rules.items()
        if "contact" in rule
    }
    return {**rules, **twins}


PADDING = st.sampled_from(("", " ", "\u00a0", "\u200b", "\u2003\ufeff", "\u00ad"))


@thorough
@given(policies(), histories(), st.data())
def test_a_twin_log_that_is_written_otherwise_gives_the_same_findings(
    text: str, events: list[Event], data: st.DataObject
) -> None:
    """Accents stand alone, and spaces and what shows nothing stand around persons, actors and matters."""
    padded = {}

    def written(word: str) -> str:
        if word not in padded:
            padded[word] = normalize("NFD", data.draw(PADDING) + word + data.draw(PADDING))
        return padded[word]

    renamed = [attrs.evolve(event, person=event.person + "\u00e9") for event in events]
    twins = [
        attrs.evolve(
            event,
            person=written(event.person),
            actor=None if event.actor is None else written(event.actor),
            matter=tuple(map(written, event.matter)),
        )
        for event in renamed
    ]
    policy = load(text)
    assert audit(policy, twins) == audit(policy, renamed)
