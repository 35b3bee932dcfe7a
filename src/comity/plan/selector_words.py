"""Selectors in words: what they select, by the names that a policy gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

import attrs

from comity.clock.instants import format_instant
from comity.plan.selectors import (
    ALWAYS,
    AllOf,
    AnyOf,
    Compare,
    CompareFields,
    Exists,
    Field,
    Like,
    Not,
    OneOf,
    Preceded,
    Relation,
    Selector,
)
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.spans import Span
from comity.records import frozen

OUTBOUND: Final = OneOf(Field("direction"), frozenset({"outbound"}))
_WAYS: Final = (frozenset({"outbound"}), frozenset({"inbound"}))
_COMPARED: Final = {
    "at-least": "at least",
    "at-most": "at most",
    "more-than": "over",
    "less-than": "under",
    "same-as": "the same as",
}
_INSTANTS: Final[Mapping[Relation, str]] = {
    "at-least": "at or after",
    "at-most": "at or before",
    "more-than": "after",
    "less-than": "before",
    "same-as": "at",
}


@frozen
class SelectorWords:
    """Writes selectors in words, with the names that a policy gives to selectors."""

    names: Mapping[Selector, str]
    quote: Callable[[str], str] = "`{}`".format
    """Returns a name or a value with quotes."""
    states: Mapping[Selector, str] = attrs.field(factory=dict)
    """The names of what selectors look back for, where it is a state."""
    per: tuple[str, ...] | None = None
    """The fields that make the scope of the rule that is written."""

    def selector(self, selector: Selector) -> str:
        """Return what a selector selects: its name, if it has one."""
        known = self._known(selector)
        if known is not None:
            return known
        match selector:
            case OneOf(field=field, values=values, written=written):
                return self._one_of(field, frozenset(written) or values)
            case Exists(field=field):
                return f"with {self.quote(field.name)}"
            case Compare(field=field, operator=operator, bound=bound):
                if field.type == "instant":
                    return _at(field, operator, format_instant(int(bound)))
                return f"{field.name} {_COMPARED[operator]} {bound:g}"
            case CompareFields(field=field, relation=relation, other=other):
                shown = f"its {self.quote(other.name)}" if other.name != "at" else "the event itself"
                if field.type == "instant":
                    return _at(field, relation, shown)
                return f"{field.name} {_COMPARED[relation]} {shown}"
            case Like(field=field, pattern=pattern):
                return f"{field.name} like {self.quote(pattern)}"
            case Not(selector=Exists(field=field)):
                return f"without {self.quote(field.name)}"
            case Not(selector=inner):
                return f"not {self._inner(inner)}"
            case AllOf(selectors=parts):
                return self._all(parts)
            case AnyOf(selectors=parts):
                return " or ".join(self._inner(part) for part in parts) or "nothing"
            case Preceded():
                return self._preceded(selector)
            case _:
                assert_never(selector)

    def _known(self, selector: Selector) -> str | None:
        if selector == ALWAYS:
            return "any event"
        if selector in self.names:
            return self.quote(self.names[selector])
        if selector in self.states:
            return f"during {self.quote(self.states[selector])}{self._of_whom(selector)}"
        return None

    def _of_whom(self, look: Selector) -> str:
        """Say in which scope something is looked for, where that is not the rule's own."""
        if not isinstance(look, Preceded) or self.per is None or set(look.per) == set(self.per):
            return ""
        return f" (for each {' and '.join(look.per)})" if look.per else " (of anybody)"

    def _one_of(self, field: Field, values: frozenset[str | float | bool]) -> str:
        if field.name == "direction" and not field.attribute and values in _WAYS:
            return " or ".join(map(str, values))
        shown = " or ".join(self.quote(value_text(value)) for value in sorted(values, key=str))
        return shown if field.name == "kind" and not field.attribute else f"{field.name} {shown}"

    def _inner(self, selector: Selector) -> str:
        shown = self.selector(selector)
        several = isinstance(selector, AllOf | AnyOf) and self._known(selector) is None
        compound = several and (", " in shown or " or " in shown)
        return f"({shown})" if compound else shown

    def _all(self, parts: tuple[Selector, ...]) -> str:
        """Return what all parts ask for together, by name if it has one; what is left out comes last."""
        named = self._named(parts)
        rest = [part for part in parts if part not in parts_of(named) and part != OUTBOUND]
        left_out = [part.selector for part in rest if isinstance(part, Not) and not _asks_presence(part)]
        asked = [part for part in rest if not isinstance(part, Not) or _asks_presence(part)]
        words = [] if named is None else [self.quote(self.names[named])]
        alone = named is None and len(asked) == 1
        words += [self.selector(part) if alone else self._inner(part) for part in _single(asked)]
        words += [f"{name} with all of {' and '.join(map(self.quote, all_))}" for name, all_ in _every(asked)]
        shown = ", ".join(words) or ("any outbound event" if OUTBOUND in parts else "any event")
        without = " and ".join(self._inner(part) for part in left_out)
        return f"{shown} ({without} left out)" if without else shown

    def _named(self, parts: tuple[Selector, ...]) -> Selector | None:
        """Return the named selector that asks for most of these parts, and for nothing else."""
        fitting = [each for each in self.names if each != OUTBOUND and set(parts_of(each)) <= set(parts)]
        return max(fitting, key=lambda each: len(parts_of(each)), default=None)

    def _preceded(self, look: Preceded) -> str:
        event = self._inner(look.event)
        if look.distinct is not None:
            event = f"{look.distinct.said(look.at_least)} of {event}"
        elif look.at_least > 1:
            event = f"{look.at_least} times {event}"
        span = "" if look.span is None else f" {self._last(look.span)}"
        until = "" if look.until is None else f" with no {self._inner(look.until)} since"
        return f"after {event}{span}{until}{self._of_whom(look)}"

    @staticmethod
    def _last(span: Span | FieldSpan) -> str:
        return str(span) if isinstance(span, FieldSpan) else f"in the last {span}"


def _at(field: Field, relation: Relation, shown: str) -> str:
    """Say how an instant of an event stands to another one."""
    name = "" if field.name == "at" and not field.attribute else f"{field.name} "
    return f"{name}{_INSTANTS[relation]} {shown}"


def parts_of(selector: Selector | None) -> tuple[Selector, ...]:
    """Return the tests that a selector joins."""
    if selector is None:
        return ()
    return selector.selectors if isinstance(selector, AllOf) else (selector,)


def _every(parts: Sequence[Selector]) -> list[tuple[str, list[str]]]:
    """Return the fields with several values of which each of some values is asked for, and these values."""
    found: dict[Field, list[str]] = {}
    for part in parts:
        if isinstance(part, OneOf) and _has_several(part.field) and len(part.values) == 1:
            found.setdefault(part.field, []).extend(map(value_text, part.values))
    return [(field.name, sorted(values)) for field, values in found.items() if len(values) > 1]


def _single(parts: Sequence[Selector]) -> list[Selector]:
    """Return the tests without those of which `_every` tells."""
    names = {name for name, _ in _every(parts)}
    return [
        part
        for part in parts
        if not (isinstance(part, OneOf) and part.field.name in names and len(part.values) == 1)
    ]


def _has_several(field: Field) -> bool:
    return field.type == "texts" or (field.name == "matter" and not field.attribute)


def _asks_presence(part: Not) -> bool:
    return isinstance(part.selector, Exists)


def value_text(value: str | float | bool) -> str:
    """Return a value as a policy writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"
