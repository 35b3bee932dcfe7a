"""`thank-you-window`: an event needs a thank-you within a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.kinds.response_window import PauseTable, lower_response
from comity.plan.selectors import FieldType
from comity.policy.kind import Lowered, RuleContext, SelectorRef, SelectorTable, SpanOrField, SpanText, Test
from comity.records import frozen

THANK_YOU = SelectorTable({"kind": Test(one_of=("thank-you",)), "direction": Test(one_of=("outbound",))})


@frozen
class ThankYouWindow:
    """Each `after` event needs a thank-you, by default an outbound `thank-you` within 24 hours."""

    kind: ClassVar[str] = "thank-you-window"

    after: SelectorRef
    expect: SelectorRef = THANK_YOU
    within: SpanOrField = SpanText("24h")
    unless: SelectorRef | None = None
    pause: PauseTable | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a response."""
        pause = self.pause
        return lower_response(rule, self.after, self.expect, self.within, self.unless, "a thank-you", pause)

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
