"""Values as policies write them: types that are checked when a file is structured."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import NewType, Union, get_args, get_origin

import attrs

from comity.records import frozen

SpanText = NewType("SpanText", str)
"""A span such as `7d` or `10 business days`."""
FieldName = NewType("FieldName", str)
"""A field or an attribute."""


@frozen
class OwnInstant:
    """A span until an instant that each event has in a field, and the span of events without it."""

    field: FieldName
    else_: SpanText | None = None
    plus: SpanText | None = None
    """A span after the instant at which it ends."""
    minus: SpanText | None = None
    """A span before the instant at which it ends."""


SpanOrField = SpanText | OwnInstant
"""A span, or a table that names a field such as `{ field = "callback-at", else = "7d" }`."""


@frozen
class Weight:
    """How many points an event counts: the number in a field, or what its value stands for."""

    field: FieldName = attrs.field(
        metadata={"missing": "the attribute with the number, or the field whose `values` stand for points"}
    )
    values: Mapping[str, Amount] | None = None
    otherwise: Amount | None = None


WeightOrField = FieldName | Weight
"""A field with a number, or a table that says what the values of a field stand for."""
OffsetText = NewType("OffsetText", str)
"""A span with a sign such as `-72h`."""
Window = NewType("Window", str)
"""A span or `ever`."""
Limit = NewType("Limit", int)
"""A whole number, 0 or more."""
Amount = NewType("Amount", float)
"""A number from 0 to a billion with at most six decimal places, as it is written: whole or not."""
LimitOfPoints = NewType("LimitOfPoints", float)
"""A whole number, 0 or more, or of points an `Amount`."""
Percentage = NewType("Percentage", str)
"""Text such as `3%`."""
Positive = NewType("Positive", int)
"""A whole number, 1 or more."""
ZoneName = NewType("ZoneName", str)
"""An IANA name or an offset."""
Required = NewType("Required", str)
"""A distribution and its versions, such as `comity-telephony >= 0.1`."""
PolicyId = NewType("PolicyId", str)
"""A kebab-case name."""
DayName = NewType("DayName", str)
"""`mon` to `sun`."""
TimeOfDay = dt.time | str
"""A local time of TOML, or text such as `08:00` or `24:00`."""
PhraseChoice = str | tuple[str, ...]
"""A phrase, or several; one of them is enough."""
Value = str | int | float | bool | dt.datetime

_CLOCK = re.compile(r"(\d\d):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?", re.ASCII)
_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)


@frozen
class Dates:
    """Dates of a slot: a list, or a range; a range such as `12-20` is in every year."""

    listed: tuple[dt.date, ...] = ()
    from_: dt.date | str | None = None
    through: dt.date | str | None = None


@frozen
class FieldBound:
    """A bound that each event has in another field."""

    field: FieldName


Bound = Value | FieldBound


@frozen
class Test:
    """The tests of one field; all that are given must hold."""

    __test__ = False

    one_of: tuple[Value, ...] | None = None
    not_: tuple[Value, ...] | None = None
    exists: bool | None = None
    at_least: Bound | None = None
    at_most: Bound | None = None
    more_than: Bound | None = None
    less_than: Bound | None = None
    like: str | None = None
    same_as: FieldName | None = None
    all_of: tuple[Value, ...] | None = None


OPERATORS = ("not", "exists", "at-least", "at-most", "more-than", "less-than", "like", "same-as", "all-of")

DISTINCT_ALONE = "`distinct` says what must differ, and `at-least`, which says how many must, is missing"
DISTINCT_HELP = "write one such as `at-least = 2`"


@frozen
class PrecededBy:
    """What must have happened before an event."""

    event: SelectorRef
    in_last: SpanOrField | None = None
    until: SelectorRef | None = None
    at_least: Positive = Positive(1)
    per: tuple[FieldName, ...] | None = None
    distinct: FieldName | None = None
    """A field of whose values, or `day`, so many different ones are asked for, in place of events."""


@frozen
class StateTable:
    """What `[states.NAME]` says: a state that begins with an event and lasts until another."""

    from_: SelectorRef = attrs.field(metadata={"missing": "the event with which the state begins"})
    until: SelectorRef | None = None
    in_last: SpanOrField | None = None
    per: tuple[FieldName, ...] | None = None


@frozen
class SelectorTable:
    """A selector written in place: tests of fields, and other selectors."""

    tests: Mapping[str, Test] = attrs.field(factory=dict)
    any: tuple[SelectorRef, ...] | None = None
    not_: SelectorRef | None = None
    preceded_by: PrecededBy | None = None
    during: tuple[str, ...] | None = None
    """Names of states, of which one must last."""


SelectorRef = SelectorTable | str
"""A selector written in place, or the name of one."""


def in_words(span: SpanText | OwnInstant, before: str, until: str) -> str:
    """Write a span for people: `before` goes before a length of time, `until` before an event's instant."""
    if isinstance(span, OwnInstant):
        otherwise = "" if span.else_ is None else f", else {before} {span.else_}".replace("  ", " ")
        distance = f"{span.plus} after " if span.plus else f"{span.minus} before " if span.minus else ""
        return f"{until} {distance}its `{span.field}`{otherwise}"
    return f"{before} {span}".strip()


def parse_time(text: str) -> int | None:
    """Read `HH:MM[:SS[.ffffff]]` up to `24:00` as microseconds after midnight; None for other text."""
    found = _CLOCK.fullmatch(text)
    if not found:
        return None
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((found[4] or "0").ljust(6, "0"))
    return micros if micros <= 24 * 3_600_000_000 else None


def time_micros(time: TimeOfDay | None, default: int = 0) -> int:
    """Return a local time in microseconds after midnight."""
    if time is None:
        return default
    if isinstance(time, dt.time):
        return ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond
    return parse_time(time) or 0


def parse_month_day(text: str) -> tuple[int, int] | None:
    """Read `MM-DD`; None for other text."""
    found = _MONTH_DAY.fullmatch(text)
    try:
        return (dt.date(2000, int(found[1]), int(found[2])).timetuple()[1:3]) if found else None
    except ValueError:
        return None


def is_policy_id(text: str) -> bool:
    """Return whether a text has the form of a policy's id: small letters, digits and single hyphens."""
    return _KEBAB.fullmatch(text) is not None


def is_selector(kind: object) -> bool:
    """Return whether the type of an attribute is a selector, or a selector or None."""
    return is_union(SelectorRef)(kind)


def is_union(union: object) -> Callable[[object], bool]:
    """Make a function that returns whether a type is this union, or this union and None."""
    members = set(get_args(union))

    def matches(kind: object) -> bool:
        if get_origin(kind) is not Union and type(kind) is not type(union):
            return False
        return {arg for arg in get_args(kind) if arg is not type(None)} == members

    return matches
