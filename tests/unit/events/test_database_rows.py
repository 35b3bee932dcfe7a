"""Rows of a database, checked by columns: as good as reading them one by one, or not taken at all."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comity import Event
from comity.events.rows import rows_in_order

BASE: dict[str, Any] = {"person": "ida", "at": dt.datetime(2025, 3, 4, 9, 30, tzinfo=dt.UTC), "kind": "call"}


def rows(**columns: list[Any]) -> list[dict[str, Any]]:
    return [
        {**BASE, **dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)
    ]


def utc(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2025, 3, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "columns",
    [
        {"at": [utc(1), utc(2)]},
        {"at": [utc(3), utc(1), utc(2), utc(1)], "id": ["a", "b", "c", "d"]},
        {"at": [utc(1, 12), dt.datetime(2025, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))]},
        {"at": [1_740_000_000_000_001, 1_740_000_000_000_000]},
        {"at": ["2025-03-02T09:30:00Z", "2025-03-01T09:30:00+02:00", "2025-03-01 09:30:00.250000Z"]},
        {"at": ["2025-03-02T09:30Z", "2025-03-01T09:30:00.5Z"]},
        {
            "at": [
                dt.datetime(2025, 10, 26, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Paris"))
                for fold in (1, 0)
            ]
        },
        {"id": [7, None, 12]},
        {"id": [" a ", "", None]},
        {"label": ["#1", "#2"]},
        {"person": ["ida", " bo ", "cy\u200b", "Zoe\u0308"]},
        {"person": [12, 13]},
        {"direction": ["in", "Outbound", None, ""]},
        {"timezone": ["Asia/Tokyo", None]},
        {"matter": ["a; b", ""]},
        {"colour": ["red", None], "size": [3, 4], "weight": [0.5, None], "new": [True, False]},
    ],
)
def test_rows_are_the_events_that_they_are_one_by_one(columns: dict[str, list[Any]]) -> None:
    given = rows(**columns)
    found = rows_in_order(given)
    assert found is not None
    events = sorted(map(Event.of, given), key=lambda event: event.at)
    assert [*found] == events
    assert [*found.instants] == [event.at for event in events]
    assert found[-2:] == events[-2:]
    assert [found.signature(key)[2] for key in found.keys] == [event.direction for event in events]


@pytest.mark.parametrize(
    "columns",
    [
        {"at": [utc(1), dt.datetime(2025, 3, 1, 9)]},
        {"at": [dt.datetime(2025, 3, 1, 9), dt.datetime(2025, 3, 2, 9)]},
        {"at": [utc(1), "2025-03-01T09:30:00Z"]},
        {"at": [1_740_000_000, 1_740_000_001]},
        {"at": ["2025-03-01T09:30:00+02:78", "2025-03-01T09:30:00Z"]},
        {"at": ["2025-03-32T09:30:00Z"]},
        {"at": ["2025-03-01T09:30:00"]},
        {"at": [utc(1), None]},
        {"at": [True, False]},
        {"person": ["ida", None]},
        {"person": ["ida", "\u200b"]},
        {"person": [1, True]},
        {"person": [1, 1.0]},
        {"person": [["ida"]]},
        {"direction": ["outbound", "sideways"]},
        {"timezone": ["Mars"]},
        {"id": ["a", "  "]},
        {"id": ["a", "é"]},
        {"id": [True, False]},
        {"id": ["a", 7]},
        {"id": [1 << 70]},
        {"chanel": ["phone"]},
        {"Kind": ["letter"]},
        {"attributes": [{"colour": "red"}]},
        {"date_only": [True]},
        {"size": [3.5, float("nan")]},
        {"size": [float("inf"), 2]},
        {"size": [1e299 * 5, 2]},
        {"id": [3.5]},
        {"colour": [["red", "green"]]},
        {3: ["a"]},
    ],
)
def test_rows_out_of_the_ordinary_are_left_to_be_read_one_by_one(columns: dict[Any, list[Any]]) -> None:
    given = [
        {**BASE, **dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)
    ]
    assert rows_in_order(given) is None


def test_rows_with_different_columns_are_left_to_be_read_one_by_one() -> None:
    assert rows_in_order([]) is None
    assert rows_in_order([BASE, Event.of(BASE)]) is None
    assert rows_in_order([BASE, {**BASE, "id": "a"}]) is None
    assert rows_in_order([{**BASE, "id": "a"}, {**BASE, "channel": "phone"}]) is None
    assert rows_in_order([{"person": "ida"}]) is None
