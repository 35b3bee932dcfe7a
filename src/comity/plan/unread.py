"""What depends on values that cannot be read as declared, in logic with a third value: unknown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import assert_never

from comity.events.several import sign_between
from comity.events.values import Scalar, attribute_text
from comity.plan.plan import PlannedRule
from comity.plan.selectors import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    Field,
    FieldTest,
    Not,
    Preceded,
    Selector,
    all_of,
    any_of,
    fields_of,
    negate,
    over_parts,
)
from comity.plan.time.field_spans import FieldSpan
from comity.plan.values import READABLE
from comity.records import frozen

_LONGEST = 60
_NOUNS = {
    "number": "a number",
    "boolean": "true or false",
    "instant": "an instant",
    "text": "text",
    "points": "a number of points",
    "texts": "a text or a list of texts",
}


@frozen
class AttributeReading:
    """How a rule uses one declared attribute."""

    field: Field
    asked: tuple[Selector, ...]
    """Selectors of the event alone that test the attribute."""
    dated: tuple[Selector, ...]
    """Selectors of the event alone; the attribute of selected events ends a span, or is read as it is."""


def readings_of(rule: PlannedRule, fields: Collection[Field]) -> tuple[AttributeReading, ...]:
    """Return how a rule uses the declared attributes of its policy."""
    roles = list(_roles(rule))
    dated = list(_dated(rule))
    found = []
    for field in fields:
        asked = [each for role in roles for each in _alone(role) if field in attributes_in(each)]
        used = [each for name, role in dated if name == field.name for each in _alone(role)]
        if asked or used:
            found.append(AttributeReading(field, tuple(dict.fromkeys(asked)), tuple(dict.fromkeys(used))))
    return tuple(found)


def weigh(selector: Selector, ask: Callable[[Selector], bool], unread: Collection[Field]) -> bool | None:
    """Return whether a selector holds, None if that depends on unreadable attributes.

    `ask` decides tests of other fields, and each `preceded-by`.
    """

    def weighed(part: Selector, of: Callable[[Selector], bool | None]) -> bool | None:
        match part:
            case FieldTest():
                return None if any(field in unread for field in part.fields()) else ask(part)
            case Preceded():
                return ask(part)
            case Not(selector=inner):
                found = of(inner)
                return None if found is None else not found
            case AllOf(selectors=parts):
                every = [of(each) for each in parts]
                return False if False in every else None if None in every else True
            case AnyOf(selectors=parts):
                either = [of(each) for each in parts]
                return True if True in either else None if None in either else False
            case _:
                assert_never(part)

    return over_parts(selector, weighed)


def attributes_in(selector: Selector) -> set[Field]:
    """Return the attributes that a selector tests in the event itself."""
    return {field for field in fields_of(selector) if field.attribute}


def describe_unread(raw: Scalar, field: Field) -> tuple[str, str]:
    """Return in words that a value cannot be read as declared, and which values can."""
    return f"`{field.name}` is {show_value(raw)}, which is not {_NOUNS[field.type]}", READABLE[field.type]


def joined_text(raw: Scalar | None, whole: Collection[object]) -> str | None:
    """Return in words a value of several texts that is one text and seems to join several; else None.

    `whole` are the texts that are asked for as they stand.
    """
    if raw is None or sign_between(raw) is None or attribute_text(raw) in whole:
        return None
    return show_value(raw)


def show_value(raw: Scalar) -> str:
    """Return a value in backticks, on one line, shortened to 60 characters."""
    try:
        text = attribute_text(raw) or ""
    except ValueError:
        text = "a whole number of thousands of digits"
    text = text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return "`" + (text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…") + "`"


def _roles(rule: PlannedRule) -> Iterator[Selector]:
    """Yield the selectors of the rule, including those of each `preceded-by`."""
    yield from rule.selectors()
    for look in rule.lookbacks():
        yield from look.parts()


def _dated(rule: PlannedRule) -> Iterator[tuple[str, Selector]]:
    """Yield the attributes that are read as values, with the selector of the events."""
    for read in rule.constraint.reads():
        yield read.field, rule.judged if read.events is None else read.events
    for look in rule.lookbacks():
        if isinstance(look.span, FieldSpan):
            yield look.span.field, look.event


def _alone(selector: Selector) -> tuple[Selector, Selector]:
    """Return a selector without its `preceded-by` parts: as if all of them held, and as if none did."""
    return _given(selector, ALWAYS), _given(selector, NEVER)


def _given(selector: Selector, before: Selector) -> Selector:
    def given(part: Selector, of: Callable[[Selector], Selector]) -> Selector:
        match part:
            case Preceded():
                return before
            case Not(selector=inner):
                return negate(of(inner))
            case AllOf(selectors=parts):
                return all_of(*map(of, parts))
            case AnyOf(selectors=parts):
                return any_of(*map(of, parts))
            case _:
                return part

    return over_parts(selector, given)
