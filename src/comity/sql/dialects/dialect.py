"""What a dialect writes in its own way; everything else is the same in all of them."""

from __future__ import annotations

import re

from comity.records import frozen

_NAME = re.compile(r'"([^"]*)"')


@frozen
class Dialect:
    """One dialect. The statements are written with names in double quotes, and turned into it at the end."""

    name: str
    title: str
    quotes: tuple[str, str] = ('"', '"')
    """What is before and after a name."""
    whole: str = "BIGINT"
    """The type of 64-bit whole numbers."""
    text: str = "VARCHAR"
    division: str = "({0} / {1})"
    """The quotient of two whole numbers that are not negative, cut off to a whole number."""
    null: str = "CAST(NULL AS {0})"
    """No value of a type."""
    instant: str = ""
    """Microseconds since 1970-01-01T00:00:00Z of a timestamp with a time zone, or of whole microseconds."""
    counted: str = "{0}"
    """A number of rows as a whole number with a sign."""
    trimmed: str = "TRIM({0})"
    same: str = "{0} IS NOT DISTINCT FROM {1}"
    """The condition that two values are the same, or both null."""
    create_view: str = "CREATE OR REPLACE VIEW {0} AS"
    materialized: str = ""
    """What makes a step in `WITH` be computed once only, where that is not so by itself."""
    indexes: bool = False
    """Whether a join on a temporary table needs an index to be quick."""
    escapes: bool = False
    """Whether a backslash in a text literal escapes what is after it."""
    checked: str = ""
    """How its statements were checked, in words."""

    def written(self, statement: str) -> str:
        """Return a statement with its names in the quotes of the dialect."""
        if self.quotes == ('"', '"'):
            return statement
        before, after = self.quotes
        parts = re.split(r"('(?:[^']|'')*')", statement)
        return "".join(
            part if number % 2 else _NAME.sub(lambda found: f"{before}{found[1]}{after}", part)
            for number, part in enumerate(parts)
        )

    def literal(self, text: str) -> str:
        """Return a text as a literal."""
        escaped = text.replace("\\", "\\\\") if self.escapes else text
        return "'" + escaped.replace("'", "''") + "'"

    def no_number(self) -> str:
        """Return a number that is not there."""
        return self.null.format(self.whole)

    def day_of(self, at: str, day: int) -> str:
        """Return the UTC day of an instant; division cuts off towards zero, so 1969 is turned round."""
        before = self.division.format(f"({day - 1} - {at})", day)
        return f"CASE WHEN {at} < 0 THEN -{before} ELSE {self.division.format(at, day)} END"
