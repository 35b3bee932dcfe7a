"""Hostile texts and files that readers and formatters will meet some day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

TEXTS: Final = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    "'quoted'",
    '"double", and; more',
    "two\nlines\r\nand a third",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "\u202egnippilf",
    "\ud800",
    "</script><script>alert(1)</script>",
    "]]>&amp;{{7*7}}${jndi:x}",
    "https://example.org/",
    "1e400",
    "🦆" * 3,
    "x" * 40_000,
)
"""Texts that are formulas, markup, control characters or longer than a cell."""


def spoilt(data: bytes, count: int = 60, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield damaged versions of a file, always the same ones, each with a description."""
    chance = random.Random(seed)
    yield "empty", b""
    yield "blank", b"\n\n  \n"
    yield "with a byte order mark", b"\xef\xbb\xbf" + data
    yield "with CRLF", data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    yield "without its last line's end", data.rstrip(b"\r\n")
    yield "twice", data + data
    yield "with a very long line", data + b"\n" + b"x" * (1 << 20) + b"\n"
    yield "of random bytes", chance.randbytes(4096)
    for _ in range(count):
        if not data:
            return
        place = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                yield f"cut at {place}", data[:place]
            case 1:
                bad = chance.choice((b"\x00", b"\xff", b"\xc3(", b'"', b"\r", b"\n\n"))
                yield f"with {bad!r} at {place}", data[:place] + bad + data[place:]
            case 2:
                end = min(len(data), place + chance.randrange(1, 200))
                yield f"without {place} to {end}", data[:place] + data[end:]
            case _:
                other = bytes([chance.randrange(256)])
                yield f"with {other!r} in the place of {place}", data[:place] + other + data[place + 1 :]
