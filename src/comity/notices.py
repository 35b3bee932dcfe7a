"""Notices: what a reader of a verdict must know about the data behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from comity.records import frozen


@frozen
class Notice:
    """One thing that could not be read, matched or used as it is, and what to do about it."""

    code: str
    """Kebab-case; it stays the same in all versions."""
    message: str
    """One sentence for people, without a full stop."""
    rule: str | None = None
    """`policy/rule`, if the notice is about one rule."""
    count: int | None = None
    """How many events, values, rows or persons it is about."""
    example: str | None = None
    """One of them as the log writes it."""
    help: str | None = None
    """What to do, without a full stop."""

    def to_dict(self) -> dict[str, Any]:
        """Return the notice in types that JSON has, without what does not apply."""
        return {name: value for name, value in attrs.asdict(self).items() if value is not None}

    def to_text(self) -> str:
        """Return the notice as one line."""
        return self.message + (f": {self.help}" if self.help else "") + f" [{self.code}]"


UNREADABLE_HELP: Final = (
    "correct the values, give the column's `decimal`, `thousands` or `format` in a mapping, "
    "or declare the attribute as text"
)


def unreadable_notices(
    counts: Mapping[str, int], examples: Mapping[str, str] | None = None
) -> tuple[Notice, ...]:
    """Return the notices about values that cannot be read, by `policy/attribute`, with an example of each."""
    return tuple(
        Notice(
            "unreadable-values",
            f"1 value of `{name}` does not read as declared and counts as absent"
            if count == 1
            else f"{count:,} values of `{name}` do not read as declared and count as absent",
            count=count,
            example=(examples or {}).get(name),
            help=UNREADABLE_HELP,
        )
        for name, count in sorted(counts.items())
    )


def unparted_notices(counts: Mapping[str, tuple[int, str]]) -> tuple[Notice, ...]:
    """Return the notices about texts that seem to join several; the counts come with an example."""
    notices = []
    for name, (count, example) in sorted(counts.items()):
        attribute = name.partition("/")[2]
        one = f"{example} of `{name}` has a sign between texts in it, and counts as one text"
        several = (
            f"{count:,} values of `{name}` have a sign between texts in them, and each counts as one text"
        )
        sign = next((sign for sign in (";", "|", ",", "\\n") if sign in example), ";")
        line = f'{attribute} = {{ column = "{attribute}", split = "{sign}" }}'
        help = f"say in a mapping, in `[fields]`, what separates them, such as `{line}`, or give a list"
        notices.append(Notice("unparted-texts", one if count == 1 else several, None, count, example, help))
    return tuple(notices)
