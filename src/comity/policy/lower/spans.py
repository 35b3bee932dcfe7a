"""Reading the spans of a policy, with advice for each that cannot be used."""

from __future__ import annotations

from typing import Final

from comity.documents import Path
from comity.plan import Calendar, Field, FieldSpan, Span
from comity.plan.time.clocks import Periods
from comity.plan.time.offsets import Offset, parse_offset
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
        otherwise = None if ref.else_ is None else self.span(ref.else_, (*path, "else"), calendar, zone)
        field = self.instant(ref.field, (*path, "field"), zone, "a span can end only at")
        offset = self._further(ref, path, calendar, zone)
        if field is None or (ref.else_ is not None and otherwise is None):
            return None
        if offset is None and (ref.plus is not None or ref.minus is not None):
            return None
        return FieldSpan(ref.field, otherwise, text=in_words(ref, "", "until"), offset=offset)

    def _further(
        self, ref: OwnInstant, path: Path, calendar: Calendar | None, zone: str | None
    ) -> Offset | None:
        """Read how far from the instant a span ends; None if that is not said, or has a fault."""
        if ref.plus is not None and ref.minus is not None:
            self._fault("bad-value", "`plus` and `minus` exclude each other", (*path, "minus"))
            return None
        key, text = ("plus", ref.plus) if ref.minus is None else ("minus", ref.minus)
        span = None if text is None else self.span(text, (*path, key), calendar, zone)
        if span is not None and isinstance(span.clock, Periods):
            message = f"`{text}` is not a distance from an instant"
            self._fault("bad-value", message, (*path, key), "write a span such as `2h` or `1 business day`")
            return None
        return None if span is None else Offset(1 if key == "plus" else -1, span)

    def instant(self, name: str, path: Path, zone: str | None, why: str) -> Field | None:
        """Find an attribute that is an instant, which needs a zone."""
        field = self._tests.field(name, path, "instant", of_key=False)
        if field is None:
            return None
        if not (field.attribute and field.type == "instant"):
            type_ = field.type if field.attribute else "a field of every event"
            named = f"`{name}` is {type_}: {why} an attribute of type `instant`"
            advice = f'declare another attribute: [attributes] NAME = "instant", not `{name}`'
            self._fault("wrong-type", named, path, advice)
            return None
        if zone is None:
            message = f"`{name}` may be a local time and needs a time zone"
            self._fault("no-zone", message, path, ZONE_HELP)
            return None
        return field

    def offset(self, text: str, path: Path, calendar: Calendar | None, zone: str | None) -> Offset | None:
        """Read a span with a sign."""
        try:
            offset = parse_offset(text, calendar)
        except SpanError as error:
            self._fault("bad-value", str(error), path, error.help)
            return None
        if not offset.span.count:
            return offset
        return None if self.span(offset.span.text, path, calendar, zone) is None else offset
