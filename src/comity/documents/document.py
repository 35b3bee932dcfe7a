"""A TOML document with the place of each of its keys."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from comity.budgets import (
    DEFAULT_BUDGETS,
    LARGEST_INTEGER,
    PolicyBudgets,
    depth_of,
    over_budget,
    parts_of,
)
from comity.documents.positions import Spot, positions
from comity.errors import Place, PolicyError, Problem

if TYPE_CHECKING:
    from comity.documents.mistakes.mistake import Mistake

_SAVE: Final = "save the file as UTF-8"
_MANY_DIGITS: Final = re.compile(r"\d[\d_]{4000,}")
"""A whole number of about as many digits as Python reads (at most 4,300)."""
_OWN: Final = re.compile(
    r"""^[ \t]*(?:["']?(?:comity[\w-]*|case)["']?[ \t]*[=:]|\[{1,2}[ \t]*["']?"""
    r"(?:policy|policies|attributes|events|calendars|rules?|cases?|fields?|log|also|industry|plugin|channels)\b)",
    re.MULTILINE | re.IGNORECASE,
)
"""How a line begins that only files of comity have, also files with faults."""


class Document:
    """A parsed TOML text, with the place of each key and value."""

    def __init__(
        self,
        text: str,
        name: str = "<text>",
        path: Path | None = None,
        budgets: PolicyBudgets = DEFAULT_BUDGETS,
    ) -> None:
        """Parse a text; raises PolicyError with a place where it is not TOML or exceeds a budget."""
        self.name = name
        """The name of the file in messages."""
        self.path = path
        """The file, where there is one."""
        self.text = text
        if len(text) > budgets.bytes:
            raise PolicyError([_too_long(name, f"{len(text):,} characters", budgets)])
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            if self._is_foreign():
                raise PolicyError([_foreign(name, "this is not valid TOML, and")]) from None
            from comity.documents.syntax import mistakes_in  # Most files are valid.

            raise PolicyError(map(self._not_toml, mistakes_in(text, error))) from None
        except RecursionError:
            self.data = {}
            raise PolicyError([self._too_deep("hundreds of", budgets)]) from None
        except ValueError as error:
            self.data = {}
            raise PolicyError([self._unreadable(error)]) from None
        if self._is_foreign():
            raise PolicyError([_foreign(name, "this")])
        self._check(budgets)

    def _is_foreign(self) -> bool:
        """Return whether the file seems to be none of comity's: messages must not quote such a file."""
        return self.path is not None and bool(self.text.strip()) and _OWN.search(self.text) is None

    def _check(self, budgets: PolicyBudgets) -> None:
        """Raise PolicyError for whole numbers beyond 64 bits, and for tables that are nested too deeply."""
        depth = depth_of(self.data)
        if depth > budgets.nesting:
            raise PolicyError([self._too_deep(f"{depth:,}", budgets)])
        problems = [
            Problem(
                "bad-value",
                "a whole number has more than 64 bits",
                self.place(path),
                path,
                f"numbers are from -{LARGEST_INTEGER:,} to {LARGEST_INTEGER:,}",
            )
            for path, value in parts_of(self.data)
            if type(value) is int and not -LARGEST_INTEGER <= value <= LARGEST_INTEGER
        ]
        if problems:
            raise PolicyError(
                sorted(problems, key=lambda problem: (problem.place.line, problem.place.column))
            )

    def _not_toml(self, mistake: Mistake) -> Problem:
        place = self._place(mistake.line, mistake.column, mistake.length)
        return Problem("syntax", f"not valid TOML: {mistake.message}", place, help=mistake.help)

    def _too_deep(self, depth: str, budgets: PolicyBudgets) -> Problem:
        found = f"{depth} tables and lists are inside each other"
        message, advice = over_budget("nesting", found, budgets.nesting)
        return Problem("budget", message, Place(self.name), help=advice)

    def _unreadable(self, error: ValueError) -> Problem:
        """Return the problem that Python refuses: a number of thousands of digits, or an impossible date."""
        found = _MANY_DIGITS.search(self.text)
        if found is None:
            return Problem("syntax", f"not valid TOML: {error}", Place(self.name))
        line = self.text.count("\n", 0, found.start()) + 1
        column = found.start() - self.text.rfind("\n", 0, found.start())
        message = f"not valid TOML: a whole number has {len(found[0]):,} digits"
        return Problem("syntax", message, self._place(line, column, len(found[0])))

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
        """Return the place of the value (or the key) at a path, or of the nearest table around it."""
        for end in range(len(path), 0, -1):
            spot = self._spots.get(path[:end])
            if spot is not None:
                span = spot.key if of_key or end < len(path) else spot.value
                return self._place(span.line, span.column, span.length)
        return self._place(1, 1, 1)


def _foreign(name: str, what: str) -> Problem:
    message = f"{what} is not a file of comity, so none of its text is shown: it has no `comity = 1`"
    return Problem("missing-key", message, Place(name), help="write `comity = 1` as the first line")


def _too_long(name: str, found: str, budgets: PolicyBudgets) -> Problem:
    message, advice = over_budget("bytes", f"the text has {found}", budgets.bytes)
    return Problem("budget", message, Place(name), help=advice)


def load_document(path: Path, budgets: PolicyBudgets = DEFAULT_BUDGETS) -> Document:
    """Read a TOML file; raises PolicyError with a place where it is not UTF-8, not TOML, or over a budget.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file:
        raw = file.read(budgets.bytes + 1)
    if len(raw) > budgets.bytes:
        raise PolicyError([_too_long(str(path), f"more than {budgets.bytes:,} bytes", budgets)])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in raw[:4]:
            problem = Problem("syntax", "not valid TOML: the file is UTF-16", Place(str(path)), help=_SAVE)
            raise PolicyError([problem]) from None
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        place = Place(str(path), line, column)
        message = f"not valid TOML: byte 0x{raw[error.start]:02x} is not UTF-8"
        letter = raw[error.start : error.start + 1].decode("cp1252", "replace")
        if letter.isalpha():
            message += f"; in older encodings of Windows it is `{letter}`"
        problem = Problem("syntax", message, place, help=_SAVE)
        raise PolicyError([problem]) from None
    return Document(text, str(path), path, budgets)
