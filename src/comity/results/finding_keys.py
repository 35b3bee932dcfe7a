"""The keys of findings: the columns of every machine format."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from comity.errors import UsageError, suggest

FINDING_KEYS: Final = (
    "policy",
    "rule",
    "kind",
    "severity",
    "status",
    "person",
    "scope",
    "event",
    "at",
    "evidence",
    "measured",
    "required",
    "allowed_from",
    "due",
    "message",
)
"""The keys of a finding in every machine format, in their order."""
CODED: Final = ("policy", "rule", "kind", "severity", "status", "required")
"""The keys whose values repeat: Arrow tables encode them as dictionaries."""
INSTANTS: Final = ("at", "allowed_from", "due")
"""The keys whose values are instants."""


def check_columns(columns: Sequence[str]) -> None:
    """Check that columns are keys of findings, each one once; raises UsageError with advice."""
    if not columns:
        raise UsageError(f"no columns are named; findings have {', '.join(FINDING_KEYS)}")
    for name in columns:
        if name not in FINDING_KEYS:
            hint = suggest(name, FINDING_KEYS) or f"findings have {', '.join(FINDING_KEYS)}"
            raise UsageError(f"findings have no column `{name}`: {hint}")
        if list(columns).count(name) > 1:
            raise UsageError(f"the column `{name}` is named twice")
