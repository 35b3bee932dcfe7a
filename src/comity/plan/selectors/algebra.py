"""Selectors made of selectors in their simplest form, and simpler ones for what is known of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

from comity.plan.selectors.compound import ALWAYS, NEVER, AllOf, AnyOf, Not, Preceded, Selector
from comity.plan.selectors.field_tests import Exists, FieldTest, OneOf
from comity.plan.selectors.visit import over_parts

_WITH_ONE_VALUE: Final = ("kind", "channel", "medium", "direction", "outcome", "actor")


def all_of(*selectors: Selector) -> Selector:
    """Return the selector that holds if all of these hold."""
    return _joined(selectors, AllOf, NEVER)


def any_of(*selectors: Selector) -> Selector:
    """Return the selector that holds if at least one of these holds."""
    return _joined(selectors, AnyOf, ALWAYS)


def _joined(selectors: Sequence[Selector], kind: type[AllOf] | type[AnyOf], decisive: Selector) -> Selector:
    """Return one selector of a kind, without others of that kind in it; the decisive one among them wins."""
    parts: list[Selector] = []
    for selector in selectors:
        parts.extend(selector.selectors if isinstance(selector, kind) else (selector,))
    if decisive in parts:
        return decisive
    parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def negate(selector: Selector) -> Selector:
    """Return the selector that holds if this one does not."""
    if selector == ALWAYS:
        return NEVER
    if selector == NEVER:
        return ALWAYS
    return selector.selector if isinstance(selector, Not) else Not(selector)


def simplify(selector: Selector, known: Mapping[str, str | None]) -> Selector:
    """Return a selector without the tests that known fields decide (canonical text, None for absent)."""

    def decide(part: Selector, again: Callable[[Selector], Selector]) -> Selector:
        match part:
            case OneOf(field=field, values=values) if field.name in known and not field.attribute:
                return ALWAYS if known[field.name] in values else NEVER
            case Exists(field=field) if field.name in known and not field.attribute:
                return NEVER if known[field.name] is None else ALWAYS
            case FieldTest() | Preceded():
                return part
            case Not(selector=inner):
                return negate(again(inner))
            case AllOf(selectors=parts):
                return all_of(*map(again, parts))
            case AnyOf(selectors=parts):
                return any_of(*map(again, parts))
            case _:
                assert_never(part)

    return over_parts(selector, decide)


def bound(selector: Selector, *, upper: bool) -> Selector:
    """Return a selector of the event alone that holds if this one does (`upper`), or only if it does."""

    def both(
        part: Selector, of: Callable[[Selector], tuple[Selector, Selector]]
    ) -> tuple[Selector, Selector]:
        match part:
            case Preceded():
                return NEVER, ALWAYS
            case Not(selector=inner):
                least, most = of(inner)
                return negate(most), negate(least)
            case AllOf(selectors=parts):
                return all_of(*(of(each)[0] for each in parts)), all_of(*(of(each)[1] for each in parts))
            case AnyOf(selectors=parts):
                return any_of(*(of(each)[0] for each in parts)), any_of(*(of(each)[1] for each in parts))
            case _:
                return part, part

    return over_parts(selector, both)[upper]


def never_both(one: Selector, other: Selector) -> bool:
    """Return whether no event passes both, since they ask for different words of a field with one value."""
    return any(_apart(_words_of(one, name), _words_of(other, name)) for name in _WITH_ONE_VALUE)


def _apart(one: frozenset[object] | None, other: frozenset[object] | None) -> bool:
    return one is not None and other is not None and not one & other


def _words_of(selector: Selector, name: str) -> frozenset[object] | None:
    """Return the only words of a field that an event can have that passes; None if it can have any."""

    def words(part: Selector, of: Callable[[Selector], frozenset[object] | None]) -> frozenset[object] | None:
        match part:
            case OneOf(field=field, values=values) if field.name == name and not field.attribute:
                return frozenset(values)
            case AllOf(selectors=parts):
                asked = [found for each in parts if (found := of(each)) is not None]
                return frozenset.intersection(*asked) if asked else None
            case AnyOf(selectors=parts):
                either = [of(each) for each in parts]
                return None if None in either else frozenset().union(*(each for each in either if each))
            case _:
                return None

    return over_parts(selector, words)
