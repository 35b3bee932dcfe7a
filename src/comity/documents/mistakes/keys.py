"""Lines without a value, without a key, or with a key that needs quotation marks."""

from __future__ import annotations

import re

from comity.documents.mistakes.headings import BARE, key_mistake
from comity.documents.mistakes.mistake import Mistake
from comity.documents.statements import Statement


def no_value(statement: Statement) -> Mistake | None:
    """Recognise lines without a value, without a key, or with an unquoted one."""
    if statement.is_heading:
        return None
    if not statement.key:
        word = statement.line.strip()
        if "=" in word:
            return Mistake("there is no key before `=`", "write `key = value`", statement.first, 1, len(word))
        column = len(statement.line) - len(statement.line.lstrip()) + 1
        advice = (
            "a line is a heading such as `[rules.name]`, or `key = value`, or a comment that begins with `#`"
        )
        return Mistake("there is no `=` in this line", advice, statement.first, column, len(word))
    if not statement.value or statement.value.startswith("#"):
        return key_mistake(
            statement, f"`{statement.key}` has no value", f"write `{statement.key} = …`, or delete the line"
        )
    if not BARE.fullmatch(statement.key) and not re.fullmatch(r"[\w\"'. -]*", statement.key):
        return None
    parts = statement.key.split(".")
    if statement.key[0] not in "\"'" and any(not BARE.fullmatch(part.strip()) for part in parts):
        advice = f'write `"{statement.key}" = …`; the keys of comity have only letters, digits and `-`'
        return key_mistake(statement, f"the key `{statement.key}` needs quotation marks", advice)
    return None
