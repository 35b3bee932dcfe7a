"""`requires`: a contact needs an earlier event such as a consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from comity.plan import Lookup, Past, Wording
from comity.plan.selectors import FieldType
from comity.policy.kind import (
    FieldName,
    Lowered,
    Positive,
    RuleContext,
    SelectorRef,
    SpanOrField,
    in_words,
)
from comity.records import frozen


@frozen
class Ground:
    """One event that allows the contact, or `at-least` so many of them or of their different values."""

    event: SelectorRef
    in_last: SpanOrField | None = None
    until: SelectorRef | None = None
    at_least: Positive | None = None
    distinct: FieldName | None = None


@frozen
class Requires:
    """A `contact` needs an `event` before it, within `in-last`, without an `until` event between.

    With `at-least` it needs so many of them, or so many different values of the field that `distinct` names.
    `any` asks for one of several such events.
    """

    kind: ClassVar[str] = "requires"

    contact: SelectorRef
    event: SelectorRef | None = None
    in_last: SpanOrField | None = None
    until: SelectorRef | None = None
    any: tuple[Ground, ...] | None = None
    at_least: Positive | None = None
    distinct: FieldName | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a look into the past that must find something."""
        contact = rule.contact(self.contact)
        if (self.event is None) == (self.any is None):
            fault = ("missing-key", "one of `event` and `any` is missing")
            rule.fault(
                *(fault if self.event is None else ("bad-value", "`event` and `any` exclude each other"))
            )
        if self.any is not None:
            for key, value in (
                ("in-last", self.in_last),
                ("until", self.until),
                ("at-least", self.at_least),
                ("distinct", self.distinct),
            ):
                if value is not None:
                    rule.fault("bad-value", f"`{key}` goes with `event`; inside `any` each has its own", key)
            if not self.any:
                rule.fault("bad-value", "an empty list asks for nothing", "any")
            grounds: tuple[tuple[Ground, tuple[str | int, ...]], ...] = tuple(
                (ground, ("any", index)) for index, ground in enumerate(self.any)
            )
        elif self.event is not None:
            own = Ground(self.event, self.in_last, self.until, self.at_least, self.distinct)
            grounds = ((own, ()),)
        else:
            grounds = ()
        lookups = tuple(_lookup(rule, ground, keys) for ground, keys in grounds)
        required = " or ".join(
            _asked(lookup, rule.noun(ground.event, "an earlier event"))
            + ("" if ground.in_last is None else f" {in_words(ground.in_last, 'in', 'and before')}")
            for lookup, (ground, _) in zip(lookups, grounds, strict=True)
        )
        found = " (found: {measured})" if any(lookup.counts for lookup in lookups) else ""
        message = f"The {{event}} came without {required} before it{found}."
        return Lowered(contact, Past(lookups, must_exist=True, wording=Wording(required, message)))

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}


def _lookup(rule: RuleContext, ground: Ground, keys: tuple[str | int, ...]) -> Lookup:
    event = rule.selector(ground.event, *keys, "event")
    within = None if ground.in_last is None else rule.span_or_field(ground.in_last, *keys, "in-last")
    at_least, distinct = rule.enough(ground.at_least, ground.distinct, ground.in_last, *keys)
    return Lookup(
        rule.having(event, within),
        within=within,
        reset=rule.optional(ground.until, *keys, "until"),
        at_least=at_least,
        distinct=distinct,
    )


def _asked(lookup: Lookup, noun: str) -> str:
    """Say what a lookup must find, without its span."""
    if lookup.distinct is None:
        return f"at least {lookup.at_least} × `{noun}`" if lookup.counts else f"`{noun}`"
    of = f"with `{noun}`" if lookup.distinct.field is None else f"among `{noun}` events"
    return f"at least {lookup.distinct.said(lookup.at_least)} {of}"
