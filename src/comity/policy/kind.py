"""What a rule kind is made with: the types of its keys, and the context that it lowers in."""

from comity.plan.selectors import FieldType
from comity.policy.context import RuleContext
from comity.policy.model import Lowered, RuleKind
from comity.policy.written import (
    Dates,
    DayName,
    FieldName,
    Limit,
    PhraseChoice,
    Positive,
    SelectorRef,
    SelectorTable,
    SpanText,
    Test,
    TimeOfDay,
    Window,
    ZoneName,
    parse_month_day,
    parse_time,
)

__all__ = [
    "Dates",
    "DayName",
    "FieldName",
    "FieldType",
    "Limit",
    "Lowered",
    "PhraseChoice",
    "Positive",
    "RuleContext",
    "RuleKind",
    "SelectorRef",
    "SelectorTable",
    "SpanText",
    "Test",
    "TimeOfDay",
    "Window",
    "ZoneName",
    "parse_month_day",
    "parse_time",
]
