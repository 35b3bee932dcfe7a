"""`maximum-gap`: no more than so long without a contact, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.kinds.response_window import PauseTable, lower_pause, pause_words
from comity.plan import Recurrence, Response, Wording
from comity.plan.selectors import FieldType, any_of
from comity.policy.kind import Lowered, RuleContext, SelectorRef, SpanText
from comity.records import frozen


@frozen
class MaximumGap:
    """From a `from` event until an `until` event, a `contact` comes at least once in each `gap`.

    A period begins with the `from` event and with each contact, and where the one before was missed. Without
    `from`, the first contact begins the first period.
    """

    kind: ClassVar[str] = "maximum-gap"

    contact: SelectorRef
    gap: SpanText
    from_: SelectorRef | None = None
    until: SelectorRef | None = None
    pause: PauseTable | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a response that recurs."""
        contact = rule.not_exempt(rule.contact(self.contact))
        start = contact if self.from_ is None else rule.selector(self.from_, "from")
        stop = rule.optional(self.until, "until")
        span = rule.span(self.gap, "gap")
        noun = rule.noun(self.contact, "contact")
        time = f"in the {self.gap}" if self.gap.startswith("same ") else f"within {self.gap}"
        paused = pause_words(rule, self.pause)
        last = "The last event that counts is the {event}."
        wording = Wording(
            required=f"`{noun}` {time}, again and again{paused}",
            message=f"No `{noun}` came {time}{paused}: it was due by {{due}}. {last}",
            pending=f"The next `{noun}` is due by {{due}}{paused}. {last}",
        )
        recurrence = Recurrence(contact, start, stop)
        answer = contact if stop is None else any_of(contact, stop)
        return Lowered(
            any_of(start, contact),
            Response(answer, span, wording, recurrence=recurrence, pause=lower_pause(rule, self.pause)),
        )

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
