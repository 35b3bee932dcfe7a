"""The statement of a TOML text at which parsing stopped: its lines, its key and its value."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from typing import Final

from comity.records import define, frozen

HEADING: Final = re.compile(r"[ \t]*\[")
_BEGINS: Final = re.compile(
    r"""[ \t]*(?:\[{1,2}[ \t]*[^\W\d_"'][^\[\]{}=,]*\]|[^\s\[\]{}#=,"']+[ \t]*=|["'][^"']+["'][ \t]*=)"""
)
"""How a line begins that is a heading, or a key with `=`."""
STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'[^']*'")
"""A text in one line."""
_PAIR: Final = re.compile(r"""[ \t]*(?P<key>(?:"[^"\n]*"|'[^'\n]*'|[^=#"'\n])+?)[ \t]*=[ \t]*(?P<value>.*)""")
_TOKEN: Final = re.compile(r"[^\s,\]}#]*")


@frozen
class Stop:
    """Where and why `tomllib` stopped; line and column count from 1."""

    message: str
    line: int
    column: int


@define
class Statement:
    """The lines from the beginning of a statement to before the next one."""

    lines: list[str]
    """All lines of the text."""
    first: int
    """The number of its first line."""
    last: int
    stop: Stop

    @property
    def line(self) -> str:
        """Its first line."""
        return self.lines[self.first - 1]

    @property
    def at_stop(self) -> str:
        """The text from where the parser stopped to the end of that line."""
        return (
            self.lines[self.stop.line - 1][self.stop.column - 1 :]
            if self.stop.line <= len(self.lines)
            else ""
        )

    @property
    def token(self) -> str:
        """The word at which the parser stopped, up to white space, a comma or a bracket."""
        found = _TOKEN.match(self.at_stop)
        return "" if found is None else found[0]

    @property
    def is_heading(self) -> bool:
        """Whether it begins with a bracket."""
        return HEADING.match(self.line) is not None

    @cached_property
    def _pair(self) -> re.Match[str] | None:
        return None if self.is_heading else _PAIR.match(self.line)

    @property
    def key(self) -> str:
        """What is written before `=`; empty if there is no `=`."""
        return "" if self._pair is None else self._pair["key"].strip()

    @property
    def value(self) -> str:
        """What is written after `=` in the first line."""
        return "" if self._pair is None else self._pair["value"].rstrip()

    @property
    def value_column(self) -> int:
        """The column of the value."""
        return 1 if self._pair is None else self._pair.start("value") + 1


def statement_at(lines: list[str], stop: Stop) -> Statement:
    """Return the statement in which the parser stopped.

    It begins at the last line up to there before which all is valid TOML.
    """
    first = stopped = min(stop.line, len(lines))
    for number in range(stopped, 0, -1):
        begins = number == stopped or _begins(lines[number - 1])
        if begins and _is_valid("\n".join(lines[: number - 1])):
            first = number
            break
    last = first
    while last < len(lines) and not _begins(lines[last]):
        last += 1
    return Statement(lines, first, max(last, _end_of_table(lines, first)), stop)


def _end_of_table(lines: list[str], first: int) -> int:
    """Return the line in which a table ends whose brace is open at the end of a line; else that line."""
    opened = 0
    for number in range(first, len(lines) + 1):
        line = STRING.sub("", lines[number - 1]).split("#")[0]
        if number > first and HEADING.match(line):
            break
        opened += line.count("{") - line.count("}")
        if opened <= 0:
            return number
    return first


def _begins(line: str) -> bool:
    return _BEGINS.match(line) is not None or HEADING.match(line) is not None


def _is_valid(text: str) -> bool:
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
