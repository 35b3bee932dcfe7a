"""Times, dates and numbers in forms of other places."""

from __future__ import annotations

import re
from typing import Final

from comity.documents.mistakes.mistake import Mistake
from comity.documents.statements import STRING, Statement

_TIME: Final = re.compile(
    r"(?<![\w\"':.-])(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?P<second>:\d{2})?"
    r"(?P<half> ?[ap]\.?m\.?)?(?![\w:])",
    re.IGNORECASE,
)
_HALF: Final = re.compile(r"(?<![\w\"':.-])(?P<hour>\d{1,2}) ?(?P<half>[ap])\.?m\b", re.IGNORECASE)
_DATE: Final = re.compile(
    r"(?<![\w\"'])"
    r"(?:\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{4}-(?:\d-\d{1,2}|\d{2}-\d(?!\d)))"
)
_DECIMAL: Final = re.compile(r"(?P<whole>[+-]?\d{1,3}(?:\.\d{3})*),(?P<part>\d+)[ \t]*(?:#.*)?$")


def time(statement: Statement) -> Mistake | None:
    """Recognise times without seconds, and with AM or PM."""
    number, line = _stopped_line(statement)
    for found in (*_TIME.finditer(line), *_HALF.finditer(line)):
        parts = found.groupdict()
        hour, minute = int(parts["hour"]), parts.get("minute") or "00"
        half = (parts.get("half") or "").strip().lower()[:1]
        if hour > 24 or int(minute) > 59 or (found[0].count(":") == 2 and len(parts["hour"]) == 2):
            continue
        hour = hour % 12 + 12 * (half == "p") if half else hour
        time = "24:00" if hour == 24 else f"{hour:02}:{minute}:{(parts.get('second') or ':00')[1:]}"
        written = '`"24:00"`' if hour == 24 else f"`{time}`"
        what = "a time has the form 09:00:00" if not half else "a time has 24 hours"
        return Mistake(
            f"`{found[0]}` is not a time: {what}",
            f"write {written}",
            number,
            found.start() + 1,
            len(found[0]),
        )
    return None


def date(statement: Statement) -> Mistake | None:
    """Recognise dates in another order or without zeros."""
    number, line = _stopped_line(statement)
    found = _DATE.search(line)
    if found is None:
        return None
    message = f"`{found[0]}` is not a date: a date has the form 2025-03-01"
    advice = "write the year, then the month, then the day, such as `2025-03-01`"
    return Mistake(message, advice, number, found.start() + 1, len(found[0]))


def _stopped_line(statement: Statement) -> tuple[int, str]:
    """Return the line in which the parser stopped, its texts and comments as spaces."""
    number = min(max(statement.stop.line, statement.first), len(statement.lines))
    bare = STRING.sub(lambda text: " " * len(text[0]), statement.lines[number - 1])
    return number, bare.split("#")[0]


def decimal(statement: Statement) -> Mistake | None:
    """Recognise numbers with a decimal comma."""
    found = _DECIMAL.match(statement.value)
    if found is None:
        return None
    number = f"{found['whole'].replace('.', '')}.{found['part']}"
    message = f"`{found['whole']},{found['part']}` is not a number"
    return Mistake(message, f"write `{number}`", statement.first, statement.value_column, found.end("part"))
