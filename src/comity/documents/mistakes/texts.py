"""Texts without quotation marks, without an end, or with quotation marks inside."""

from __future__ import annotations

import re
from typing import Final

from comity.documents.mistakes.mistake import Mistake
from comity.documents.statements import STRING, Statement

_WORDS: Final = {
    **dict.fromkeys(("True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), "true"),
    **dict.fromkeys(("False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), "false"),
    **{
        word: str(number)
        for number, word in enumerate(
            [
                "zero",
                "one",
                "two",
                "three",
                "four",
                "five",
                "six",
                "seven",
                "eight",
                "nine",
                "ten",
                "eleven",
                "twelve",
            ]
        )
    },
}
"""Words that stand for a value, with what TOML writes for it."""
_NOTHING: Final = frozenset({"null", "none", "None", "nil", "NULL", "n/a", "N/A"})


def text_marks(statement: Statement) -> Mistake | None:
    """Recognise texts without an end, with quotation marks inside, or with backslashes."""
    value = statement.value
    quote = value[:1]
    column = statement.value_column
    if value.startswith(('"""', "'''")):
        if not statement.stop.message.startswith("Unterminated"):
            return None
        message = f"the text of several lines that begins here has no closing `{quote * 3}`"
        return Mistake(message, f"write `{quote * 3}` at its end", statement.first, column, 3)
    if quote not in ('"', "'"):
        return None
    if "\\" in value and "\\" in statement.stop.message:
        advice = "write `\\\\` for a backslash, or put the text between `'`"
        place = value.index("\\")
        return Mistake("a backslash stands in a text", advice, statement.first, column + place)
    closed = STRING.match(value)
    if closed is None:
        advice = f'end it with `{quote}` in the same line; a text of several lines is between `"""` and `"""`'
        return Mistake("the text has no closing quotation mark", advice, statement.first, column, len(value))
    rest = value[closed.end() :].lstrip()
    if (
        rest
        and not rest.startswith(("#", ","))
        and (quote in rest[1:] or rest[0].isalnum())
        and rest[0] != quote
    ):
        place = column + closed.end() - 1
        advice = 'write `\\"` for a quotation mark inside a text'
        if quote == "'":
            advice = f'put the text between `"`, and {advice}'
        elif "'" not in value:
            advice += ", or put the text between `'`"
        return Mistake("a text ends at its next quotation mark", advice, statement.first, place, len(rest))
    return None


def bare_word(statement: Statement) -> Mistake | None:
    """Recognise a text without quotation marks."""
    if not statement.stop.message.startswith(("Invalid value", "Expected newline", "Unclosed")):
        return None
    line, column, token = statement.stop.line, statement.stop.column, statement.token
    if line == statement.first and statement.value[:1] not in tuple("\"'[{"):
        # `7d` begins with a number, `same week` has a space: the parser stopped in the middle.
        column, token = statement.value_column, statement.value.split("#")[0].strip()
    if not re.fullmatch(r"[\w%*?@+./&' -]+", token):
        return None
    number = token.replace(" ", "").replace("_", "").replace("'", "").lstrip("0")
    if token in _WORDS:
        message, advice = f"`{token}` is not a value", f"write `{_WORDS[token]}`"
    elif token in _NOTHING:
        message, advice = f"`{token}` is not a value", "leave the key out"
    elif re.fullmatch(r"[\d _'+-]+", token):
        message, advice = f"`{token}` is not a number", f"write `{number}`" if number.isdigit() else ""
    else:
        message, advice = f"`{token}` has no quotation marks", f'write `"{token}"`'
    return Mistake(message, advice, line, column, len(token))
