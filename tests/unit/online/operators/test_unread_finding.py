"""Findings of a monitor are made when they are read, and nobody can tell that from what they are."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from comity import Engine, Event
from comity.online.operators.unread_finding import UnreadFinding
from comity.results.findings import Finding

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.rest]
kind = "minimum-gap"
contact = {}
gap = "3d"
[rules.few]
kind = "maximum-contacts"
contact = {}
limit = 1
window = "9d"
"""
DAY = 86_400_000_000
START = 1_741_000_000_000_000


def fed() -> list[Finding]:
    monitor = Engine.of(POLICY).monitor()
    monitor.feed(Event("ida", START, "one"))
    return monitor.feed(Event("ida", START + DAY, "two", "call", "phone"))


def made() -> list[Finding]:
    events = [Event("ida", START, "one"), Event("ida", START + DAY, "two", "call", "phone")]
    return list(Engine.of(POLICY).audit(events, engine="online").findings)


def test_it_is_made_when_a_field_is_read() -> None:
    found = fed()
    assert [type(each) for each in found] == [UnreadFinding, UnreadFinding]
    assert [each.rule for each in found] == ["few", "rest"]
    assert [type(each) for each in found] == [Finding, Finding]
    assert found == made()


@pytest.mark.parametrize(
    "use",
    [
        repr,
        hash,
        attrs.asdict,
        Finding.to_dict,
        copy.copy,
        copy.deepcopy,
        lambda each: pickle.loads(pickle.dumps(each)),
        lambda each: attrs.evolve(each, because_of="x"),
        lambda each: attrs.evolve(attrs.evolve(each, because_of="x"), because_of=None) == made()[0],
        lambda each: made()[0] == each,
        lambda each: each == made()[0],
        lambda each: made()[0] != each,
        lambda each: each != made()[0],
        lambda each: each == fed()[0],
        lambda each: each in made(),
        lambda each: {made()[0]: 1}[each],
        lambda each: each == "something else",
    ],
)
def test_whatever_is_done_with_it_is_done_with_the_finding(use: Callable[[Any], object]) -> None:
    assert use(fed()[0]) == use(made()[0])


def test_it_has_no_other_attributes_and_does_not_change() -> None:
    unread: Any = fed()[0]
    with pytest.raises(AttributeError, match="has no `colour`"):
        unread.colour  # noqa: B018
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        unread.rule = "another"
    assert isinstance(unread, Finding)
    monitor = Engine.of(POLICY).monitor()
    monitor.feed(Event("ida", START, "one"))
    early = monitor.feed(Event("ida", START + DAY, "two", "call", "phone"))
    for number in range(3, 9):
        monitor.feed(Event("ida", START + DAY * number, f"n{number}"))
    assert early == made()
