from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.plan.points import MOST, POINT, exact_points, points_text, read_points


@pytest.mark.parametrize(
    ("raw", "points"),
    [
        ("2", 2_000_000),
        (" +0.10 ", 100_000),
        (0.1, 100_000),
        (3, 3_000_000),
        ("1e3", 1_000_000_000),
        ("-0", 0),
        ("0.0000005", 0),
        ("0.0000015", 2),
        ("0.0000025", 2),
        ("1e-400", 0),
        ("1e-99999999999999999999", 0),
        (str(MOST), MOST * POINT),
        ("1000000000.1", None),
        ("1e99999999999999999999", None),
        pytest.param(10**5000, None, id="digits"),
        ("-0.000001", None),
        (-1, None),
        (True, None),
        ("x", None),
        ("nan", None),
        (float("inf"), None),
        ("", None),
        (None, None),
    ],
)
def test_points_are_read_to_millionths(raw: str | float | None, points: int | None) -> None:
    assert read_points(raw) == points


@given(st.integers(0, MOST * POINT))
def test_points_are_written_as_they_are_read(points: int) -> None:
    assert read_points(points_text(points)) == points
    assert Decimal(points_text(points)) * POINT == points


@pytest.mark.parametrize(
    ("number", "points"),
    [(2, 2 * POINT), (0.3, 300_000), (0.000001, 1), (1e-07, None), (0.1234567, None), (12.5, 12_500_000)],
)
def test_a_policy_s_numbers_are_exact_or_refused(number: float, points: int | None) -> None:
    assert exact_points(number) == points
