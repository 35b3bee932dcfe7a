"""Values with points that nothing knows are named, with what was probably meant."""

from __future__ import annotations

from typing import Any

import pytest

from comity import Engine, Event, Notice

HEAD = """comity = 1
policy = { id = "p", title = "A policy", version = "1" }
attributes = { tier = "text", vip = "boolean" }
[rules.points]
kind = "maximum-contacts"
contact = {}
limit = 9
window = "30d"
"""
EVENTS = [
    Event("a", 1_772_000_000_000_000, kind="demo", channel="Phone", attributes={"tier": "gold"}),
    Event("a", 1_772_000_100_000_000, kind="call", channel="letter", attributes={"tier": "silver"}),
    Event("b", 1_772_000_200_000_000, kind="call", channel="letter", outcome="busy"),
]


def told(weight: str, back_end: Any, more: str = "") -> list[tuple[str | None, str | None]]:
    report = Engine.of(f"{HEAD}weight = {weight}\n{more}").audit(EVENTS, engine=back_end)
    notices: list[Notice] = [each for each in report.notices if each.code == "word-not-in-log"]
    assert all(each.rule == "p/points" and "in `weight`" in each.message for each in notices)
    return [(each.example, each.help) for each in notices]


@pytest.mark.parametrize("back_end", ["online", "columnar"])
@pytest.mark.parametrize(
    ("field", "values", "found"),
    [
        ("channel", "{ Phone = 3, letter = 1 }", []),
        (
            "channel",
            "{ phnoe = 3, lettre = 1 }",
            [("phnoe", "did you mean `phone`?"), ("lettre", "did you mean `letter`?")],
        ),
        ("channel", "{ telephone = 3, email = 1, sms = 2 }", []),
        ("channel", "{ phone = 3, emial = 1 }", [("emial", "did you mean `email`?")]),
        ("channel", "{ phone = 3, fax = 1 }", [("fax", None)]),
        (
            "channel",
            "{ phone = 3, defualt = 1 }",
            [("defualt", "for all other values, write `otherwise` beside `values`")],
        ),
        (
            "channel",
            "{ phone = 3, otherwise = 1 }",
            [("otherwise", "for all other values, write `otherwise` beside `values`")],
        ),
        ("kind", "{ demo = 3, cal = 1 }", [("cal", None)]),
        ("kind", "{ demo = 3, called = 1 }", [("called", None)]),
        ("outcome", "{ no-answer = 0.5 }", [("no-answer", None)]),
        ("outcome", "{ Busy = 0.5 }", []),
        ("tier", "{ gold = 3, sliver = 1 }", [("sliver", "did you mean `silver`?")]),
        ("tier", "{ gold = 3, bronze = 1 }", [("bronze", None)]),
        ("tier", "{ gold = 3, silver = 1 }", []),
        ("vip", "{ yes = 3 }", []),
    ],
)
def test_a_value_that_nothing_knows_is_named(
    field: str, values: str, found: list[tuple[str, str | None]], back_end: Any
) -> None:
    assert told(f'{{ field = "{field}", values = {values} }}', back_end) == found


def test_what_another_rule_asks_for_is_known() -> None:
    other = '[rules.no]\nkind = "forbidden"\ncontact = { kind = ["call", "visit"] }\n'
    weight = '{ field = "kind", values = { visit = 2, call = 1 } }'
    assert told(weight, "online", other) == []
    assert told(weight, "online") == [("visit", None)]
