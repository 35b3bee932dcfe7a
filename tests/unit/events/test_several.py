"""Several texts in one attribute."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

from comity import Engine, Event, EventError
from comity.events.several import read_several, write_several

AT = 1_751_371_200_000_000
POLICY = """comity = 1
policy = { id = "p", title = "P", version = "1" }
attributes = { topics = "texts" }
[rules.loans]
kind = "maximum-contacts"
contact = { topics = "loans" }
limit = 1
window = "7d"
"""


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (None, ()),
        ("", ()),
        ("  ", ()),
        ("[]", ()),
        ('["", " "]', ()),
        ("loans", ("loans",)),
        (" loans; cards ", ("loans; cards",)),
        ('["loans", " cards", "loans"]', ("cards", "loans")),
        ("[loans]", ("[loans]",)),
        ("{loans}", ("{loans}",)),
        ('["loans", 3]', None),
        ('["loans", null]', None),
        ('[["loans"]]', None),
        ('{"loans": true}', None),
        ("[" * 100_000, None),
        (3, ("3",)),
        (2.5, ("2.5",)),
        (True, ("true",)),
    ],
)
def test_texts_are_read_of_a_list_or_are_the_one_text(raw: Any, read: tuple[str, ...] | None) -> None:
    assert read_several(raw) == read


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (["b", " a ", "b", ""], '["a","b"]'),
        (("é",), '["é"]'),
        ([], "[]"),
        (["b", 3], '["b",3]'),
        ([["b"]], '[["b"]]'),
    ],
)
def test_a_list_is_written_in_one_way(values: Any, written: str) -> None:
    assert write_several(values) == written


def test_an_event_takes_lists_and_keeps_one_text() -> None:
    event = Event("ann", AT, attributes={"topics": ["loans", "cards"], "score": 3})
    assert event.attributes == {"topics": '["cards","loans"]', "score": 3}
    assert Event("ann", AT, attributes={"topics": ("cards", "loans"), "score": 3}) == event
    assert Event.of({"person": "ann", "at": AT, "topics": ["cards", "loans"], "score": 3}) == event
    assert Event.of(event.to_dict()) == event
    assert Event.of(json.loads(json.dumps(event.to_dict()))) == event
    for again in (copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert again == event


def test_what_is_no_list_of_an_attribute_is_refused() -> None:
    with pytest.raises(EventError, match="a date or a list of texts"):
        Event.of({"person": "ann", "at": AT, "topics": {"loans"}})


def test_a_monitor_that_is_restored_goes_on_with_several_texts() -> None:
    engine = Engine.of(POLICY)
    events = [
        Event("ann", AT, "1", attributes={"topics": ["cards", "loans"]}),
        Event("ann", AT + 1, "2", attributes={"topics": ["cards"]}),
        Event("ann", AT + 2, "3", attributes={"topics": "loans"}),
    ]
    monitor = engine.monitor()
    assert not monitor.feed(events[0])
    restored = engine.restore(monitor.snapshot())
    assert not restored.feed(events[1])
    assert len(restored.feed(events[2])) == 1
    assert [finding.event for finding in engine.audit(events, engine="columnar").findings] == ["3"]
