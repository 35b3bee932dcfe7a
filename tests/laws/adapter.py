"""What the laws ask of the package."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import attrs

import comity.columnar as columnar
from comity.audits.arguments import Later
from comity.audits.backends import BackEnd
from comity.clock.instants import DAY, MAX_INSTANT, format_instant
from comity.columns.from_events import EventBlocks
from comity.engine import Engine
from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.events.history import History
from comity.online.queries import history_index as index
from comity.online.queries import timeline
from comity.plugins.manager import Plugins
from comity.policy.compose.search import SearchPath
from comity.policy.load import load_policy
from comity.policy.model import Policy
from comity.results.decisions import Decision
from comity.results.findings import Finding
from comity.results.report import Report

BACK_ENDS: tuple[BackEnd, ...] = ("online", "columnar")
EXAMPLES = int(os.environ.get("COMITY_EXAMPLES", "60"))


@cache
def plugins() -> Plugins:
    return Plugins()


def channels() -> Channels:
    return plugins().channels


def load(text: str, *folders: Path) -> Policy:
    return load_policy(text, attrs.evolve(plugins().words, search=SearchPath(folders)))[0]


def audit(
    policy: Policy,
    events: Sequence[Event],
    as_of: int | None = None,
    since: int | None = None,
    until: int | None = None,
) -> list[Finding]:
    """Return the findings of the online engine.

    The columnar one must give the same report, and so it must in small blocks and pieces kept on disk.
    """
    engine = Engine.of(policy, plugins=plugins())
    reports = [
        engine.audit(events, as_of=as_of, since=since, until=until, engine=back_end) for back_end in BACK_ENDS
    ]
    found = columnar.audit(
        engine.plan,
        channels(),
        EventBlocks(tuple(events), block=2),
        as_of=as_of,
        since=since,
        until=until,
        memory=1,
        workers=1,
        partitions=4,
    )
    bare = attrs.evolve(found[0], notices=reports[0].notices)
    assert bare.census == reports[0].summary.census
    reports.append(Report(bare, found[1]))
    for other in reports[1:]:
        # Notices are the engine's, made of what a back end counts.
        assert attrs.evolve(other.summary, notices=reports[0].summary.notices) == reports[0].summary
        assert list(other.findings) == list(reports[0].findings)
    return list(reports[0].findings)


def decide(policy: Policy, history: Sequence[Event], proposed: Event, later: Later = "count") -> Decision:
    """Return the decision on a list, which must be that on a history, and on one that goes on afterwards."""
    engine = Engine.of(policy, plugins=plugins())
    decision = engine.decide(history, proposed, later=later)
    half = history[: len(history) // 2]
    at_once = engine.decide(half, proposed, later=later)
    for block in (1, 3, 64):
        with small_blocks(block):
            indexed = History(half)
            assert engine.decide(indexed, proposed, later=later) == at_once
            for event in history[len(history) // 2 :]:
                indexed.insert(event)
            assert engine.decide(indexed, proposed, later=later) == decision
    check_outlook(engine, history, indexed, proposed, decision)
    assert engine.decide(reversed_within(history), proposed, later=later) == decision
    for rows in rows_of(history):
        if [Event.of(row) for row in rows] == list(history):
            assert engine.decide(rows, proposed, later=later) == decision
            assert engine.decide([*reversed(rows)], proposed, later=later) == engine.decide(
                [*reversed(history)], proposed, later=later
            )
    return decision


def check_outlook(
    engine: Engine, history: Sequence[Event], indexed: History, proposed: Event, decision: Decision
) -> None:
    """Ask again about the end of a history, where its index knows from when on rules allow such contacts.

    It is asked around the instants at which a verdict turns, and must say what it says of a list.
    """
    last = max((event.at for event in history), default=proposed.at)
    turns = {decision.next_allowed, *(each.allowed_from for each in decision.findings)}
    for turn in (last, proposed.at, *(turn for turn in turns if turn is not None)):
        for at in (turn - 1, turn, turn + 1, turn + 30 * DAY):
            moved = attrs.evolve(proposed, at=at)
            if last <= at <= MAX_INSTANT:
                assert engine.decide(indexed, moved) == engine.decide(history, moved)


def rows_of(history: Sequence[Event]) -> Iterator[list[dict[str, object]]]:
    """Write events as a database has them, in columns, with three types of times."""
    names = sorted({name for event in history for name in event.attributes})
    for form in ("number", "text", "datetime"):
        rows: list[dict[str, object]] = []
        for event in history:
            times = {"number": event.at, "text": format_instant(event.at), "datetime": event.event_at}
            fields = {**attrs.asdict(event, recurse=False), "at": times[form]}
            fields["matter"] = ";".join(event.matter)
            for name in ("attributes", "label", "date_only"):
                del fields[name]
            rows.append({**fields, **{name: event.attributes.get(name) for name in names}})
        yield rows


@contextmanager
def small_blocks(size: int) -> Iterator[None]:
    """Let indexes have so many events in a block, and take in every late event where it is."""
    before = timeline.BLOCK, index.AFRESH
    timeline.BLOCK, index.AFRESH = size, 0
    try:
        yield
    finally:
        timeline.BLOCK, index.AFRESH = before


def reversed_within(history: Sequence[Event]) -> Iterator[Event]:
    """Return events out of order, those of one instant in their order."""
    instants = sorted({event.at for event in history}, reverse=True)
    return (event for instant in instants for event in history if event.at == instant)
