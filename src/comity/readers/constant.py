"""Values that Python writes as JSON, although JSON does not have them."""

from __future__ import annotations


class Constant(str):
    """`NaN`, `Infinity` or `-Infinity`, which is not JSON."""

    __slots__ = ()
