"""What Python writes as JSON where a number is none, though JSON has no such value."""

from __future__ import annotations


class Constant(str):
    """`NaN`, `Infinity` or `-Infinity`, which Python writes as JSON and which is none."""

    __slots__ = ()
