"""The steps of a statement: each is a named part of `WITH`, with a comment that says what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from comity.records import frozen

_INDENT = "  "


@frozen
class Step:
    """A named part of a statement."""

    name: str
    """In quotes."""
    sql: str
    comment: str = ""

    def __str__(self) -> str:
        comment = "".join(f"-- {line}\n" for line in self.comment.splitlines())
        return f"{comment and chr(10)}{comment}{self.name} AS (\n{indented(self.sql)}\n)"


@frozen
class Found:
    """Where the findings of a rule are: a relation, which of its rows, and what they show."""

    relation: str
    condition: str
    due: str | None = None
    pending: str | None = None
    """The condition on which a finding is pending; None for never."""


@frozen
class CompiledRule:
    """The steps of a rule and the queries over them."""

    name: str
    """The rule as reports name it, `policy/rule`."""
    steps: tuple[Step, ...]
    findings: str
    """A query of the columns `rule`, `seq`, `status` and `due`."""
    judged: str
    """A query of the columns `rule` and `events`: how many events the rule judges."""
    lacking: Mapping[str, str]
    """For each field of its scopes except the person, a query of how many events that play a part lack it."""


def joined(steps: Sequence[Step], query: str) -> str:
    """Return one statement of steps and a query."""
    if not steps:
        return query
    return f"WITH {', '.join(map(str, steps))}\n{query}"


def indented(sql: str) -> str:
    """Return lines that are further in."""
    return "\n".join(_INDENT + line if line else line for line in sql.splitlines())


def quoted(name: str) -> str:
    """Return a name in quotes; characters that some dialect cannot have in a name are left out."""
    return '"' + re.sub(r"[^A-Za-z0-9_ -]", "_", name) + '"'
