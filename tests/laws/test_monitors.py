"""All that a monitor says is what an audit finds, wherever it is interrupted and however late events are."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence

import attrs
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.events.event import Event
from comity.events.history import History
from comity.online import LateMonitor, Monitor
from comity.results.explanations import Explanation
from comity.results.findings import Finding
from comity.results.revisions import Revision
from strategies import edges, histories, own_edges, policies

thorough = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SECOND = 1_000_000


def engine_of(text: str) -> Engine:
    return Engine.of(load(text), plugins=plugins())


def in_order(events: Iterable[Event]) -> list[Event]:
    """Put events in order; one that is given twice loses its id the second time."""
    known: set[tuple[str, str, int]] = set()
    made = []
    for event in sorted(events, key=lambda event: event.at):
        key = (event.id or "", event.person, event.at)
        made.append(attrs.evolve(event, id=None) if key in known else event)
        known.add(key)
    return made


def same(left: Iterable[Finding], right: Iterable[Finding]) -> bool:
    return sorted(map(repr, left)) == sorted(map(repr, right))


def feed_all(monitor: Monitor, events: Sequence[Event], as_of: int | None = None) -> list[Finding]:
    found = [finding for event in events for finding in monitor.feed(event)]
    return found + monitor.close(as_of)


@thorough
@given(policies(), histories())
def test_a_monitor_that_was_fed_a_log_has_given_the_findings_of_an_audit(
    text: str, events: list[Event]
) -> None:
    engine, ordered = engine_of(text), in_order(events)
    audited = engine.audit(ordered, engine="online").findings
    assert same(feed_all(engine.monitor(), ordered), audited)


@thorough
@given(policies(), histories(), st.integers(0, 20), st.integers(0, 20))
def test_a_snapshot_anywhere_changes_nothing(text: str, events: list[Event], cut: int, idle: int) -> None:
    engine, ordered = engine_of(text), in_order(events)
    whole = feed_all(engine.monitor(), ordered)
    monitor = engine.monitor()
    found = [finding for event in ordered[:cut] for finding in monitor.feed(event)]
    later = ordered[cut:]
    if later and monitor.now is not None:
        found += monitor.advance(monitor.now + (later[0].at - monitor.now) * idle // 20)
    monitor.forget()
    restored = engine.restore(monitor.snapshot())
    assert isinstance(restored, Monitor)
    assert restored.snapshot() == monitor.snapshot()
    found += feed_all(restored, later)
    assert same(found, whole)


@thorough
@given(edges() | own_edges(), st.integers(0, 6))
def test_what_is_forgotten_on_the_edges_of_spans_changes_nothing(
    drawn: tuple[str, list[Event]], cut: int
) -> None:
    engine, ordered = engine_of(drawn[0]), in_order(drawn[1])
    audited = engine.audit(ordered, engine="online").findings
    assert same(feed_all(engine.monitor(), ordered), audited)
    monitor = engine.monitor()
    found = [finding for event in ordered[:cut] for finding in monitor.feed(event)]
    monitor.forget()
    restored = engine.restore(monitor.snapshot())
    assert isinstance(restored, Monitor)
    assert same(found + feed_all(restored, ordered[cut:]), audited)


@thorough
@given(policies(), histories(), st.integers(0, 20))
def test_a_monitor_decides_as_an_engine_does_on_its_history(text: str, events: list[Event], cut: int) -> None:
    engine = engine_of(text)
    ordered = [attrs.evolve(event, id=f"n{n}") for n, event in enumerate(in_order(events))]
    monitor = engine.monitor()
    for event in ordered[:cut]:
        monitor.feed(event)
    monitor.forget()
    for proposed in ordered[cut : cut + 2]:
        assert monitor.decide(proposed) == engine.decide(ordered[:cut], proposed)
        assert monitor.slots(proposed, 3) == engine.slots(ordered[:cut], proposed, 3)
        told, known = monitor.explain(proposed), engine.explain(ordered[:cut], proposed)
        assert [essence(one) for one in told] == [essence(one) for one in known]
        owed = engine.obligations(ordered[:cut], proposed.at)
        assert monitor.obligations(proposed.at) == owed
        assert engine.obligations(History(ordered), proposed.at) == engine.obligations(ordered, proposed.at)
        assert engine.obligations(History(ordered[:cut]), proposed.at) == owed


def essence(told: Explanation) -> object:
    """Return what does not tell of events that a monitor has forgotten since they no longer count."""
    return attrs.evolve(told, measured="", message="")


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False), st.integers(1, 60 * 86_400), st.booleans())
def test_late_events_leave_the_findings_of_an_audit_after_all_revisions(
    text: str, events: list[Event], chance: random.Random, lateness: int, interrupted: bool
) -> None:
    engine = engine_of(text)
    ordered = [attrs.evolve(event, id=f"n{n}") for n, event in enumerate(in_order(events))]
    arriving = in_disorder(ordered, lateness * SECOND, chance)
    audited = engine.audit(arriving, engine="online").findings
    monitor = engine.monitor(lateness=dt.timedelta(seconds=lateness))
    said: list[Finding | Revision] = []
    for number, event in enumerate(arriving):
        said += monitor.feed(event)
        if interrupted and number == len(arriving) // 2:
            restored = engine.restore(monitor.snapshot())
            assert isinstance(restored, LateMonitor)
            assert restored.snapshot() == monitor.snapshot()
            monitor = restored
    said += monitor.close(max((event.at for event in arriving), default=None))
    standing: list[Finding] = []
    for word in said:
        if isinstance(word, Revision):
            standing.remove(word.withdrawn)
            standing += [] if word.replaced_by is None else [word.replaced_by]
        else:
            standing.append(word)
    assert same(standing, audited)


def in_disorder(ordered: list[Event], lateness: int, chance: random.Random) -> list[Event]:
    """Let some events come late, by no more than the lateness, those of one instant in any order."""
    arrival = [
        (event.at + chance.choice((0, 0, chance.randint(0, lateness))), n) for n, event in enumerate(ordered)
    ]
    arriving, latest = [], -(10**18)
    for _, number in sorted(arrival):
        event = ordered[number]
        latest = max(latest, event.at)
        assert event.at >= latest - lateness
        arriving.append(event)
    return arriving


@thorough
@given(policies(), policies(), histories(), st.integers(0, 20))
def test_another_engine_takes_over_with_the_history_and_gives_what_it_would_have_given(
    text: str, other_text: str, events: list[Event], cut: int
) -> None:
    engine, other, ordered = engine_of(text), engine_of(other_text), in_order(events)
    first, straight = engine.monitor(), other.monitor()
    for event in ordered[:cut]:
        first.feed(event)
        straight.feed(event)
    second = other.take_over(first, history=ordered[:cut])
    later = ordered[cut:]
    assert same(feed_all(second, later), feed_all(straight, later))


@thorough
@given(policies(("response-window", "thank-you-window")), histories(), st.integers(0, 20))
def test_what_is_owed_is_what_an_audit_finds_pending(text: str, events: list[Event], cut: int) -> None:
    engine = engine_of(text)
    ordered = [attrs.evolve(event, id=f"n{n}") for n, event in enumerate(in_order(events))]
    for now in [event.at for event in ordered[cut : cut + 2]]:
        before = [event for event in ordered if event.at <= now]
        pending = engine.audit(before, as_of=now, engine="online").findings
        owed = engine.obligations(ordered, now)
        assert [one.due for one in owed] == sorted(one.due for one in owed)
        assert {(one.rule, one.scope, one.event, one.due) for one in owed if one.due > now} == {
            (one.rule, one.scope, one.event, one.due) for one in pending if one.status == "pending"
        }
