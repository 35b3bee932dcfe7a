"""Events that lack a field of a rule's scopes are told of, with what becomes of them, in both back ends."""

from __future__ import annotations

from typing import Any

import pytest

from comity import Engine, Event

POLICY = """comity = 1
[policy]
id = "p"
title = "P"
version = "1"
[attributes]
household = "text"
[rules.r]
kind = "maximum-contacts"
contact = {{}}
limit = 5
window = "7d"
per = ["household"]
{}
"""
EVENTS = [
    Event("a", 1_772_000_000_000_000),
    Event("b", 1_772_000_100_000_000, attributes={"household": "h1"}),
    Event("c", 1_772_000_200_000_000),
]


@pytest.mark.parametrize("back_end", ["online", "columnar"])
@pytest.mark.parametrize(
    ("absent", "what", "helps"),
    [
        ("", "share a scope as if they had the same value", True),
        ('absent = "alone"', "are each judged alone", False),
        ('absent = "skip"', "are left out", False),
    ],
)
def test_what_becomes_of_them_is_said(absent: str, what: str, helps: bool, back_end: Any) -> None:
    report = Engine.of(POLICY.format(absent)).audit(EVENTS, engine=back_end)
    (notice,) = [each for each in report.notices if each.code == "scope-field-missing"]
    assert (notice.rule, notice.count) == ("p/r", 2)
    assert (
        notice.message == f"2 events of rule `p/r` have no value in its field `household`: such events {what}"
    )
    assert ("absent" in (notice.help or "")) is helps
