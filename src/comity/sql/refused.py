"""What cannot be compiled, and why."""

from __future__ import annotations

from comity.errors import UsageError
from comity.records import frozen


@frozen
class Refusal:
    """A part of a rule that has no SQL that means the same."""

    policy: str
    rule: str
    reason: str
    """A sentence without a full stop, in lower case."""

    def __str__(self) -> str:
        return f"rule `{self.policy}/{self.rule}` has no SQL that means the same: {self.reason}"


class NotCompiled(UsageError):
    """Some rules cannot be compiled; `refusals` has a reason for each."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = refusals
        super().__init__("\n".join(map(str, refusals)))


class CannotCompile(Exception):
    """A part of a rule cannot be compiled; whoever knows the rule makes a `Refusal` of it."""
