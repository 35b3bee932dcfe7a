"""Addresses of mail, and which of them are ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import getaddresses
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from comity.readers import LogFormat, ReaderOption
from comity_mail.budgets import MOST_NESTED

ME: Final = ReaderOption(
    "me", "ADDRESS", "An address that is ours, such as ann@example.org or *@example.org.", multiple=True
)
LONGEST: Final = 10_000
"""Characters of an address with its name and comments; what is longer is searched for what looks like one."""
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"'@\\]+@[^\s<>()\[\],;:\"'@\\]+")
_BETWEEN: Final = re.compile(r"[\s<>()\[\],;:\"'\\]+")
"""What no address has, so that addresses can be looked for between it."""
_HIDDEN: Final = re.compile(r"\s*(\S+ @end\|ng \|rom \S+)\s*(?:\([^()]*\)\s*)?")
"""As the archives of R's mailing lists write an address since 2018."""
_NO_HOST: Final = re.compile(r"[<>()@,;]")
_SIMPLE: Final = re.compile(rf"({_ADDRESS.pattern})|[^<>()\[\],;:\"@\\]*<({_ADDRESS.pattern})>")
"""An address alone, or after a plain name, as almost all are."""
_CLOSING: Final = {'"': '"', "<": ">", "[": "]"}
_PARTING: Final = (",", ";", ":")
_SCHEMES: Final = ("mailto", "smtp")
"""The text before the colon of addresses that some programs write as links."""
_MARK: Final = re.compile(r'\\.|["()\[\]<>,;:]', re.DOTALL)
"""What parts a list of addresses, or hides such marks in itself."""


class HeaderError(ValueError):
    """A header is made so that it cannot be read; the text says why."""


def addresses_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses in the values of headers, in small letters, each once.

    Raises HeaderError where comments or groups nest too deeply.
    """
    found: dict[str, None] = {}
    for text in texts:
        archived = _hidden(text) or _archived(text)
        for address in (archived,) if archived else _named(text) or _anywhere(text):
            found[address.casefold()] = None
    return tuple(found)


def _hidden(text: str) -> str | None:
    """Return an address that an archive hides from programs, whole: a part of it would be anybody's."""
    found = _HIDDEN.fullmatch(text)
    return None if found is None else found[1]


def _archived(text: str) -> str | None:
    """Read `addr at host (Name)`, as archives of mailing lists write an address."""
    local, at, rest = text.strip().partition(" at ")
    host, bracket, name = rest.partition("(")
    host, name = host.strip(), name.strip()
    if not at or (bracket and not name.endswith(")")) or len(host.split()) != 1:
        return None
    if local.split() != [local] or _NO_HOST.search(local) or _NO_HOST.search(host):
        return None
    return f"{local}@{host}" if "." in host[1:-1] else None


def _named(text: str) -> list[str]:
    """Read a list of addresses as the standard has it (RFC 5322)."""
    found: list[str] = []
    for part, closed in _parts(text):
        if "@" not in part:
            continue
        if simple := _SIMPLE.fullmatch(part):
            found.append(simple[1] or simple[2])
            continue
        if len(part) > LONGEST:
            found += _anywhere(part)
            continue
        try:
            named = [address for _, address in getaddresses([part]) if _ADDRESS.fullmatch(address)]
        except (ValueError, IndexError, TypeError):
            named = []
        found += named or ([] if closed else _anywhere(part))
    return found


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Split a list at the signs between its addresses and around its groups; say where one stays open.

    The library would do that, too, in time that grows with the square of a group's members, and by calling
    itself for each comment in a comment.
    """
    begin = depth = groups = 0
    closing = ""
    for mark in _MARK.finditer(text):
        token = mark[0]
        if closing:
            closing = "" if token == closing else closing
        elif token == "(":
            depth += 1
            if depth > MOST_NESTED:
                raise HeaderError(f"parentheses nest more than {MOST_NESTED} deep")
        elif depth:
            depth -= token == ")"
        elif token in _CLOSING:
            closing = _CLOSING[token]
        elif token in _PARTING:
            part = text[begin : mark.start()].strip()
            begin = mark.end()
            if token != ":":
                groups -= token == ";" and groups > 0
                yield part, True
            elif part.casefold() not in _SCHEMES:
                groups += 1
                if groups > MOST_NESTED:
                    raise HeaderError(f"groups of addresses nest more than {MOST_NESTED} deep")
    yield text[begin:].strip(), not (closing or depth)


def _anywhere(text: str) -> Iterator[str]:
    """Find what is made like an address, whatever is around it."""
    for word in _BETWEEN.split(text):
        pieces = word.split("@")
        place = 0
        while place + 1 < len(pieces):
            if pieces[place] and pieces[place + 1]:
                yield f"{pieces[place]}@{pieces[place + 1]}"
                place += 1
            place += 1


class OwnAddresses:
    """The addresses that are ours."""

    def __init__(self, log: LogFormat) -> None:
        patterns = tuple(pattern.strip().casefold() for pattern in log.options.get("me", ()))
        self.known = bool(patterns)
        """Whether any address is known to be ours."""
        self.holds = lru_cache(maxsize=1 << 16)(
            lambda address: any(fnmatchcase(address, pattern) for pattern in patterns)
        )
        """Tells whether an address is ours."""
