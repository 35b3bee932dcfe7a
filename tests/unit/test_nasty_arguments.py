"""Whatever is given to what is public, an answer comes of it or a ComityError whose text can be had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from comity import ComityError, Engine, Event, History, Plugins
from comity.shadow import Shadow

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.gap]
kind = "minimum-gap"
contact = {}
gap = "2d"
"""
ENGINE: Any = Engine.of(POLICY)
MADE: Any = Event
CONTACT = {"person": "ann", "at": "2025-03-01T09:00:00Z"}


class Unwritable:
    def __repr__(self) -> str:
        raise RuntimeError("not to be written")


class Leaving:
    def __repr__(self) -> str:
        raise SystemExit(0)


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    __hash__ = None  # type: ignore[assignment]


class Unreadable(dict[str, object]):
    def items(self) -> Any:
        raise RuntimeError("not to be read")


def itself() -> list[object]:
    made: list[object] = []
    made.append(made)
    return made


def deep() -> list[object]:
    made: list[object] = []
    for _ in range(5_000):
        made = [made]
    return made


def contact(**more: object) -> dict[str, object]:
    return {**CONTACT, **more}


NASTY: dict[str, Any] = {
    "none": None,
    "five": 5,
    "text": "x",
    "bytes": b"x",
    "object": object(),
    "unwritable": Unwritable(),
    "leaving": Leaving(),
    "incomparable": Incomparable(),
    "unreadable": Unreadable(person="ann"),
    "nan": float("nan"),
    "huge": 10**400,
    "huger": 10**5000,
    "itself": itself(),
    "deep": deep(),
    "list of unwritable": [Unwritable()],
    "list of five": [5],
    "list of none": [None],
    "true": True,
    "minus one": -1,
    "empty": "",
    "nul": "\0",
    "surrogate": "\ud800",
    "lines": "a\nb",
    "tuple": (),
    "set": {1},
    "type": int,
    "function": len,
    "range": range(3),
    "instant": 10**18,
    "unwritable person": contact(person=Unwritable()),
    "incomparable person": contact(person=Incomparable()),
    "unwritable at": contact(at=Unwritable()),
    "huge at": contact(at=10**400),
    "unwritable attribute": contact(x=Unwritable()),
    "huger attribute": contact(x=10**5000),
    "matter in itself": contact(matter=itself()),
    "zone of five": contact(timezone=5),
    "direction of a list": contact(direction=itself()),
    "name that is none": {**CONTACT, 5: 5},
}


def watching(late: bool) -> Any:
    monitor = ENGINE.monitor(lateness=dt.timedelta(days=1)) if late else ENGINE.monitor()
    monitor.feed(CONTACT)
    return monitor


def ask(late: bool, name: str, value: object) -> object:
    return getattr(watching(late), name)(value)


def with_field(name: str, value: object) -> None:
    event = MADE(**{"person": "ann", "at": 1, name: value})
    ENGINE.decide([event], CONTACT)
    ENGINE.audit([event])
    watching(True).decide(event)


ENTRIES: dict[str, Callable[[Any], object]] = {
    "Event.of": MADE.of,
    "Event.of field": lambda value: MADE.of(contact(kind=value, outcome=value, id=value)),
    **{
        f"Event {name}": partial(with_field, name)
        for name in (
            *("person", "at", "id", "kind", "channel", "direction", "outcome", "actor", "matter"),
            *("timezone", "attributes", "label"),
        )
    },
    "Event attribute": lambda value: ENGINE.audit([MADE("ann", 1, attributes={"x": value})]),
    "History": History,
    "History of one": lambda value: History([value]),
    "History fields": lambda value: History([["ann", 1]], fields=value),
    "History repeated": lambda value: History([], repeated=value),
    "History.append": lambda value: History().append(value),
    "History.extend": lambda value: History().extend(value),
    "History.insert": lambda value: History().insert(value),
    "Engine.of": Engine.of,
    "Engine.of tables": lambda value: Engine.of({"comity": 1, "policy": value}),
    "Engine.of path": lambda value: Engine.of(POLICY, policy_path=value),
    "Engine.of paths": lambda value: Engine.of(POLICY, policy_path=[value]),
    "Engine.of plugins": lambda value: Engine.of(POLICY, plugins=value),
    "Engine.of budgets": lambda value: Engine.of(POLICY, budgets=value),
    "decide history": lambda value: ENGINE.decide(value, CONTACT),
    "decide history of one": lambda value: ENGINE.decide([value], CONTACT),
    "decide proposed": lambda value: ENGINE.decide([], value),
    "decide later": lambda value: ENGINE.decide([], CONTACT, later=value),
    "explain": lambda value: ENGINE.explain(value, value),
    "explain proposed": lambda value: ENGINE.explain([], value),
    "slots": lambda value: ENGINE.slots([], value),
    "slots number": lambda value: ENGINE.slots([], CONTACT, value),
    "slots until": lambda value: ENGINE.slots([], CONTACT, until=value),
    "slots later": lambda value: ENGINE.slots([], CONTACT, later=value),
    "obligations": lambda value: ENGINE.obligations(value, 1),
    "obligations now": lambda value: ENGINE.obligations([], value),
    "monitor lateness": lambda value: ENGINE.monitor(lateness=value),
    "monitor repeated": lambda value: ENGINE.monitor(repeated=value),
    "restore": ENGINE.restore,
    "restore history": lambda value: ENGINE.restore(watching(False).snapshot(), value),
    "restore key": lambda value: ENGINE.restore(watching(False).snapshot(), key=value),
    "take_over": ENGINE.take_over,
    "take_over history": lambda value: ENGINE.take_over(watching(True), value),
    "log": ENGINE.log,
    "log mapping": lambda value: ENGINE.log("no.csv", mapping=value),
    "log timezone": lambda value: ENGINE.log("no.csv", timezone=value),
    "log format": lambda value: ENGINE.log("no.csv", input_format=value),
    "log options": lambda value: ENGINE.log("no.csv", options=value),
    "log option": lambda value: ENGINE.log("no.csv", options={"x": value}),
    "log dedupe": lambda value: ENGINE.log("no.csv", dedupe=value),
    "log functions": lambda value: ENGINE.log("no.csv", on_start=value, on_reject=value, progress=value),
    "audit": ENGINE.audit,
    "audit of one": lambda value: ENGINE.audit([value]),
    "audit by columns": lambda value: ENGINE.audit([value], engine="columnar"),
    "audit instants": lambda value: ENGINE.audit([CONTACT], as_of=value, since=value, until=value),
    "audit engine": lambda value: ENGINE.audit([CONTACT], engine=value),
    "audit memory": lambda value: ENGINE.audit([CONTACT], memory=value, engine="columnar"),
    "audit rejected": lambda value: ENGINE.audit([CONTACT], on_rejected=value),
    "Plugins": Plugins,
    "Plugins of one": lambda value: Plugins([value]),
    "Plugins.installed": lambda value: Plugins.installed(names=value),
    "Plugins.installed one": lambda value: Plugins.installed(names=[value]),
    "Shadow": lambda value: Shadow(ENGINE, ENGINE, print).decide(value, value),
    **{
        f"{'late ' if late else ''}{name}": partial(ask, late, name)
        for late in (False, True)
        for name in ("feed", "advance", "close", "obligations", "decide", "explain", "slots")
    },
    "snapshot key": lambda value: watching(False).snapshot(key=value),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("value", NASTY)
def test_nothing_escapes_but_an_error_that_is_meant(entry: str, value: str) -> None:
    try:
        ENTRIES[entry](NASTY[value])
    except ComityError as error:
        said = str(error)
        assert said
        assert len(said) < 5_000
    except FileNotFoundError:
        assert entry == "Engine.of"
