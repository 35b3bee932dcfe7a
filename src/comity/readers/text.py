"""Binary streams as lines of text."""

from __future__ import annotations

import codecs
from io import BufferedReader, TextIOWrapper

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def open_text(stream: BufferedReader, encoding: str | None, newline: str) -> TextIOWrapper:
    """Read a stream as text: in the given encoding, that of a byte order mark, or UTF-8.

    Bytes that are not of the encoding become lone surrogates, so that only the cells with them suffer.
    """
    if encoding is None:
        head = stream.peek(4)[:4]
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    name = codecs.lookup(encoding).name
    wide = name.startswith(("utf-16", "utf-32"))
    return TextIOWrapper(
        stream,
        encoding="utf-8-sig" if name == "utf-8" else name,
        # The wide encodings know no surrogateescape.
        errors="strict" if wide else "surrogateescape",
        newline=newline,
    )
