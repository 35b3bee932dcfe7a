"""`maximum-contacts`: a window holds at most so many contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from comity.plan import Count, Wording
from comity.plan.selectors import FieldType
from comity.plan.time.clocks import Periods
from comity.policy.kind import Limit, Lowered, RuleContext, SelectorRef, Window


@attrs.frozen
class MaximumContacts:
    """A `contact` breaks the rule if at least `limit` counted events are before it in the window.

    By default `counted` are the contact events that are not exempt. A `restart` event starts the count again.
    """

    kind: ClassVar[str] = "maximum-contacts"

    contact: SelectorRef
    limit: Limit
    window: Window
    counted: SelectorRef | None = None
    restart: SelectorRef | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a count."""
        contact = rule.contact(self.contact)
        counted = rule.not_exempt(contact) if self.counted is None else rule.selector(self.counted, "counted")
        span = None if self.window == "ever" else rule.span(self.window, "window")
        if span is None:
            window = "in all"
        else:
            window = f"in the {self.window}" if isinstance(span.clock, Periods) else f"in {self.window}"
        wording = Wording(
            required=f"at most {self.limit} {window}",
            message=f"The {{event}} makes {{measured}}; at most {self.limit} are allowed.",
            nothing=window,
        )
        restart = rule.optional(self.restart, "restart")
        return Lowered(contact, Count(counted, self.limit, span, restart, wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
