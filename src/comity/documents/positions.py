"""Places in TOML text: the line and column of every key and value, which `tomllib` does not report."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from comity.records import frozen
from comity.texts.late_patterns import late_pattern

Path = tuple[str | int, ...]

_SPACE = late_pattern(r"[ \t]*")
_BLANK = late_pattern(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = late_pattern(r"[A-Za-z0-9_-]+")
_STRING = late_pattern(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|'
    r"'''(?:[^']|'{1,2}(?!'))*'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = late_pattern(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]*|[^\s,\]}#]+")
_PLACE = late_pattern(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@frozen
class LinePart:
    """A part of one line; line and column count from 1, columns in code points."""

    line: int
    column: int
    length: int


@frozen
class Spot:
    """Where a key and its value are written; the value of a table is where the table is named."""

    key: LinePart
    value: LinePart


def positions(text: str) -> dict[Path, Spot]:
    """Return the place of every path of a valid TOML text."""
    return _PositionScanner(text.replace("\r\n", "\n")).document()


def syntax_error(text: str, error: tomllib.TOMLDecodeError) -> tuple[str, int, int]:
    """Return the message of `tomllib` without the place, and the line and column."""
    found = _PLACE.fullmatch(str(error))
    if found is None:
        return str(error), 1, 1
    if found[2]:
        return found[1], int(found[2]), int(found[3])
    lines = text.split("\n")
    return found[1], len(lines), len(lines[-1]) + 1


class _PositionScanner:
    """Walks through a valid TOML text once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._spots: dict[Path, Spot] = {}
        self._lengths: dict[Path, int] = {}

    def document(self) -> dict[Path, Spot]:
        table: Path = ()
        while self._peek():
            if self._text.startswith("[[", self._at):
                table = self._header(2)
            elif self._peek() == "[":
                table = self._header(1)
            else:
                self._pair(table)
        return self._spots

    def _header(self, brackets: int) -> Path:
        """Read `[a.b]` or `[[a.b]]`, and return the path of the table: in an array, of its last element."""
        start = self._at
        self._at += brackets
        path: Path = ()
        parts = self._key()
        for number, (part, span) in enumerate(parts):
            path = (*path, part)
            self._note(path, span)
            if number < len(parts) - 1 and path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        self._at += brackets
        if brackets == 2:
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            path = (*path, index)
            self._note(path, self._span(start, self._at))
        return path

    def _pair(self, table: Path) -> None:
        """Read `key = value`."""
        path = table
        parts = self._key()
        for part, span in parts:
            path = (*path, part)
            self._note(path, span)
        self._skip(_SPACE)
        self._at += 1
        self._skip(_SPACE)
        start = self._at
        self._value(path)
        self._spots[path] = Spot(parts[-1][1], self._span(start, self._at))

    def _key(self) -> list[tuple[str, LinePart]]:
        """Read a key, and return its parts, which dots separate."""
        parts = []
        while True:
            self._skip(_SPACE)
            start = self._at
            found = _STRING.match(self._text, start) or _BARE_KEY.match(self._text, start)
            assert found is not None, "INVARIANT: the text is valid TOML"
            self._at = found.end()
            parts.append((_unquote(found[0]), self._span(start, self._at)))
            self._skip(_SPACE)
            if self._text[self._at : self._at + 1] != ".":
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        """Read a value, and note the places in arrays and inline tables."""
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._at += 1
            while self._peek() != "}":
                self._pair(path)
                if self._peek() == ",":
                    self._at += 1
            self._at += 1
        else:
            found = _STRING.match(self._text, self._at) or _SCALAR.match(self._text, self._at)
            assert found is not None, "INVARIANT: the text is valid TOML"
            self._at = found.end()

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._peek() != "]":
            start = self._at
            self._value((*path, index))
            span = self._span(start, self._at)
            self._spots[*path, index] = Spot(span, span)
            index += 1
            if self._peek() == ",":
                self._at += 1
        self._at += 1

    def _peek(self) -> str:
        """Return the next character that is neither blank nor in a comment, and nothing at the end."""
        self._skip(_BLANK)
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        assert found is not None, "INVARIANT: the pattern matches an empty text"
        self._at = found.end()

    def _note(self, path: Path, span: LinePart) -> None:
        self._spots.setdefault(path, Spot(span, span))

    def _span(self, start: int, end: int) -> LinePart:
        line = bisect_right(self._starts, start)
        first = self._starts[line - 1]
        newline = self._text.find("\n", start, end)
        return LinePart(line, start - first + 1, max(1, (end if newline < 0 else newline) - start))


def _unquote(key: str) -> str:
    if key[0] not in "\"'":
        return key
    unquoted: str = tomllib.loads(f"key = {key}")["key"]
    return unquoted
