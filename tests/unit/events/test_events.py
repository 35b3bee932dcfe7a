"""Events as they are made: what their fields take, and that they do not change afterwards."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import attrs
import pytest

from comity import Event
from comity.errors import EventError

NOON = dt.datetime(2025, 6, 2, 12, 0, tzinfo=dt.UTC)
AT = 1_748_865_600_000_000


@pytest.mark.parametrize(
    "at", [AT, NOON, NOON.astimezone(dt.timezone(dt.timedelta(hours=2))), "2025-06-02T14:00+02:00"], ids=str
)
def test_an_instant_is_taken_as_integer_datetime_or_text(at: int | dt.datetime | str) -> None:
    assert Event("ann", at).at == AT


def test_an_event_does_not_change() -> None:
    event = Event("ann", AT, actor="agent")
    for name in ("person", "at", "other"):
        with pytest.raises(AttributeError):
            setattr(event, name, "bob")
        with pytest.raises(AttributeError):
            delattr(event, name)


def test_copies_and_changed_ones_are_events_too() -> None:
    event = Event(" ann ", AT, "7", "call", matter=("loan ",), attributes={"score": 3}, date_only=True)
    changed = attrs.evolve(event, actor=" cafe\u0301 ")
    assert (event.person, event.matter, changed.actor) == ("ann", ("loan",), "caf\u00e9")
    for again in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert again == event
        assert type(again) is Event


def test_classes_of_their_own_may_build_on_events() -> None:
    class Call(Event):
        """An event with something beside its fields."""

    call = Call("ann ", AT)
    call_again = Call("bob", NOON)
    assert type(call) is Call
    assert (call.person, call_again.at) == ("ann", AT)
    with pytest.raises(AttributeError):
        call.person = "bob"  # type: ignore[misc]


@pytest.mark.parametrize("person", ["", "  ", "\u200b", " \u200b\u00a0"], ids=ascii)
def test_an_event_is_of_somebody(person: str) -> None:
    with pytest.raises(EventError, match=r"`person` is .*: it must be a text that is not empty"):
        Event(person, AT)
