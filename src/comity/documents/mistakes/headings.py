"""Mistakes in headings, and headings and keys that are there twice."""

from __future__ import annotations

import re
from typing import Final

from comity.documents.mistakes.mistake import QUOTES, Mistake
from comity.documents.statements import Statement

BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def declared_twice(statement: Statement) -> Mistake | None:
    """Recognise a heading that is there twice."""
    if not statement.is_heading or not statement.stop.message.startswith("Cannot"):
        return None
    name = heading_of(statement.line)
    before = [
        number
        for number, line in enumerate(statement.lines[: statement.first - 1], 1)
        if heading_of(line) == name
    ]
    where = f"first in line {before[0]}" if before else "a key of that name is there already"
    advice = "give one of them another name, or put their keys together"
    return _heading_mistake(statement, f"the heading `[{name}]` is there twice: {where}", advice)


def heading_of(line: str) -> str:
    """Return the name in a heading; empty for another line."""
    found = re.match(r"[ \t]*\[+[ \t]*([^\]\n]*?)[ \t]*\]", line)
    return "" if found is None else ".".join(part.strip() for part in found[1].split("."))


def heading(statement: Statement) -> Mistake | None:
    """Recognise headings without an end, with a name that needs quotation marks, or with a key behind."""
    if not statement.is_heading:
        return None
    line = statement.line.split("#")[0].rstrip()
    inside, bracket, after = line.lstrip().lstrip("[").partition("]")
    if line.lstrip().startswith("[[") and bracket and not after.startswith("]"):
        return Mistake(
            "the heading has one closing bracket, not two",
            f"write `[[{inside}]]`",
            statement.first,
            len(line) + 1,
        )
    if not bracket:
        if not re.fullmatch(r"[\w. \"'-]+", inside):
            return None
        end = len(line) + 1
        message = "the heading has no closing bracket"
        return Mistake(
            message,
            f"write `{line.strip()}{']' * line.count('[')}`",
            statement.first,
            end,
        )
    if after.strip("] \t"):
        column = line.index("]") + 2 + len(after) - len(after.lstrip("] \t"))
        advice = "write the key in a line of its own"
        return Mistake("something follows the heading in the same line", advice, statement.first, column)
    if any(quote in inside for quote in QUOTES):
        return None
    parts = [part.strip() for part in inside.split(".")]
    if "" in parts:
        return _heading_mistake(statement, "a part of the heading between dots is empty", "")
    quoted = ".".join(part if BARE.fullmatch(part) or part[0] in "\"'" else f'"{part}"' for part in parts)
    if quoted == ".".join(parts):
        return None
    advice = f"write `[{quoted}]`, or a name of the letters a to z, digits and `-`"
    return _heading_mistake(statement, f"the name in the heading `[{inside}]` needs quotation marks", advice)


def _heading_mistake(statement: Statement, message: str, advice: str) -> Mistake:
    line = statement.line.rstrip()
    column = len(line) - len(line.lstrip()) + 1
    return Mistake(message, advice, statement.first, column, len(line) - column + 1)


def key_twice(statement: Statement) -> Mistake | None:
    """Recognise a key that is there twice in its table."""
    if statement.is_heading or not statement.stop.message.startswith("Cannot") or not statement.key:
        return None
    before = 0
    for number in range(statement.first - 1, 0, -1):
        line = statement.lines[number - 1]
        if line.lstrip().startswith("["):
            break
        if re.match(rf"[ \t]*{re.escape(statement.key)}[ \t]*=", line):
            before = number
    where = f": first in line {before}" if before else " in another form"
    return key_mistake(statement, f"the key `{statement.key}` is there twice{where}", "keep one of them")


def key_mistake(statement: Statement, message: str, advice: str) -> Mistake:
    """Return a mistake at the key of a statement."""
    column = len(statement.line) - len(statement.line.lstrip()) + 1
    return Mistake(message, advice, statement.first, column, len(statement.key) or 1)
