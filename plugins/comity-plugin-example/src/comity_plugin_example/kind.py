"""The rule kind `plugin-example`: at most so many contacts on one local day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from comity.plan import Count, Wording
from comity.policy.kind import FieldType, Lowered, Positive, RuleContext, SelectorRef


@attrs.frozen
class PluginExample:
    """A `contact` is one too many when `most` lie before it on its local day."""

    kind: ClassVar[str] = "plugin-example"

    contact: SelectorRef
    most: Positive = Positive(1)

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a count of the contacts of the same day."""
        contact = rule.contact(self.contact)
        wording = Wording(
            required=f"at most {self.most} a day",
            message="The {event} makes {measured}; at most " + f"{self.most} are allowed.",
            nothing="in the same day",
        )
        day = rule.span("same day", "contact")
        return Lowered(contact, Count(rule.not_exempt(contact), self.most, day, None, wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare no attributes."""
        return {}
