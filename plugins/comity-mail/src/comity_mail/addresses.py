"""Addresses of mail, and which of them are ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.utils import getaddresses
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from comity.readers import LogFormat, ReaderOption

ME: Final = ReaderOption(
    "me", "ADDRESS", "An address that is ours, such as ann@example.org or *@example.org.", multiple=True
)
_ADDRESS: Final = re.compile(r"[^\s<>()\[\],;:\"'@\\]+@[^\s<>()\[\],;:\"'@\\]+")
_AT_HOST: Final = re.compile(
    r"^\s*([^\s<>()@,;]+) at ([^\s<>()@,;]+\.[^\s<>()@,;]+)(?:\s*\(.*\))?\s*$", re.DOTALL
)
"""`addr at host (Name)`, as archives of mailing lists write addresses."""


def addresses_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Give the addresses in the values of headers, in small letters, each once."""
    found: dict[str, None] = {}
    for text in texts:
        archived = _AT_HOST.match(text)
        if archived is not None:
            found[f"{archived[1]}@{archived[2]}".casefold()] = None
            continue
        try:
            named = [address for _, address in getaddresses([text])]
        except (ValueError, IndexError, TypeError):
            named = []
        whole = [address for address in named if _ADDRESS.fullmatch(address)]
        for address in whole or _ADDRESS.findall(text):
            found[address.casefold()] = None
    return tuple(found)


class Us:
    """The addresses that are ours."""

    def __init__(self, log: LogFormat) -> None:
        patterns = tuple(pattern.strip().casefold() for pattern in log.options.get("me", ()))
        self.known = bool(patterns)
        """Whether any address is known to be ours."""
        self.are = lru_cache(maxsize=1 << 16)(
            lambda address: any(fnmatchcase(address, pattern) for pattern in patterns)
        )
        """Tells whether an address is ours."""
