"""A TOML document with the place of each of its keys."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any

from comity.documents.positions import Spot, positions, syntax_error
from comity.errors import Place, PolicyError, Problem


class Document:
    """A parsed TOML text that knows where each key and value is written."""

    def __init__(self, text: str, name: str = "<text>", path: Path | None = None) -> None:
        self.name = name
        """How messages call the file."""
        self.path = path
        """The file, where there is one."""
        self.text = text
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            message, line, column = syntax_error(text, error)
            place = self._place(line, column, 1)
            raise PolicyError([Problem("syntax", f"not valid TOML: {message}", place)]) from None

    @cached_property
    def _spots(self) -> dict[tuple[str | int, ...], Spot]:
        return positions(self.text)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def _place(self, line: int, column: int, length: int) -> Place:
        source = self._lines[line - 1].rstrip("\r") if 0 < line <= len(self._lines) else ""
        return Place(self.name, line, column, max(1, min(length, len(source) - column + 1)), source)

    def place(self, path: tuple[str | int, ...], *, of_key: bool = False) -> Place:
        """Give the place of the value (or the key) at a path, or of the nearest table around it."""
        for end in range(len(path), 0, -1):
            spot = self._spots.get(path[:end])
            if spot is not None:
                span = spot.key if of_key or end < len(path) else spot.value
                return self._place(span.line, span.column, span.length)
        return self._place(1, 1, 1)


def load_document(path: Path) -> Document:
    """Read a TOML file; raises PolicyError with a place where it is not UTF-8 or not TOML.

    Raises OSError where the file cannot be read.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        place = Place(str(path), line, column)
        problem = Problem("syntax", f"not valid TOML: byte 0x{raw[error.start]:02x} is not UTF-8", place)
        raise PolicyError([problem]) from None
    return Document(text, str(path), path)
