"""Values that are counted once each: those of a field, or local days."""

from __future__ import annotations

from typing import Final

from comity.plan.selectors.field_tests import Field
from comity.records import frozen

NO_CHANNEL: Final = "unspecified"
"""The channel of an event that has none."""


@frozen
class Different:
    """The different values of a field count, or the different local days, each read in its event's zone.

    An event without a value of the field adds none.
    """

    field: Field | None
    """None stands for the local day."""

    def step(self, limit: int) -> int:
        """Return the smallest step of a limit."""
        return 1

    def said(self, amount: int) -> str:
        """Write so many different values for people."""
        if self.field is None:
            return f"{amount} day{'' if amount == 1 else 's'}"
        different = "value" if amount == 1 else "different values"
        return f"{amount} {different} of `{self.field.name}`"

    def shown(self, amount: int) -> str:
        """Write a limit for people, without its unit."""
        return str(amount)
