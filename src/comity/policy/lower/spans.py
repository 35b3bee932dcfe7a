"""Reading the spans of a policy, with advice for each that cannot be used."""

from __future__ import annotations

from typing import Final

from comity.documents import Path
from comity.plan import Calendar, FieldSpan, Span
from comity.plan.time.opening import OpenSpan
from comity.plan.time.span_texts import SpanError, parse_span
from comity.policy.lower.field_tests import FieldTests
from comity.policy.lower.noting import NoteFault
from comity.policy.types import OwnInstant, SpanText, in_words

ZONE_HELP: Final = "give `timezone` in `[policy]` or in the rule"


class SpanReader:
    """Reads spans, and spans that end at an instant of a field."""

    def __init__(self, tests: FieldTests, fault: NoteFault) -> None:
        """Take what finds fields, and what notes faults."""
        self._tests = tests
        self._fault = fault

    def span(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Span | None:
        """Read a span; one on a local clock needs a zone."""
        try:
            span = parse_span(text, calendar)
        except SpanError as error:
            self._fault("bad-value", str(error), path, error.help)
            return None
        if isinstance(span, OpenSpan) and not span.calendar.opening:
            opening = "hours = [{ from = 09:00:00, to = 17:00:00 }]"
            advice = f"give opening hours in a table `[calendars.NAME]`, {opening}, and name it as `calendar`"
            self._fault("no-hours", f"`{text}` counts opening hours, and there are none", path, advice)
            return None
        if span.clock is not None and zone is None:
            self._fault("no-zone", f"`{text}` counts local days and needs a time zone", path, ZONE_HELP)
            return None
        return span

    def span_or_field(
        self, ref: SpanText | OwnInstant, path: Path, calendar: Calendar | None, zone: str | None
    ) -> Span | FieldSpan | None:
        """Read a span, or one that ends at an instant of a field, which needs a zone."""
        if not isinstance(ref, OwnInstant):
            return self.span(ref, path, calendar, zone)
        field = self._tests.field(ref.field, (*path, "field"), "instant")
        otherwise = None if ref.else_ is None else self.span(ref.else_, (*path, "else"), calendar, zone)
        if field is None or (ref.else_ is not None and otherwise is None):
            return None
        if not (field.attribute and field.type == "instant"):
            named = f"`{ref.field}` is {field.type}: a span can end only at an attribute of type `instant`"
            advice = f'declare another attribute: [attributes] NAME = "instant", not `{ref.field}`'
            self._fault("wrong-type", named, (*path, "field"), advice)
            return None
        if zone is None:
            message = f"`{ref.field}` may be a local time and needs a time zone"
            self._fault("no-zone", message, (*path, "field"), ZONE_HELP)
            return None
        return FieldSpan(ref.field, otherwise, text=in_words(ref, "", "until"))
