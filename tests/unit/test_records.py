"""Records are shown, compared and hashed as attrs does it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from comity.records import define, frozen


@frozen
class Point:
    x: int
    y: int = 0
    name: str = attrs.field(default="", eq=False)
    _secret: int = attrs.field(default=1, repr=False)
    parts: tuple[Any, ...] = attrs.field(default=(), hash=False, repr=lambda parts: f"<{len(parts)}>")


@attrs.frozen
class Twin:
    x: int
    y: int = 0
    name: str = attrs.field(default="", eq=False)
    _secret: int = attrs.field(default=1, repr=False)
    parts: tuple[Any, ...] = attrs.field(default=(), hash=False, repr=lambda parts: f"<{len(parts)}>")


@frozen
class Further(Point):
    z: int = 0


@define
class Open:
    inside: list[Any] = attrs.field(factory=list)


@frozen
class Own:
    x: int

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "own"


VALUES: list[dict[str, Any]] = [
    {"x": 1},
    {"x": 1, "name": "a"},
    {"x": 1, "y": 2},
    {"x": 1, "secret": 2},
    {"x": 1, "parts": (1, 2)},
    {"x": 1.0},
]


@pytest.mark.parametrize("one", VALUES)
@pytest.mark.parametrize("other", VALUES)
def test_they_compare_as_with_attrs(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (Point(**one) == Point(**other)) == (Twin(**one) == Twin(**other))
    assert (Point(**one) != Point(**other)) == (Twin(**one) != Twin(**other))
    if Twin(**one) == Twin(**other):
        assert hash(Point(**one)) == hash(Point(**other))


@pytest.mark.parametrize("values", VALUES)
def test_they_are_shown_copied_and_pickled_as_with_attrs(values: dict[str, Any]) -> None:
    point = Point(**values)
    assert repr(point) == repr(Twin(**values)).replace("Twin", "Point")
    assert pickle.loads(pickle.dumps(point)) == copy.copy(point) == point
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        point.x = 3  # type: ignore[misc]


def test_records_of_different_classes_differ() -> None:
    assert Point(1) != Further(1)
    assert Further(1, z=2) != Further(1, z=3)
    assert repr(Further(1, z=2)) == "Further(x=1, y=0, name='', parts=<0>, z=2)"
    values: object = (1, 0, 1, ())
    assert Point(1) != values
    assert len({Point(1), Further(1), Point(1)}) == 2


def test_what_a_class_defines_itself_stays() -> None:
    assert Own(1) == Own(2)
    assert hash(Own(1)) == 7
    assert repr(Own(1)) == "own"


def test_records_that_change_have_no_hash_and_may_hold_themselves() -> None:
    record = Open()
    record.inside.append(record)
    assert repr(record) == "Open(inside=[...])"
    assert Open([1]) == Open([1])
    with pytest.raises(TypeError, match="unhashable"):
        hash(record)
