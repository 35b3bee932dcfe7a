"""Whatever is fed to a monitor at once gives what it would give one by one, and leaves the same memory."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_monitors import engine_of, in_disorder, in_order, thorough

from comity.engine import Engine
from comity.errors import EventError
from comity.events.event import Event
from comity.events.values import attribute_text
from comity.online import Monitor
from comity.online.batches import batch_evaluator
from comity.online.monitor import monitor as single
from comity.readers import Log
from comity.readers.sources.table_source import TableSource
from strategies import edges, histories, own_edges, policies


def table_of(events: Sequence[Event]) -> pa.Table:
    """Return events as a table of texts, as a log has them."""
    columns: dict[str, list[Any]] = {"person": [event.person for event in events]}
    for name in ("id", "kind", "channel", "direction", "outcome", "actor", "timezone"):
        values = [getattr(event, name) for event in events]
        if any(values):
            columns[name] = values
    if any(event.matter for event in events):
        columns["matter"] = [";".join(event.matter) for event in events]
    names = sorted({name for event in events for name in event.attributes})
    for name in names:
        raw = [event.attributes.get(name) for event in events]
        columns[name] = [None if value is None else attribute_text(value) for value in raw]
    at = pa.array([event.at for event in events], pa.timestamp("us", "UTC"))
    return pa.table({**{name: pa.array(column, pa.string()) for name, column in columns.items()}, "at": at})


def read_one_by_one(engine: Engine, table: pa.Table) -> list[Event] | None:
    """Return the rows of a table as events, None if it has others."""
    plan = engine.plan
    log = Log([TableSource(table)], readers=(), attributes=plan.attributes(), fields=plan.fields())
    events = [attrs.evolve(event, label=None) for batch in log.batches() for event in batch]
    return None if log.tally.rows_rejected or log.tally.rows_skipped else events


def batches(events: Sequence[Event], chance: random.Random) -> Iterable[Sequence[Event]]:
    begin = 0
    while begin < len(events):
        end = begin + chance.choice((1, 2, 3, 7, len(events)))
        yield events[begin:end]
        begin = end


def check(engine: Engine, ordered: Sequence[Event], chance: random.Random, form: str) -> None:
    """Feed events in batches, and now and then one by one; ask for the same as one by one all the way."""
    one, many, now = engine.monitor(), engine.monitor(), 0
    for drawn in batches(ordered, chance):
        batch = [event if event.at > now else attrs.evolve(event, at=now, id=None) for event in drawn]
        events: Sequence[Event] = batch
        given: Any = batch
        if form == "table":
            given = table_of(batch)
            read = read_one_by_one(engine, given)
            if read is None:
                return
            events = read
        elif form == "mappings":
            events = [Event.of(event.to_dict()) for event in batch]
            given = (event.to_dict() for event in batch)
        said = [finding for event in events for finding in one.feed(event)]
        match chance.randrange(6):
            case 0:
                assert [finding for event in events for finding in many.feed(event)] == said
            case _:
                assert many.feed_many(given) == said
        assert (many.events, many.now) == (one.events, one.now)
        match chance.randrange(6):
            case 0:
                now = (one.now or 0) + chance.choice((1, 3_600_000_000, 9 * 86_400_000_000))
                assert many.advance(now) == one.advance(now)
            case 1:
                assert many.snapshot() == one.snapshot()
                restored = engine.restore(many.snapshot())
                assert isinstance(restored, Monitor)
                many = restored
    assert many.unreadable == one.unreadable
    assert many.unlisted == one.unlisted
    assert many.snapshot() == one.snapshot()
    assert many.obligations() == one.obligations()
    assert many.close() == one.close()


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False), st.sampled_from(["events", "mappings"]))
def test_batches_of_events(text: str, events: list[Event], chance: random.Random, form: str) -> None:
    check(engine_of(text), in_order(events), chance, form)


@thorough
@given(edges() | own_edges(), st.randoms(use_true_random=False), st.sampled_from(["events", "table"]))
def test_batches_on_the_edges_of_spans(
    drawn: tuple[str, list[Event]], chance: random.Random, form: str
) -> None:
    check(engine_of(drawn[0]), in_order(drawn[1]), chance, form)


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False))
def test_tables(text: str, events: list[Event], chance: random.Random) -> None:
    check(engine_of(text), in_order(events), chance, "table")


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False), st.integers(0, 20))
def test_a_batch_that_is_refused_leaves_a_monitor_as_it_was(
    text: str, events: list[Event], chance: random.Random, cut: int
) -> None:
    engine, ordered = engine_of(text), in_order(events)
    monitor = engine.monitor()
    cut = min(cut, len(ordered))
    monitor.feed_many(ordered[:cut])
    before = monitor.snapshot()
    rest: list[Any] = [*ordered[cut:]]
    place = chance.randint(0, len(rest))
    early = Event("zoe", (ordered[0].at if ordered else 0) - 1)
    bad = chance.choice([{"person": "ada"}, Event("ada", "noon"), 7, *([early] if place + cut else [])])
    rest.insert(place, bad)
    with pytest.raises(EventError, match=rf"^event {place + 1} of the batch: "):
        monitor.feed_many(rest)
    assert monitor.snapshot() == before
    del rest[place]
    whole = engine.monitor()
    said = [finding for event in ordered for finding in whole.feed(event)]
    assert said[len(said) - len(found := monitor.feed_many(rest)) :] == found
    assert monitor.snapshot() == whole.snapshot()


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False), st.integers(1, 60 * 86_400))
def test_late_events_in_batches(text: str, events: list[Event], chance: random.Random, lateness: int) -> None:
    engine = engine_of(text)
    ordered = [attrs.evolve(event, id=f"n{n}") for n, event in enumerate(in_order(events))]
    arriving = in_disorder(ordered, lateness * 1_000_000, chance)
    one = engine.monitor(allowed_lateness=dt.timedelta(seconds=lateness))
    many = engine.monitor(allowed_lateness=dt.timedelta(seconds=lateness))
    for batch in batches(arriving, chance):
        assert many.feed_many(batch) == [change for event in batch for change in one.feed(event)]
        assert many.snapshot() == one.snapshot()
    assert many.close() == one.close()


@thorough
@given(policies(), histories(), st.randoms(use_true_random=False))
def test_what_is_forgotten_between_batches_changes_no_finding(
    text: str, events: list[Event], chance: random.Random
) -> None:
    engine, ordered = engine_of(text), in_order(events)
    one, many = engine.monitor(), engine.monitor()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(single, "CHECK_EVERY", 2)
        patch.setattr(batch_evaluator, "PART", 2)
        for batch in batches(ordered, chance):
            said = [finding for event in batch for finding in one.feed(event)]
            assert many.feed_many(batch) == said
            many.forget()
    assert many.close() == one.close()
