"""Notices: what a reader of a verdict must know of what it rests on."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class Notice:
    """One thing that could not be read, matched or taken as it stands, and what to do about it."""

    code: str
    """Kebab-case; it stays the same from version to version."""
    message: str
    """One sentence for people, without a full stop."""
    rule: str | None = None
    """`policy/rule`, where it is about one."""
    count: int | None = None
    """How many events, values, rows or persons it is about."""
    example: str | None = None
    """One of them as it is written in the log."""
    help: str | None = None
    """What to do, without a full stop."""

    def to_dict(self) -> dict[str, Any]:
        """Give the notice as values that JSON has, without what does not apply."""
        return {name: value for name, value in attrs.asdict(self).items() if value is not None}

    def to_text(self) -> str:
        """Give the notice as one line."""
        return self.message + (f": {self.help}" if self.help else "") + f" [{self.code}]"
