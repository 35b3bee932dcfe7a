"""`stop-after`: no contact is allowed after an event such as an opt-out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import FieldSpan, Lookup, Past, Wording
from comity.plan.selectors import FieldType
from comity.policy.kind import Lowered, RuleContext, SelectorRef, SpanOrField, SpanText, in_words
from comity.records import frozen


@frozen
class StopAfter:
    """A `contact` is forbidden after an `after` event, until an `until` event comes.

    It is forbidden once the deadline `honour-within` is over, and as long as the event is within `for`.
    """

    kind: ClassVar[str] = "stop-after"

    contact: SelectorRef
    after: SelectorRef
    until: SelectorRef | None = None
    honour_within: SpanText | None = None
    for_: SpanOrField | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a look into the past that must find nothing."""
        contact = rule.contact(self.contact)
        after = rule.selector(self.after, "after")
        within = None if self.for_ is None else rule.span_or_field(self.for_, "for")
        if isinstance(within, FieldSpan) and self.honour_within is not None:
            rule.fault(
                "bad-value", "`honour-within` does not go with a `for` that is a field", "honour-within"
            )
        lookup = Lookup(
            rule.having(after, within),
            within=within,
            after=rule.optional_span(self.honour_within, "honour-within"),
            reset=rule.optional(self.until, "until"),
        )
        noun = rule.noun(self.after, "")
        required = " ".join(
            filter(
                None,
                (
                    f"none after `{noun}`" if noun else "none after it",
                    "" if self.for_ is None else in_words(self.for_, "for", "until"),
                    f"once {self.honour_within} have passed" if self.honour_within else "",
                ),
            )
        )
        wording = Wording(
            required=required,
            message="The {event} came {measured} after "
            + (f"the `{noun}` event `{{evidence}}`" if noun else "`{evidence}`")
            + ", which forbids it.",
        )
        return Lowered(contact, Past((lookup,), must_exist=False, wording=wording))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
