"""Lists and tables without an end, without a comma, or in other brackets."""

from __future__ import annotations

import re

from comity.documents.mistakes.headings import heading_of
from comity.documents.mistakes.mistake import Mistake
from comity.documents.statements import STRING, Statement


def list_signs(statement: Statement) -> Mistake | None:
    """Recognise lists in other brackets, or without a comma."""
    line, column, rest = statement.stop.line, statement.stop.column, statement.at_stop
    if statement.value.startswith("("):
        message, advice = "a list does not stand between round brackets", "write `[` and `]`"
        return Mistake(message, advice, statement.first, statement.value_column)
    if statement.stop.message.startswith("Expected '=' after a key") and statement.value.startswith("{"):
        message = "a table between `{` and `}` has a key before each value"
        advice = "write `{ key = value }`, or for a list `[` and `]`"
        return Mistake(message, advice, statement.first, statement.value_column)
    is_heading = line > statement.first and heading_of(rest) and rest.rstrip().endswith("]")
    if (
        statement.stop.message.startswith("Unclosed")
        and not is_heading
        and rest[:1] in tuple("\"'{[0123456789")
    ):
        token = rest[: re.match(r"""(?:"[^"]*"|'[^']*'|[^\s,\]}]*)""", rest).end()]  # type: ignore[union-attr]
        return Mistake(f"no comma stands before `{token}`", f"write `, {token}`", line, column, len(token))
    return None


def table_of_lines(statement: Statement) -> Mistake | None:
    """Recognise a table in braces that goes on in another line."""
    value = STRING.sub(lambda text: " " * len(text[0]), statement.value).split("#")[0].rstrip()
    if value.count("{") <= value.count("}") or not (
        value.endswith(("{", ",")) or statement.last > statement.first
    ):
        return None
    later = "\n".join(statement.lines[statement.first : statement.first + 40])
    place = statement.value_column + value.rindex("{")
    if not value.endswith(("{", ",")) or "}" not in later:
        return None
    advice = "write it in one line, or as a table with a heading of its own"
    return Mistake("a table in braces goes on in the next line", advice, statement.first, place)


def no_bracket(statement: Statement) -> Mistake | None:
    """Recognise lists and tables without an end, at the bracket that has none."""
    if statement.is_heading:
        return None
    text = "\n".join(statement.lines[statement.first - 1 : statement.last])
    bare = re.sub(
        r"#[^\n]*", lambda found: " " * len(found[0]), STRING.sub(lambda found: " " * len(found[0]), text)
    )
    opened: list[int] = []
    for place, character in enumerate(bare):
        if character in "[{":
            opened.append(place)
        elif character in "]}":
            if not opened:
                return None
            begin = opened.pop()
            wanted = "]" if bare[begin] == "[" else "}"
            if character != wanted:
                line, column = _place(statement, text, place)
                return Mistake(
                    f"`{character}` stands where `{wanted}` is due", f"write `{wanted}`", line, column
                )
    if not opened:
        return None
    line, column = _place(statement, text, opened[-1])
    kind, end = ("list", "]") if bare[opened[-1]] == "[" else ("table", "}")
    return Mistake(
        f"the {kind} that begins here has no closing `{end}`", f"write `{end}` at its end", line, column
    )


def _place(statement: Statement, text: str, place: int) -> tuple[int, int]:
    return statement.first + text.count("\n", 0, place), place - text.rfind("\n", 0, place)
