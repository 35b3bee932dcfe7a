"""The mark of a field that a class of the plan got later than others."""

from __future__ import annotations

from typing import Final

ADDED: Final = {"comity": "added"}
"""The metadata of a field that a class got later: at its default it is not in fingerprints, so that snapshots
from before stay valid."""
