"""Whether two extended policies mean the same by a name."""

from __future__ import annotations

from typing import Any


def same_toml(one: Any, other: Any) -> bool:
    """Return whether two TOML values are equal and of one type: `1`, `1.0` and `true` are three."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_toml(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_toml, one, other))
    return bool(one == other)


def looks_back(value: Any) -> bool:
    """Return whether a table holds a `preceded-by`, whose meaning changes with its policy's settings."""
    if isinstance(value, dict):
        return "preceded-by" in value or any(looks_back(part) for part in value.values())
    return isinstance(value, list) and any(looks_back(part) for part in value)
