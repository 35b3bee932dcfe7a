"""Structuring what policies write into the types of `comity.policy.types`, and writing it back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, NewType, TypeVar

import cattrs

from comity.clock.zones import find_zone
from comity.documents import (
    Fault,
    Faults,
    exactly,
    not_among,
    strict_converter,
    written,
    wrong_type,
)
from comity.errors import EventError
from comity.plan.points import MOST, PLACES, exact_points
from comity.plan.time.calendars import WEEKDAYS
from comity.plan.time.offsets import parse_offset
from comity.plan.time.span_texts import SpanError, parse_span
from comity.policy.language.date_tables import structure_dates, structure_time, write_dates
from comity.policy.language.selector_tables import structure_table, structure_test, write_table, write_test
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
    PolicyId,
    Positive,
    Required,
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
    is_policy_id,
    is_union,
)
from comity.requirements import read_requirement

N = TypeVar("N", int, float)


def policy_converter() -> cattrs.Converter:
    """Make the strict converter that knows the types of policies."""
    converter = strict_converter()
    hooks: dict[Any, Any] = {
        SpanText: _span,
        Window: lambda value, _: value if value == "ever" else _span(value, _),
        Limit: lambda value, _: _at_least(value, 0),
        Amount: _amount,
        LimitOfPoints: _limit_of_points,
        OffsetText: _offset,
        Positive: lambda value, _: _at_least(value, 1),
        Percentage: lambda value, _: _text(value, 'write a percentage such as `"3%"` or `"0.5%"`'),
        ZoneName: _zone,
        PolicyId: _policy_id,
        Required: _required,
        DayName: _day,
        FieldName: _field,
        Test: structure_test,
        Dates: structure_dates,
    }
    for kind, hook in hooks.items():
        converter.register_structure_hook(kind, hook)
        if isinstance(kind, NewType):
            converter.register_unstructure_hook(kind, lambda value: value)

    def selector(value: object, _: object) -> SelectorRef:
        if isinstance(value, str):
            return value
        if not isinstance(value, Mapping):
            names = value if isinstance(value, list) and value else ()
            advice = "write a table of tests, or a name of `[events]`"
            if names and all(isinstance(name, str) for name in names):
                several = "{ any = [" + ", ".join(f'"{name}"' for name in names) + "] }"
                advice = f'write `"{names[0]}"`' if len(names) == 1 else f"write `{several}`"
            raise wrong_type(value, "a selector", help=advice)
        return structure_table(converter, value)

    def phrase(value: object, _: object) -> PhraseChoice:
        if isinstance(value, list):
            if not value:
                raise Fault("bad-value", "an empty list of phrases asks for nothing")
            return tuple(exactly(item, str) for item in value)
        return exactly(value, str)

    def span_or_field(value: object, _: object) -> str | OwnInstant:
        if not isinstance(value, Mapping):
            return _span(value, _)
        own: OwnInstant = converter.structure(value, OwnInstant)
        return own

    def weight(value: object, _: object) -> str | Weight:
        if not isinstance(value, Mapping):
            if type(value) is not str:
                table = '{ field = "channel", values = { phone = 3 }, otherwise = 1 }'
                raise wrong_type(
                    value, "a field", help=f"name an attribute, or write a table such as {table}"
                )
            return _field(value, _)
        made: Weight = converter.structure(value, Weight)
        return made

    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, Amount], _amounts)
    converter.register_structure_hook(
        SelectorTable, lambda value, _: structure_table(converter, exactly(value, dict))
    )
    converter.register_unstructure_hook(SelectorTable, lambda value: write_table(converter, value))
    converter.register_unstructure_hook(Test, write_test)
    converter.register_unstructure_hook(Dates, write_dates)
    unions = (
        (SelectorRef, selector),
        (TimeOfDay, structure_time),
        (PhraseChoice, phrase),
        (SpanOrField, span_or_field),
        (WeightOrField, weight),
    )
    for union, hook in unions:
        converter.register_structure_hook_func(is_union(union), hook)
        converter.register_unstructure_hook_func(
            is_union(union),
            lambda value: (
                list(value) if isinstance(value, tuple) else converter.unstructure(value, type(value))
            ),
        )
    return converter


def _span(value: object, _: object) -> str:
    if isinstance(value, Mapping) and "field" in value:
        message = "this span cannot end at a field: it is the same for all events"
        raise Fault("wrong-type", message, help='write a text such as "30d"')
    text = _text(value, 'a span is text such as "30d"')
    try:
        parse_span(text)
    except SpanError as error:
        raise Fault("bad-value", str(error), help=error.help) from None
    return text


def _offset(value: object, _: object) -> str:
    text = _text(value, 'a distance is text such as "-72h"')
    try:
        parse_offset(text)
    except SpanError as error:
        raise Fault("bad-value", str(error), help=error.help) from None
    return text


def _text(value: object, help: str = "") -> str:
    if type(value) is not str:
        raise wrong_type(value, "text", help=help)
    return value


def _limit_of_points(value: object, _: object) -> float:
    """Read a limit, which only `weight` lets have decimal places: the rule checks that."""
    if type(value) is float:
        return _amount(value, _)
    advice = "a whole number, 0 or more; with `weight` also one such as `2.5`"
    if type(value) is not int:
        try:
            return exactly(value, float)
        except Fault as fault:
            wanted = "a whole number (with `weight`: a decimal number)"
            raise wrong_type(value, wanted, help=fault.help or advice) from None
    if value < 0:
        raise Fault("bad-value", f"`{value}` is too small", help=advice)
    return value


def _at_least(value: object, least: int) -> int:
    advice = f"a whole number, {least} or more"
    number = _exactly(value, int, advice)
    if number < least:
        raise Fault("bad-value", f"`{number}` is too small", help=advice)
    return number


def _exactly(value: object, kind: type[N], advice: str) -> N:
    try:
        return exactly(value, kind)
    except Fault as fault:
        raise Fault(fault.code, fault.message, help=fault.help or advice) from None


def _amount(value: object, _: object) -> float:
    number = _exactly(value, float, "a number, 0 or more")
    if number < 0:
        raise Fault("bad-value", f"`{number}` is too small", help="a number, 0 or more")
    if math.isnan(number):
        raise Fault("bad-value", f"`{written(value)}` is not a number", help="a number, 0 or more")
    if not number <= MOST:
        message = f"`{written(value)}` is too large"
        raise Fault("bad-value", message, help=f"a number, at most {MOST:,}")
    if exact_points(number) is None:
        message = f"`{written(value)}` has more than {PLACES} decimal places"
        raise Fault("bad-value", message, help="points are exact to millionths: round it")
    return number


def _amounts(value: object, _: object) -> dict[str, float]:
    table = exactly(value, dict)
    if not table:
        raise Fault("bad-value", "an empty table gives no points", help="such as `{ phone = 3 }`")
    made, faults = {}, []
    for key, points in table.items():
        try:
            made[key] = _amount(points, _)
        except Fault as fault:
            faults.append(Fault(fault.code, fault.message, key, help=fault.help))
    if faults:
        raise Faults(faults)
    return made


def _zone(value: object, _: object) -> str:
    text = _text(value)
    try:
        find_zone(text)
    except EventError as error:
        raise Fault("bad-value", str(error)) from None
    return text


def _policy_id(value: object, _: object) -> str:
    text = _text(value)
    if not is_policy_id(text):
        example = re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-") or "my-policy"
        raise Fault(
            "bad-value",
            f"`{text}` is not an id of small letters, digits and single hyphens",
            help=f"write it like `{example}`",
        )
    return text


def _required(value: object, _: object) -> str:
    text = _text(value, 'such as "comity-telephony >= 0.1"')
    try:
        read_requirement(text)
    except ValueError as error:
        raise Fault("bad-value", str(error), help="write it like `comity-telephony >= 0.1`") from None
    return text


def _day(value: object, _: object) -> str:
    if value not in WEEKDAYS:
        days = _days_meant(value) if isinstance(value, str) else ()
        if days:
            advice = "write `[" + ", ".join(f'"{day}"' for day in days) + "]`"
            raise Fault("bad-value", f"`{written(value)}` is not a day", help=advice)
        raise not_among(value, WEEKDAYS)
    return str(value)


def _days_meant(text: str) -> tuple[str, ...]:
    """Return the days of a range such as `mon-fri`; empty for any other text."""
    text = text.strip().casefold()
    if text in ("weekdays", "weekday", "workdays", "weekend", "weekends"):
        return WEEKDAYS[:5] if "end" not in text else WEEKDAYS[5:]
    found = re.fullmatch(r"([a-z]{3})[a-z]* ?(?:-|\u2013|to|through|until) ?([a-z]{3})[a-z]*", text)
    if found is None or not {found[1], found[2]} <= set(WEEKDAYS):
        return ()
    first, last = WEEKDAYS.index(found[1]), WEEKDAYS.index(found[2])
    return tuple(WEEKDAYS[day % 7] for day in range(first, last + 1 + 7 * (last < first)))


def _field(value: object, _: object) -> str:
    text = _text(value, "name a field of events, or an attribute that `[attributes]` declares")
    if not text.strip():
        raise Fault("bad-value", "a field's name is empty")
    return text
