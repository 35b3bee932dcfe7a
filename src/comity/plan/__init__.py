"""The plan that back ends run: selectors, spans on clocks, and five operators."""

from comity.plan.constraints import (
    Around,
    Constraint,
    Count,
    Different,
    Judgement,
    Local,
    Lookup,
    Past,
    Pause,
    Points,
    PythonCheck,
    Recurrence,
    Response,
    Share,
    Verdict,
)
from comity.plan.constraints.hours import Hours, HoursSlot, Slot
from comity.plan.constraints.text_requirements import TextRequirements
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
from comity.plan.time.calendars import Calendar
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.span_texts import parse_span
from comity.plan.time.spans import Span
from comity.plan.wording import Wording

__all__ = [
    "ALWAYS",
    "NEVER",
    "AllOf",
    "AnyOf",
    "Around",
    "Calendar",
    "Compare",
    "Constraint",
    "Count",
    "Different",
    "Exists",
    "Field",
    "FieldSpan",
    "Hours",
    "HoursSlot",
    "Judgement",
    "Like",
    "Local",
    "Lookup",
    "Not",
    "OneOf",
    "Past",
    "Pause",
    "Plan",
    "PlannedRule",
    "Points",
    "Preceded",
    "PythonCheck",
    "Recurrence",
    "Response",
    "Selector",
    "Share",
    "Slot",
    "Span",
    "TextRequirements",
    "Verdict",
    "Wording",
    "all_of",
    "any_of",
    "parse_span",
]
