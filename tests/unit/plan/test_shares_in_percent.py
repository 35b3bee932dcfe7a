"""A share in percent has as many digits as show on which side of the allowed one it is."""

from __future__ import annotations

from fractions import Fraction

import pytest

from comity import Engine
from comity.plan import Share

RULE = """comity = 1
policy = { id = "p", title = "P", version = "1" }
[rules.r]
kind = "maximum-share"
contact = { kind = "lost" }
of = {}
window = "7d"
share = "SHARE"
"""


def share_of(share: str) -> Share:
    (rule,) = Engine.of(RULE.replace("SHARE", share)).plan.rules
    assert isinstance(rule.constraint, Share)
    return rule.constraint


@pytest.mark.parametrize(
    ("share", "parts", "wholes", "shown"),
    [
        ("3%", 4, 100, "4%"),
        ("3%", 3, 100, "3%"),
        ("3%", 301, 10_033, "3.0001%"),
        ("3%", 300, 10_001, "2.9997%"),
        ("7%", 1, 3, "33.33%"),
        ("0%", 1, 10_000_000, "1e-05%"),
        ("99.999%", 99_998, 100_000, "99.998%"),
        ("100%", 99_999_999, 100_000_000, "99.999999%"),
        ("33.3333%", 1, 3, "33.33333%"),
    ],
)
def test_percent_have_as_many_digits_as_they_need(share: str, parts: int, wholes: int, shown: str) -> None:
    assert share_of(share).measured(parts, wholes) == f"{parts} of {wholes} ({shown})"


def test_percent_are_on_the_side_of_the_share_on_which_the_numbers_are() -> None:
    for limit in ("2.9%", "50%", "66.66%"):
        allowed, judged = Fraction(limit[:-1]), share_of(limit)
        for wholes in range(1, 120):
            for parts in range(wholes + 1):
                shown = Fraction(judged.measured(parts, wholes).partition("(")[2][:-2])
                exact = Fraction(100 * parts, wholes)
                assert (shown > allowed, shown < allowed) == (exact > allowed, exact < allowed)
