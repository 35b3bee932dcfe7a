"""Whatever is done to a snapshot, a monitor comes of it or a SnapshotError, and nothing else ever."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import pytest
from adapter import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st
from test_monitors import engine_of, in_order

from comity import ComityError, Engine, EventError, SnapshotError
from comity.events.event import Event
from strategies import histories, policies

FOREIGN: Sequence[Any] = (
    None,
    True,
    0,
    1,
    -1,
    7.5,
    1 << 63,
    -(1 << 63),
    10**400,
    "",
    "x",
    "\ud800",
    [],
    [[]],
    [None],
    {},
    {"x": 1},
)
FIXED = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
timezone = "Europe/Paris"
[attributes]
until = "instant"
[rules.count]
kind = "maximum-contacts"
contact = {}
limit = 2
window = "30d"
[rules.total]
kind = "maximum-contacts"
contact = { kind = "call" }
limit = 3
window = "ever"
[rules.days]
kind = "maximum-contacts"
contact = {}
limit = 2
window = "3 calendar days"
[rules.gap]
kind = "minimum-gap"
contact = { kind = "call" }
gap = "2d"
[rules.needs]
kind = "requires"
contact = { kind = "call" }
event = { kind = "consent" }
in-last = { field = "until", else = "30d" }
[rules.stop]
kind = "stop-after"
contact = { kind = "call" }
after = { kind = "stop" }
honour-within = "2d"
[rules.answer]
kind = "response-window"
after = { kind = "question", direction = "inbound" }
expect = { kind = "call" }
within = "1d"
[rules.after]
kind = "forbidden"
contact = { kind = "call", preceded-by = { event = { kind = "visit" }, in-last = "5d" } }
"""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each value of a document."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


def edited(document: Any, chance: random.Random) -> Any:
    """Change one place: another value, a near number, one missing, one more, two the same, or an order."""
    made = copy.deepcopy(document)
    path = chance.choice([path for path in places(made) if path])
    *before, last = path
    holder = made
    for key in before:
        holder = holder[key]
    value = holder[last]
    match chance.randrange(7):
        case 0:
            del holder[last]
        case 1 if isinstance(value, list) and value:
            value.insert(chance.randrange(len(value)), copy.deepcopy(chance.choice(value)))
        case 2 if isinstance(value, dict):
            value[chance.choice(["x", ""])] = chance.choice(FOREIGN)
        case 3 if isinstance(value, list):
            value.append(chance.choice(FOREIGN))
        case 4 if isinstance(value, list):
            value.reverse()
        case 5 if type(value) is int:
            holder[last] = value + chance.choice([-1, 1, 10**6, -(10**9), 10**15, -(10**15), 10**17])
        case _:
            holder[last] = copy.deepcopy(chance.choice(FOREIGN))
    return made


def sealed(body: dict[str, Any]) -> str:
    """Write a snapshot with a digest that is right."""
    canonical = json.dumps(body, separators=(",", ":"), sort_keys=True)
    return json.dumps({**body, "digest": hashlib.sha256(canonical.encode()).hexdigest()})


def body_of(text: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text)
    del body["digest"]
    return body


def use(engine: Engine, text: str, later: Sequence[Event]) -> bool:
    """Do all that can be done with a monitor of a snapshot; tell whether there is one."""
    try:
        monitor: Any = engine.restore(text)
    except SnapshotError:
        return False
    assert engine.restore(monitor.snapshot()).snapshot() == monitor.snapshot()
    shift = max(0, (monitor.now or 0) - min((event.at for event in later), default=0))
    for event in later:
        moved = attrs.evolve(event, at=event.at + shift, id=None)
        try:
            monitor.decide(moved)
            monitor.explain(moved)
            monitor.slots(moved, 2)
            monitor.obligations()
            monitor.feed(moved)
        except EventError:
            # One that lies outside of the years that there are.
            assert moved.at > 253_402_300_799_999_999
    assert monitor.unreadable is not None
    monitor.forget()
    monitor.snapshot()
    monitor.close()
    return True


@settings(max_examples=EXAMPLES, deadline=None)
@given(policies(), histories(), st.randoms(use_true_random=False), st.booleans(), st.integers(1, 3))
def test_an_edited_snapshot_is_refused_or_gives_a_monitor(
    text: str, events: list[Event], chance: random.Random, late: bool, edits: int
) -> None:
    engine, ordered = engine_of(text), in_order(events)
    monitor: Any = engine.monitor(lateness=dt.timedelta(days=3)) if late else engine.monitor()
    half = len(ordered) // 2
    for event in ordered[:half]:
        monitor.feed(event)
    body: Any = body_of(monitor.snapshot())
    for _ in range(edits):
        body = edited(body, chance)
    use(engine, sealed(body), ordered[half : half + 3])


def fixed_events() -> list[Event]:
    kinds = ("consent", "visit", "call", "call", "question", "stop", "call", "consent")
    return [
        Event.of(
            {
                "person": f"p{number % 2}",
                "at": f"2025-03-{number // 2 + 1:02}T{9 + number % 2:02}:00:00Z",
                "id": f"e{number}",
                "kind": kinds[number % len(kinds)],
                "direction": "inbound" if kinds[number % len(kinds)] == "question" else "outbound",
                "until": "2025-04-01T00:00:00Z" if number % 3 else "soon",
            }
        )
        for number in range(16)
    ]


@pytest.mark.parametrize("late", [False, True])
def test_each_place_of_a_snapshot_is_checked(late: bool) -> None:
    engine, events = Engine.of(FIXED), fixed_events()
    monitor: Any = engine.monitor(lateness=dt.timedelta(days=1)) if late else engine.monitor()
    for event in events[:12]:
        monitor.feed(event)
    body = body_of(monitor.snapshot())
    assert use(engine, sealed(body), events[12:])
    refused = 0
    for path in [path for path in places(body) if path]:
        value: Any
        for value in ("x", -5, None, [], {}, 10**30):
            made: Any = copy.deepcopy(body)
            holder = made
            for key in path[:-1]:
                holder = holder[key]
            if type(holder[path[-1]]) is type(value):
                continue
            holder[path[-1]] = value
            refused += not use(engine, sealed(made), events[12:13])
    assert refused > 1000


def test_a_key_seals_a_snapshot() -> None:
    engine, events = Engine.of(FIXED), fixed_events()
    monitor = engine.monitor()
    for event in events:
        monitor.feed(event)
    text, plain = monitor.snapshot(key=b"k" * 32), monitor.snapshot()
    assert engine.restore(text, key=b"k" * 32).snapshot() == plain
    assert engine.restore(text, key="k" * 32).snapshot() == plain
    assert "k" * 32 not in text
    for given_key, shot, said in (
        (None, text, "was taken with a key: give it as `key`"),
        (b"l" * 32, text, "another key than this one sealed it"),
        (b"k" * 32, plain, "was taken without a key, so that anybody may have written it"),
        (b"k" * 32, sealed(body_of(plain)), "was taken without a key"),
    ):
        with pytest.raises(SnapshotError, match=said):
            engine.restore(shot, key=given_key)
    for bad in ("", b"", 5, bytearray(b"x")):
        with pytest.raises(ComityError, match="the `key` of a snapshot is a text or bytes"):
            monitor.snapshot(key=bad)  # type: ignore[arg-type]
        with pytest.raises(ComityError, match="the `key` of a snapshot is a text or bytes"):
            engine.restore(text, key=bad)  # type: ignore[arg-type]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.randoms(use_true_random=False))
def test_nothing_that_is_edited_passes_for_sealed(chance: random.Random) -> None:
    engine = Engine.of(FIXED)
    monitor = engine.monitor()
    for event in fixed_events():
        monitor.feed(event)
    body = json.loads(monitor.snapshot(key="a key"))
    made = edited(body, chance)
    if made == body and repr(made) == repr(body):
        return
    with pytest.raises(SnapshotError):
        engine.restore(json.dumps(made), key="a key")
