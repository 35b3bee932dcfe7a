"""What a rule kind is made with: the types of its keys, and the context in which it lowers."""

from collections.abc import Mapping

from comity.documents import faults_of
from comity.plan.selectors import FieldType
from comity.policy.language.converter import policy_converter
from comity.policy.lower.rule_context import RuleContext
from comity.policy.model import Lowered, RuleKind
from comity.policy.types import (
    Amount,
    Dates,
    DayName,
    FieldName,
    Limit,
    LimitOfPoints,
    OffsetText,
    OwnInstant,
    Percentage,
    PhraseChoice,
    Positive,
    PrecededBy,
    SelectorRef,
    SelectorTable,
    SpanOrField,
    SpanText,
    Test,
    TimeOfDay,
    Weight,
    WeightOrField,
    Window,
    ZoneName,
    in_words,
    parse_month_day,
    parse_time,
    time_micros,
)


def selector_table(table: Mapping[str, object]) -> SelectorTable:
    """Make a selector from a table as policies write it, such as a kind's default; raises ValueError.

    The names in it are those of the policy with the rule.
    """
    try:
        made: SelectorTable = policy_converter().structure(dict(table), SelectorTable)
    except Exception as error:
        faults = "; ".join(fault.message for fault in faults_of(error))
        raise ValueError(f"no selector: {faults}") from error
    return made


__all__ = [
    "Amount",
    "Dates",
    "DayName",
    "FieldName",
    "FieldType",
    "Limit",
    "LimitOfPoints",
    "Lowered",
    "OffsetText",
    "OwnInstant",
    "Percentage",
    "PhraseChoice",
    "Positive",
    "PrecededBy",
    "RuleContext",
    "RuleKind",
    "SelectorRef",
    "SelectorTable",
    "SpanOrField",
    "SpanText",
    "Test",
    "TimeOfDay",
    "Weight",
    "WeightOrField",
    "Window",
    "ZoneName",
    "in_words",
    "parse_month_day",
    "parse_time",
    "selector_table",
    "time_micros",
]
