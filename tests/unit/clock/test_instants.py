from __future__ import annotations

import pytest

from comity import Engine, Event, History
from comity.clock.instants import DAY
from comity.errors import EventError

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[rules.week]
kind = "minimum-gap"
contact = {}
gap = "7d"
"""
SURELY = [
    (1_751_647_500, "surely in seconds (of 2025-07-04)"),
    (1_751_647_500_000, "surely in milliseconds (of 2025-07-04)"),
    (45_842, "a day as spreadsheets count them"),
]


@pytest.mark.parametrize(("number", "said"), SURELY)
def test_a_number_that_is_surely_of_another_unit_is_refused(number: int, said: str) -> None:
    engine, now = Engine.of(POLICY), 1_751_647_500_000_000
    for refused in (
        lambda: Event.of({"person": "a", "at": number}),
        lambda: engine.decide([], Event("a", number)),
        lambda: engine.decide([Event("a", number)], Event("a", now)),
        lambda: engine.decide([Event("a", number), Event("a", now - DAY)], {"person": "a", "at": now}),
        lambda: engine.slots([], {"person": "a", "at": now}, 1, number),
        lambda: History([Event("a", number)]),
        lambda: engine.monitor().feed({"person": "a", "at": number}),
        lambda: engine.monitor().feed(Event("a", number)),
    ):
        with pytest.raises(EventError) as caught:
            refused()
        assert said in str(caught.value)


def test_a_float_of_a_spreadsheet_is_named() -> None:
    with pytest.raises(EventError, match="a day as spreadsheets count them"):
        Event.of({"person": "a", "at": 45_842.69})


@pytest.mark.parametrize("number", [0, 7 * DAY, -1_751_647_500, 1_751_647_500_000_000])
def test_other_numbers_are_microseconds(number: int) -> None:
    assert Event.of({"person": "a", "at": number}).at == number
    assert Engine.of(POLICY).decide([], Event("a", number)).outcome == "allow"
