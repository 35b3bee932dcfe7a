"""Revisions: what a late event changes in earlier findings."""

from __future__ import annotations

from typing import Any

from comity.records import frozen
from comity.results.findings import Finding


@frozen
class Revision:
    """A correction of an earlier finding because of a late event."""

    withdrawn: Finding
    replaced_by: Finding | None
    """The new finding about the same event, rule and scope; None if there is none."""

    def to_dict(self) -> dict[str, Any]:
        """Return both findings as machine formats write them."""
        replaced = None if self.replaced_by is None else self.replaced_by.to_dict()
        return {"withdrawn": self.withdrawn.to_dict(), "replaced_by": replaced}
