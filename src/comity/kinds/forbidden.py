"""`forbidden`: such a contact is never allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import NEVER, Local, Wording
from comity.plan.selectors import FieldType
from comity.policy.kind import Lowered, RuleContext, SelectorRef
from comity.records import frozen


@frozen
class Forbidden:
    """A `contact` event is never allowed."""

    kind: ClassVar[str] = "forbidden"

    contact: SelectorRef

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a predicate that is never true."""
        wording = Wording(required="none", message="The {event} is forbidden.", nothing="1")
        return Lowered(rule.contact(self.contact), Local(NEVER, wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
