"""`minimum-gap`: a contact must not come too soon after another event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import FieldSpan, Lookup, Past, Wording
from comity.plan.selectors import FieldType
from comity.plan.time.clocks import Periods
from comity.policy.kind import Lowered, RuleContext, SelectorRef, SpanOrField, in_words
from comity.records import frozen


@frozen
class MinimumGap:
    """A `contact` is too early if a `since` event is less than `gap` before it and no `until` event between.

    By default `since` are the contact events that are not exempt.
    """

    kind: ClassVar[str] = "minimum-gap"

    contact: SelectorRef
    gap: SpanOrField
    since: SelectorRef | None = None
    until: SelectorRef | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a look into the past that must find nothing."""
        contact = rule.contact(self.contact)
        since = rule.not_exempt(contact) if self.since is None else rule.selector(self.since, "since")
        span = rule.span_or_field(self.gap, "gap")
        lookup = Lookup(rule.having(since, span), within=span, reset=rule.optional(self.until, "until"))
        if isinstance(span, FieldSpan):
            least = in_words(self.gap, "", "until")
            wording = Wording(
                required=least,
                message=f"The {{event}} came {{measured}} after `{{evidence}}`; the wait lasts {least}.",
            )
        elif isinstance(span.clock, Periods):
            unit = span.clock.unit
            wording = Wording(
                required=f"another {unit}",
                message=f"The {{event}} came in the same {unit} as `{{evidence}}`.",
            )
        else:
            wording = Wording(
                required=f"at least {self.gap}",
                message="The {event} came {measured} after `{evidence}`; "
                f"at least {self.gap} must lie between.",
            )
        return Lowered(contact, Past((lookup,), must_exist=False, wording=wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
