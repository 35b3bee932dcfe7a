"""A decision answers for what is on both sides of a contact, and a history for what comes to it late."""

from __future__ import annotations

import random
from collections.abc import Sequence

import attrs
from adapter import EXAMPLES, audit, channels, load, plugins, small_blocks
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.events.event import Event
from comity.events.history import History
from reference import decide
from strategies import edges, histories, own_edges, policies

thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
DAY = 86_400_000_000
RESPONSES = ("response-window", "thank-you-window", "maximum-gap")
Drawn = tuple[str, list[Event]]


def with_ids(events: Sequence[Event]) -> list[Event]:
    return [attrs.evolve(event, id=f"n{number}") for number, event in enumerate(events)]


@thorough
@given(st.tuples(policies(), histories()) | edges() | own_edges(), st.randoms(use_true_random=False))
def test_what_is_allowed_one_after_another_audits_clean_in_whatever_order(
    drawn: Drawn, chance: random.Random
) -> None:
    text, events = drawn
    engine, asked = Engine.of(load(text), plugins=plugins()), with_ids(events)
    chance.shuffle(asked)
    with small_blocks(chance.choice((1, 2, 64))):
        history = History()
        for event in asked:
            if engine.decide(history, event).allowed:
                history.insert(event)
    found = audit(load(text), list(history))
    assert not [f for f in found if f.severity == "error" and f.kind not in RESPONSES]


@thorough
@given(policies(), histories(14), st.integers(1, 4), st.randoms(use_true_random=False))
def test_a_history_that_events_come_to_late_is_the_same_as_one_made_of_them(
    text: str, events: list[Event], block: int, chance: random.Random
) -> None:
    engine, given = Engine.of(load(text), plugins=plugins()), with_ids(events)
    chance.shuffle(given)
    with small_blocks(block):
        history = History()
        for event in given:
            history.insert(event)
            if chance.random() < 0.5:
                engine.decide(history, event)
        for proposed in given[:3]:
            for at in (proposed.at, history[-1].at):
                moved, plain = attrs.evolve(proposed, at=at, id="new"), list(history)
                assert engine.decide(history, moved) == engine.decide(plain, moved)
                assert engine.decide(history, moved, later="ignore") == engine.decide(
                    plain, moved, later="ignore"
                )
                assert engine.explain(history, moved) == engine.explain(plain, moved)
                assert engine.obligations(history, at) == engine.obligations(plain, at)


@thorough
@given(policies(), histories())
def test_slots_are_allowed_inside_and_forbidden_between(text: str, events: list[Event]) -> None:
    named = [attrs.evolve(event, id=f"n{number}") for number, event in enumerate(events)]
    policy, ordered = load(text), sorted(named, key=lambda event: event.at)
    dated = [policy.meta.effective, *(rule.common.effective for rule in policy.rules.values())]
    # A slot also ends where a rule comes into effect, whether that forbids anything or not.
    may_begin = any(dates is not None and dates.from_ is not None for dates in dated)
    engine = Engine.of(policy, plugins=plugins())
    for place in range(len(ordered))[-3:]:
        others, proposed = [*ordered[:place], *ordered[place + 1 :]], ordered[place]
        # Slots are of contacts with a time, also where the proposed one has a date alone.
        *_, allowed = decide(policy, others, attrs.evolve(proposed, date_only=False), channels())
        slots = engine.slots(others, proposed, 4)
        with small_blocks(2):
            assert engine.slots(History(others), proposed, 4) == slots
        free = proposed.at
        for slot in slots:
            for instant in {*range(free, slot.start, max(1, (slot.start - free) // 5)), slot.start - 1}:
                assert not free <= instant < slot.start or not allowed(instant)
            assert allowed(slot.start)
            if slot.end is None:
                assert allowed(slot.start + 400 * DAY)
                break
            assert may_begin or not allowed(slot.end)
            for part in range(5):
                assert allowed(slot.start + (slot.end - 1 - slot.start) * part // 4)
            free = slot.end
