"""Runs that go on from a state find together what one audit of the whole log finds."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import attrs
import pytest
from adapter import EXAMPLES, load, plugins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.engine import Engine
from comity.events.event import Event
from comity.incremental import AuditState, stored
from comity.results.findings import Finding
from comity.results.report import RuleCounts
from strategies import RULE_KINDS, edges, histories, own_edges, policies

slowly = settings(
    max_examples=max(EXAMPLES // 3, 1),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
SECOND = 1_000_000


def arriving(events: Sequence[Event], lateness: int, chance: random.Random) -> list[Event]:
    """Return events in an order in which none is later than so many microseconds; all have a name."""
    known: set[tuple[str, str, int]] = set()
    made = []
    for number, event in enumerate(sorted(events, key=lambda each: each.at)):
        key = (event.id or "", event.person, event.at)
        own = None if key in known else event.id
        known.add(key)
        made.append(attrs.evolve(event, id=own, label=f"n{number}"))
    return sorted(made, key=lambda each: each.at + chance.randint(0, lateness))


def in_runs(events: list[Event], chance: random.Random) -> list[list[Event]]:
    """Cut events into runs, some of which are empty."""
    cuts = sorted(chance.choices(range(len(events) + 1), k=chance.randint(0, 4)))
    return [events[begin:end] for begin, end in pairwise([0, *cuts, len(events)])]


@pytest.fixture(autouse=True)
def drop_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing stay that is not needed: what is kept too long would hide what is kept too short."""
    monkeypatch.setattr(stored, "LEAST_NEEDED", 1.0)


def counts_of(tally: RuleCounts) -> RuleCounts:
    return attrs.evolve(tally, lacking={name: count for name, count in tally.lacking.items() if count})


def check(engine: Engine, runs: Sequence[list[Event]], lateness: int, chance: random.Random) -> None:
    """Compare all that runs have said so far with an audit of all their events, after each run."""
    with tempfile.TemporaryDirectory() as folder:
        state = AuditState(Path(folder) / "state", allowed_lateness=dt.timedelta(microseconds=lateness))
        said: Counter[Finding] = Counter()
        so_far: list[Event] = []
        as_of = None
        for events in runs:
            so_far += events
            latest = max([event.at for event in so_far], default=None)
            if latest is not None and chance.random() < 0.3:
                as_of = max(
                    latest + chance.randint(-2 * 86_400, 3 * 86_400) * SECOND,
                    as_of or latest - 5 * 86_400 * SECOND,
                )
                report = state.run(engine, events, as_of=as_of)
            else:
                report = state.run(engine, events)
                as_of = max((each for each in (as_of, latest) if each is not None), default=None)
            if events and chance.random() < 0.3:
                again = state.run(engine, events)
                assert again.is_repeated
                assert (list(again.findings), list(again.withdrawn)) == (
                    list(report.findings),
                    list(report.withdrawn),
                )
                assert again.total == report.total
            said.subtract(report.withdrawn)
            assert min(said.values(), default=0) >= 0, "only what was said is withdrawn"
            said.update(report.findings)
            whole = engine.audit(so_far, as_of=as_of)
            assert +said == Counter(whole.findings)
            assert report.summary.as_of == whole.summary.as_of
            for name, tally in whole.summary.by_rule.items():
                assert counts_of(report.total.by_rule[name]) == counts_of(tally)
            for name in ("events", "persons", "unreadable", "rows_read", "dates_without_time"):
                assert getattr(report.total, name) == getattr(whole.summary, name)
            assert report.total.census.signatures == whole.summary.census.signatures


@slowly
@given(
    policies(),
    histories(),
    st.randoms(use_true_random=False),
    st.sampled_from([0, 0, 3_600, 86_400, 30 * 86_400]),
)
def test_runs_find_what_one_audit_finds(
    text: str, events: list[Event], chance: random.Random, lateness: int
) -> None:
    engine = Engine.of(load(text), plugins=plugins())
    check(engine, in_runs(arriving(events, lateness * SECOND, chance), chance), lateness * SECOND, chance)


@slowly
@given(edges() | own_edges(), st.randoms(use_true_random=False), st.sampled_from([0, 86_400]))
def test_runs_cut_on_the_edges_of_spans_find_what_one_audit_finds(
    drawn: tuple[str, list[Event]], chance: random.Random, lateness: int
) -> None:
    engine = Engine.of(load(drawn[0]), plugins=plugins())
    check(engine, in_runs(arriving(drawn[1], lateness * SECOND, chance), chance), lateness * SECOND, chance)


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_runs_find_what_one_audit_finds_of_each_kind(kind: str) -> None:
    @slowly
    @given(policies((kind,)), histories(), st.randoms(use_true_random=False), st.sampled_from([0, 86_400]))
    def agrees(text: str, events: list[Event], chance: random.Random, lateness: int) -> None:
        engine = Engine.of(load(text), plugins=plugins())
        check(engine, in_runs(arriving(events, lateness * SECOND, chance), chance), lateness * SECOND, chance)

    agrees()
