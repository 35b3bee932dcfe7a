"""Revisions: what a late event changes in earlier findings."""

from __future__ import annotations

from typing import Any

import attrs

from comity.results.findings import Finding


@attrs.frozen
class Revision:
    """A correction of an earlier finding that a late event brought about."""

    withdrawn: Finding
    replaced_by: Finding | None
    """What is found instead about the same event, rule and scope; None where nothing is."""

    def to_dict(self) -> dict[str, Any]:
        """Return both findings as machine formats write them."""
        replaced = None if self.replaced_by is None else self.replaced_by.to_dict()
        return {"withdrawn": self.withdrawn.to_dict(), "replaced_by": replaced}
