"""The plan that back ends run: selectors, spans on clocks, and four operators."""

from comity.plan.calendars import Calendar
from comity.plan.constraints import (
    Constraint,
    Count,
    Judgement,
    Local,
    Lookup,
    Past,
    PythonCheck,
    Response,
    Verdict,
    Wording,
)
from comity.plan.field_spans import FieldSpan
from comity.plan.hours import Hours, Slot
from comity.plan.plan import Plan, PlannedRule
from comity.plan.selectors import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Compare,
    Exists,
    Field,
    Like,
    Not,
    OneOf,
    Preceded,
    Selector,
    all_of,
    any_of,
)
from comity.plan.span_texts import parse_span
from comity.plan.spans import Span
from comity.plan.style import Style

__all__ = [
    "ALWAYS",
    "NEVER",
    "AllOf",
    "AnyOf",
    "Calendar",
    "Compare",
    "Constraint",
    "Count",
    "Exists",
    "Field",
    "FieldSpan",
    "Hours",
    "Judgement",
    "Like",
    "Local",
    "Lookup",
    "Not",
    "OneOf",
    "Past",
    "Plan",
    "PlannedRule",
    "Preceded",
    "PythonCheck",
    "Response",
    "Selector",
    "Slot",
    "Span",
    "Style",
    "Verdict",
    "Wording",
    "all_of",
    "any_of",
    "parse_span",
]
