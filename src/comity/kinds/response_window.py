"""`response-window`: an event needs a response within a span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from comity.plan import Pause, Response, Wording
from comity.plan.selectors import FieldType, any_of
from comity.policy.kind import Lowered, OwnInstant, RuleContext, SelectorRef, SpanOrField, SpanText, in_words
from comity.records import frozen


@frozen
class PauseTable:
    """When the clock of a deadline stands still: from an event until another."""

    from_: SelectorRef = attrs.field(metadata={"missing": "the event with which the clock stops"})
    until: SelectorRef = attrs.field(
        metadata={"missing": "the event with which the clock goes on: a pause without end has no deadline"}
    )


@frozen
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
        pause = self.pause
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
    pause: PauseTable | None,
) -> Lowered:
    """Lower to a response, with words for messages that name what is expected."""
    judged = rule.selector(after, "after")
    answer = rule.selector(expect, "expect")
    discharge = rule.optional(unless, "unless")
    expected = rule.noun(expect, noun)
    span = rule.span_or_field(within, "within")
    time = in_words(within, "within", "by")
    paused = pause_words(rule, pause)
    wording = Wording(
        required=f"`{expected}` {time}{paused}",
        message=f"The {{event}} was not followed by `{expected}` {time}{paused}; it was due by {{due}}.",
        pending=f"The {{event}} is to be followed by `{expected}` {time}{paused}, by {{due}}.",
    )
    if discharge is not None:
        answer = any_of(answer, discharge)
    lowered = lower_pause(rule, pause)
    return Lowered(rule.having(judged, span), Response(answer, span, wording, pause=lowered))


def pause_words(rule: RuleContext, pause: PauseTable | None) -> str:
    """Say for messages which time does not count; nothing without a pause."""
    if pause is None:
        return ""
    start, end = rule.noun(pause.from_, "a pause"), rule.noun(pause.until, "its end")
    shown = [word if word in ("a pause", "its end") else f"`{word}`" for word in (start, end)]
    return f" (not counting the time from {shown[0]} until {shown[1]})"


def lower_pause(rule: RuleContext, pause: PauseTable | None) -> Pause | None:
    """Lower what stops and starts the clock of a deadline."""
    if pause is None:
        return None
    return Pause(rule.selector(pause.from_, "pause", "from"), rule.selector(pause.until, "pause", "until"))
