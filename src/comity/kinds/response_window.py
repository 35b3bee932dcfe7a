"""`response-window`: an event needs a response within a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from comity.plan import Pause, Response, Wording
from comity.plan.selectors import FieldType, any_of
from comity.policy.kind import Lowered, OwnInstant, RuleContext, SelectorRef, SpanOrField, SpanText, in_words


@attrs.frozen
class PauseTable:
    """When the clock of a deadline stands still: from an event until another."""

    from_: SelectorRef = attrs.field(metadata={"missing": "the event with which the clock stops"})
    until: SelectorRef = attrs.field(
        metadata={"missing": "the event with which the clock goes on: a pause without end has no deadline"}
    )


@attrs.frozen
class ResponseWindow:
    """Each `after` event needs an `expect` event at its instant or later, within the span.

    An `unless` event in that time ends the duty too. One response may answer several events.
    """

    kind: ClassVar[str] = "response-window"

    after: SelectorRef
    expect: SelectorRef
    within: SpanOrField
    unless: SelectorRef | None = None
    pause: PauseTable | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a response."""
        pause = lower_pause(rule, self.pause)
        return lower_response(rule, self.after, self.expect, self.within, self.unless, "a response", pause)

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}


def lower_response(
    rule: RuleContext,
    after: SelectorRef,
    expect: SelectorRef,
    within: SpanText | OwnInstant,
    unless: SelectorRef | None,
    noun: str,
    pause: Pause | None,
) -> Lowered:
    """Lower to a response, with words for messages that name what is expected."""
    judged = rule.selector(after, "after")
    answer = rule.selector(expect, "expect")
    discharge = rule.optional(unless, "unless")
    expected = rule.noun(expect, noun)
    span = rule.span_or_field(within, "within")
    time = in_words(within, "within", "by")
    wording = Wording(
        required=f"`{expected}` {time}",
        message=f"The {{event}} was not followed by `{expected}` {time}; it was due by {{due}}.",
        pending=f"The {{event}} is to be followed by `{expected}` {time}, by {{due}}.",
    )
    if discharge is not None:
        answer = any_of(answer, discharge)
    return Lowered(rule.having(judged, span), Response(answer, span, wording, pause=pause))


def lower_pause(rule: RuleContext, pause: PauseTable | None) -> Pause | None:
    """Lower what stops and starts the clock of a deadline."""
    if pause is None:
        return None
    return Pause(rule.selector(pause.from_, "pause", "from"), rule.selector(pause.until, "pause", "until"))
