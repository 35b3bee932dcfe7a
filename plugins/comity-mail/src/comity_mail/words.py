"""What is encoded in headers, decoded in time that grows with their length alone."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from itertools import groupby
from typing import Final

_BEGIN: Final = re.compile(r"=\?[^?\s]*\?[qQbB]\?")
"""Where an encoded word begins, such as `=?utf-8?q?`."""


def values_of(message: Message, name: str) -> list[str]:
    """Return the values of all headers of a name, on one line, with what is encoded in them decoded."""
    found = []
    for raw in message.get_all(name) or ():
        plain = decoded(str(raw)).encode("utf-8", "replace").decode()
        found.append(" ".join(plain.replace("\0", " ").split()))
    return found


def words_of(message: Message, name: str) -> str:
    """Return the value of the first header of a name, empty where there is none."""
    return next(iter(values_of(message, name)), "")


def decoded(text: str) -> str:
    """Decode the encoded words (RFC 2047) of a text; what cannot be decoded stays as it is."""
    if "=?" not in text:
        return text
    made: list[str] = []
    run: list[str] = []
    place = 0
    while (begin := _BEGIN.search(text, place)) is not None:
        end = text.find("?=", begin.end())
        if end < 0:
            break
        between = text[place : begin.start()]
        if between.strip() or not run:
            # White space between two encoded words is none of the text.
            made += (_run(run), between)
            run = []
        run.append(text[begin.start() : end + 2])
        place = end + 2
    return "".join((*made, _run(run), text[place:]))


def _run(words: list[str]) -> str:
    """Decode encoded words that follow each other: a character may begin in one and end in the next."""
    found = []
    try:
        for word in words:
            found += decode_header(word)
        chunks = groupby(found, key=lambda chunk: chunk[1])
        return "".join(
            b"".join(part if isinstance(part, bytes) else part.encode() for part, _ in same).decode(
                charset or "ascii", "replace"
            )
            for charset, same in chunks
        )
    except (MessageError, ValueError, LookupError, TypeError):
        return " ".join(words)
