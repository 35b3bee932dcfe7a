"""The faults of a text that is not TOML: the first one, and later ones that do not come from it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Final

from comity.documents.mistakes.explain import explain
from comity.documents.mistakes.mistake import Mistake
from comity.documents.positions import syntax_error
from comity.documents.statements import HEADING, Statement, Stop, statement_at

_MOST: Final = 20
_LARGEST: Final = 200_000
"""Characters; of a larger text only the first fault is told, as the parser gives it, to be quick."""


def mistakes_in(text: str, error: tomllib.TOMLDecodeError) -> Iterator[Mistake]:
    """Yield the faults of a text for which `tomllib` raised an error, the first one first.

    After each, its statement is left out (a heading with the keys below it), and the rest is read.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if len(text) > _LARGEST:
        yield _as_parsed(Stop(*syntax_error("\n".join(lines), error)))
        return
    for _ in range(_MOST):
        stop = Stop(*syntax_error("\n".join(lines), error))
        statement = statement_at(lines, stop)
        yield explain(statement) or _as_parsed(stop)
        if "\r" in statement.line:
            return
        _leave_out(lines, statement)
        try:
            tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as next_error:
            error = next_error
        except (ValueError, RecursionError):
            return
        else:
            return


def _as_parsed(stop: Stop) -> Mistake:
    return Mistake(stop.message, "", stop.line, stop.column)


def _leave_out(lines: list[str], statement: Statement) -> None:
    last = statement.last
    if statement.is_heading:
        while last < len(lines) and HEADING.match(lines[last]) is None:
            last += 1
    for number in range(statement.first, last + 1):
        lines[number - 1] = ""
