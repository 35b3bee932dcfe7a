"""TOML values on one line; a writer of whole documents would spread them over tables."""

from __future__ import annotations

from collections.abc import Mapping

import tomli_w


def inline(value: object) -> str:
    """Write a value as TOML on one line; tables in braces."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key_text(key)} = {inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    return tomli_w.dumps({"k": value}).removeprefix("k = ").rstrip("\n")


def key_text(key: str) -> str:
    """Write a key, in quotes if it needs them."""
    return tomli_w.dumps({key: 1}).removesuffix(" = 1\n")


def wrapped(key: str, value: object, width: int = 100) -> list[str]:
    """Write a key and its value; a list that is too long for one line has one item on each."""
    line = f"{key_text(key)} = {inline(value)}"
    if len(line) <= width or not isinstance(value, list | tuple) or not value:
        return [line]
    return [f"{key_text(key)} = [", *(f"    {inline(item)}," for item in value), "]"]
