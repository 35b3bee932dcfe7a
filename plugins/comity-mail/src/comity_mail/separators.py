"""Where one message of an mbox ends and the next one begins."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Final

LONGEST_SEPARATOR: Final = 1000
"""Bytes of a line that parts messages; longer lines are none, whatever they are made of."""
MOST_AHEAD: Final = 1 << 16
"""Bytes that are looked at behind a line to see whether a header follows."""
_MONTHS: Final = rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ZONE: Final = rb"( ([A-Z]{1,5}|[+-]\d{4}))*"
_SENDER: Final = rb'("[^"]*"@\S+|\S+ @end\|ng \|rom \S+|\S+( at \S+)?)'
"""An address, with a local part in quotes, or as archives of mailing lists hide it from programs."""
_DATED: Final = re.compile(
    rb"From " + _SENDER + rb" (Mon|Tue|Wed|Thu|Fri|Sat|Sun),? "
    rb"(" + _MONTHS + rb" \d{1,2}|\d{1,2} " + _MONTHS + rb")"
    rb"( \d{4})? \d\d:\d\d(:\d\d)?" + _ZONE + rb"( ?\d{4}" + _ZONE + rb")?"
)
"""`From address date`, as programs write it between messages, list archives with ` at ` for `@`."""
_HEADER: Final = re.compile(rb"(>?From |[!-9;-~]+[ \t]*:)")
_NAME: Final = re.compile(rb"([!-9;-~]+)[ \t]*:")
_OF_MAIL: Final = frozenset(
    rb"bcc cc content-type date delivered-to from in-reply-to list-id message-id mime-version received "
    rb"references reply-to return-path sender status subject to x-gmail-labels x-mozilla-status".split()
)
_ENOUGH: Final = 2
"""How many lines of a header with the names of mail must follow a line that alone would be no separator."""


class Lines:
    """Lines, or pieces of long ones, each with whether it begins a line; further ones can be looked at."""

    def __init__(self, pieces: Iterator[tuple[bytes, bool]]) -> None:
        self._pieces = pieces
        self._ahead: deque[tuple[bytes, bool]] = deque()
        self.passed = 0
        """How many lines look like separators and part no messages."""

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        while True:
            if self._ahead:
                yield self._ahead.popleft()
            else:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                yield piece

    def ahead(self) -> Iterator[bytes]:
        """Look at what follows, without taking it, as far as that is done for one line."""
        place = size = 0
        while size < MOST_AHEAD:
            if place == len(self._ahead):
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._ahead.append(piece)
            yield self._ahead[place][0]
            size += len(self._ahead[place][0])
            place += 1


def parts_messages(line: bytes, lines: Lines, *, blank: bool, begun: bool) -> bool:
    """Return whether a line that begins with `From ` parts two messages.

    One with an address and a date does behind an empty line, if a line of a header follows. Without the empty
    line, or made in another way, it does only if a header of mail follows for certain: bodies have lines that
    begin with `From `, too. `begun` says that there is a message before it.
    """
    if len(line) > LONGEST_SEPARATOR:
        return False
    # Runs of white space count as one space.
    dated = _DATED.fullmatch(b" ".join(line.split())) is not None
    if dated and blank:
        follows = next(lines.ahead(), None)
        parts = not begun or (follows is not None and _HEADER.match(follows) is not None)
    else:
        parts = (dated or blank) and _is_header(lines.ahead())
    lines.passed += dated and not parts
    return parts


def _is_header(following: Iterator[bytes]) -> bool:
    """Return whether lines begin with a header of mail."""
    names: set[bytes] = set()
    for line in following:
        if line[:1] in (b" ", b"\t") and names:
            continue
        found = _NAME.match(line)
        if found is None:
            return False
        if (name := found[1].lower()) in _OF_MAIL:
            names.add(name)
        if len(names) >= _ENOUGH:
            return True
    return False
