"""Messages as they are in a file: header and body, as much of them as the budgets allow."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase
from typing import Final

import attrs

from comity_mail.budgets import MailBudgets

PIECE: Final = 1 << 20
"""How many bytes of a line are read at once, so that one without an end does not fill the memory."""


@attrs.frozen
class Raw:
    """A message before it is understood."""

    head: bytes
    body: bytes = b""
    head_cut: bool = False
    """The header is longer than what was read."""
    body_cut: bool = False
    """The body is."""


def pieces(stream: BufferedIOBase) -> Iterator[tuple[bytes, bool]]:
    """Yield lines, long ones in pieces, each with whether it begins a line."""
    begins = True
    while piece := stream.readline(PIECE):
        yield piece, begins
        begins = piece.endswith(b"\n")


class Gathering:
    """A message on its way, line by line."""

    def __init__(self, budgets: MailBudgets, *, bodies: bool, begun: bool = False) -> None:
        """Begin one; its body is kept where `bodies` are asked for."""
        self.begun = begun
        """Whether there is a message at all: blank lines before it are none of it."""
        self.in_head = True
        self._budgets, self._bodies = budgets, bodies
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._size = 0
        self._head_cut = self._body_cut = False

    def add(self, piece: bytes, *, blank: bool) -> None:
        """Take the next line, or a piece of one."""
        self.begun = self.begun or not blank
        if not self.begun:
            return
        if not self.in_head and not self._bodies:
            return
        self._size += len(piece)
        if self.in_head:
            if self._size <= self._budgets.header:
                self._head.append(piece)
            else:
                self._head_cut = self._head_cut or not blank
            self.in_head = not blank
        elif self._size <= self._budgets.message:
            self._body.append(piece)
        else:
            self._body_cut = True

    def take(self) -> Raw:
        """Return the message."""
        return Raw(b"".join(self._head), b"".join(self._body), self._head_cut, self._body_cut)


def message_in(stream: BufferedIOBase, budgets: MailBudgets, *, bodies: bool) -> Raw | None:
    """Return the message that a file is, None where it is blank."""
    message = Gathering(budgets, bodies=bodies)
    first = True
    for piece, begins in pieces(stream):
        if first:
            piece, first = piece.removeprefix(b"\xef\xbb\xbf"), False
        message.add(piece, blank=begins and not piece.strip(b"\r\n"))
        if not message.in_head and not bodies:
            break
    return message.take() if message.begun else None
