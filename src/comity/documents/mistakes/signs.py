"""Signs that are not those of TOML: of comments, between keys and values, and of word processors."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from comity.documents.mistakes.mistake import QUOTES, Mistake
from comity.documents.statements import STRING, Statement

_COMMENT: Final = re.compile(r"(?://|/\*|--|;)")
_AFTER_VALUE: Final = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#]+)[ \t]*(?P<rest>//|/\*|--|;)""")
_COLON: Final = re.compile(r"""[ \t]*(?P<key>"[^"]*"|'[^']*'|[\w.-]+)[ \t]*(?P<sign>:=?|=>|->|==)[ \t]*""")


def line_ends(statement: Statement) -> Mistake | None:
    """Recognise lines that end in a carriage return alone."""
    place = statement.line.find("\r", 0, -1)
    if place < 0:
        return None
    advice = "save the file with the line ends of Unix or Windows"
    return Mistake("the lines end as on old Macintosh computers", advice, statement.first, place + 1)


def comment(statement: Statement) -> Mistake | None:
    """Recognise comments of other languages, and semicolons at the end."""
    indent = len(statement.line) - len(statement.line.lstrip())
    found = _COMMENT.match(statement.line, indent)
    if found is None and statement.value and not statement.value.startswith(("[", "{")):
        after = _AFTER_VALUE.match(statement.line, statement.value_column - 1)
        if after is None:
            return None
        sign, start = after["rest"], after.start("rest")
        if sign == ";" and not statement.line[start + 1 :].strip():
            return Mistake(
                "`;` stands after the value", "nothing ends a line: leave it out", statement.first, start + 1
            )
        return Mistake(
            f"`{sign}` does not begin a comment", "write `#`", statement.first, start + 1, len(sign)
        )
    if found is None:
        return None
    message = f"`{found[0]}` does not begin a comment"
    return Mistake(message, "write `#`", statement.first, indent + 1, len(found[0]))


def sign(statement: Statement) -> Mistake | None:
    """Recognise other signs than `=`."""
    found = None if statement.is_heading else _COLON.match(statement.line)
    if found is None:
        return None
    message = f"`{found['sign']}` stands between a key and its value"
    value = statement.line[found.end() :].strip()
    advice = f"write `{found['key']} = {value}`" if value else f"a table has the heading `[{found['key']}]`"
    return Mistake(message, advice, statement.first, found.start("sign") + 1, len(found["sign"]))


def odd_quotes(statement: Statement) -> Mistake | None:
    """Recognise quotation marks of word processors."""
    bare = STRING.sub(lambda text: " " * len(text[0]), statement.line)
    for place, character in enumerate(bare):
        if character == "#":
            break
        if character in QUOTES:
            value = statement.value.split("#")[0].strip()
            inner = value.strip(QUOTES + "\"'")
            advice = f'write `"{inner}"`' if value and inner and '"' not in inner else 'write `"`'
            message = f"`{character}` is not a quotation mark of TOML, but one of a word processor"
            return Mistake(message, advice, statement.first, place + 1)
    return None


def odd_character(statement: Statement) -> Mistake | None:
    """Recognise spaces, dashes and digits outside of ASCII."""
    number = statement.stop.line if statement.stop.line <= len(statement.lines) else statement.first
    line = statement.lines[number - 1]
    bare = STRING.sub(lambda text: " " * len(text[0]), line)
    for place, character in enumerate(bare):
        if character == "#":
            return None
        if ord(character) < 128 or unicodedata.category(character)[0] == "L":
            continue
        name = unicodedata.name(character, "a control character")
        plain = {"Z": "a space", "C": "nothing", "P": "`-`" if "DASH" in name or "HYPHEN" in name else ""}
        instead = plain.get(unicodedata.category(character)[0]) or ("`-`" if "MINUS" in name else "")
        if character.isdigit():
            instead = f"`{unicodedata.digit(character)}`"
        advice = f"write {instead} instead" if instead else "put texts in quotation marks"
        return Mistake(
            f"the character U+{ord(character):04X} ({name}) stands outside of a text",
            advice,
            number,
            place + 1,
        )
    return None


def after_value(statement: Statement) -> Mistake | None:
    """Recognise what stands after a value."""
    if not statement.stop.message.startswith("Expected newline") or not statement.value:
        return None
    rest = statement.at_stop.strip()
    message = f"`{rest[:20]}` stands after the value"
    advice = "only a comment may follow it, which begins with `#`"
    return Mistake(message, advice, statement.stop.line, statement.stop.column, len(rest))
