"""`maximum-contacts`: a window holds at most so many contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import attrs

from comity.plan import Count, Points, Wording
from comity.plan.constraints import Measure
from comity.plan.points import MOST, POINT, exact_points
from comity.plan.selectors import FieldType
from comity.plan.time.clocks import Periods
from comity.policy.kind import (
    FieldName,
    LimitOfPoints,
    Lowered,
    RuleContext,
    SelectorRef,
    WeightOrField,
    Window,
)
from comity.records import frozen


@frozen
class MaximumContacts:
    """A `contact` breaks the rule if at least `limit` counted events are before it in the window.

    By default `counted` are the contact events that are not exempt. A `restart` event starts the count again.
    With `weight`, events count points: a `contact` breaks the rule if its points and theirs are over `limit`.
    With `distinct`, it is their different values of a field, or different local days, that are over `limit`.
    """

    kind: ClassVar[str] = "maximum-contacts"

    contact: SelectorRef
    limit: LimitOfPoints
    window: Window = attrs.field(
        metadata={"missing": 'say within how long, such as `window = "7d"`; `window = "ever"` counts all'}
    )
    counted: SelectorRef | None = None
    restart: SelectorRef | None = None
    weight: WeightOrField | None = None
    distinct: FieldName | None = None

    def lower(self, rule: RuleContext) -> Lowered:
        """Lower to a count."""
        contact = rule.contact(self.contact)
        counted = rule.not_exempt(contact) if self.counted is None else rule.selector(self.counted, "counted")
        span = None if self.window == "ever" else rule.span(self.window, "window")
        if span is None:
            window = "in all"
        else:
            window = f"in the {self.window}" if isinstance(span.clock, Periods) else f"in {self.window}"
        measure = self._measure(rule)
        if isinstance(measure, Points):
            if self.limit > MOST:
                advice = f"a number, at most {MOST:,}"
                rule.fault("bad-value", f"`{self.limit}` is too large", "limit", help=advice)
            limit = exact_points(self.limit) or 0
        else:
            if type(self.limit) is float:
                advice = "only points, which `weight` gives, have decimal places"
                rule.fault("wrong-type", f"`{self.limit}` is not a whole number", "limit", help=advice)
            limit = int(self.limit)
        most = self.limit if measure is None else measure.said(limit)
        is_one = limit == (POINT if isinstance(measure, Points) else 1)
        wording = Wording(
            required=f"at most {most} {window}",
            message=f"The {{event}} makes {{measured}}; at most {most} {'is' if is_one else 'are'} allowed.",
            nothing=window,
        )
        restart = rule.optional(self.restart, "restart")
        return Lowered(contact, Count(counted, limit, span, restart, wording, measure))

    def _measure(self, rule: RuleContext) -> Measure | None:
        weight = None if self.weight is None else rule.weight(self.weight, "weight")
        different = None if self.distinct is None else rule.different(self.distinct, "distinct")
        if weight is not None and different is not None:
            rule.fault("bad-value", "`weight` and `distinct` exclude each other", "distinct")
        return weight or different

    def declares(self) -> Mapping[str, FieldType]:
        """Declare nothing."""
        return {}
