"""Points: numbers that are added up, exact to six decimal places, as whole millionths."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from comity.events.values import Scalar

POINT: Final = 1_000_000
"""One point, in millionths."""
MOST: Final = 1_000_000_000
"""The most points that one event can have."""
PLACES: Final = 6
_NOTHING: Final = 1e-9
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def read_points(raw: Scalar | None) -> int | None:
    """Return a value as millionths of a point, further digits rounded, halves to the even one.

    None where it is absent, no number, or no number from 0 to a billion.
    """
    if raw is None or isinstance(raw, bool):
        return None
    try:
        return _read(raw if isinstance(raw, str) else repr(raw))
    except ValueError:  # A whole number of thousands of digits.
        return None


@lru_cache(maxsize=65536)
def _read(text: str) -> int | None:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    about = float(text)
    if not 0 <= about <= MOST:
        return None
    # Decimal does not have the exponents of the smallest numbers.
    return int((Decimal(text) * POINT).to_integral_value(ROUND_HALF_EVEN)) if about > _NOTHING else 0


def exact_points(number: float) -> int | None:
    """Return a number that a policy writes as millionths, None where it has more than six decimal places."""
    scaled = Decimal(repr(number)) * POINT
    return int(scaled) if scaled == scaled.to_integral_value() else None


def points_text(amount: int) -> str:
    """Write millionths as a decimal number."""
    whole, rest = divmod(amount, POINT)
    return f"{whole}.{rest:0{PLACES}}".rstrip("0") if rest else str(whole)
