"""Two fields of one event beside each other: in what form their values are compared, and how.

Texts are compared in the form of their own fields. An attribute has no such form: it takes that of the field
beside it, so that `E-Mail` in an attribute is the channel `email`. Instants may be local times and dates, so
they are stretches of time: the whole day for a date, which is neither before nor after any instant in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from comity.events.channels.channel import Channels
from comity.events.channels.directions import DIRECTION_WORDS
from comity.events.fields import FOLDED, IDENTITIES, fold
from comity.plan.selectors import Field, Relation
from comity.plan.values import COMPARE
from comity.texts.identity import identity

Stretch = tuple[int, int]
"""The first and the last instant of what a field names; the same for an instant."""
PairTest = Callable[[Collection[Any], Collection[Any]], bool]


def form_of(field: Field, other: Field, channels: Channels) -> Callable[[str], str | None]:
    """Return the function that writes a text of `field` as it is compared with those of `other`."""
    name = (other if field.attribute else field).name
    if field.attribute and other.attribute:
        return _as_it_is
    if name == "direction":
        return lambda text: DIRECTION_WORDS.get(folded := fold(text), folded) or None
    if name in FOLDED:
        return lambda text: channels.canonical(name, text) or None
    return (lambda text: identity(text) or None) if name in IDENTITIES else _as_it_is


def pair_test(relation: Relation, *, of_instants: bool) -> PairTest:
    """Return the function that tells from the values of both fields whether the relation holds.

    It holds if it does for one value of each; so it does not where one of the fields is absent. Values are
    stretches where they are instants.
    """
    if of_instants:
        compare = STRETCHES[relation]
        return lambda ones, others: any(compare(*one, *other) for one in ones for other in others)
    if relation == "same-as":
        return lambda ones, others: any(one in others for one in ones)
    holds = COMPARE[relation]
    return lambda ones, others: any(holds(one, other) for one in ones for other in others)


STRETCHES: Final[dict[Relation, Callable[[Any, Any, Any, Any], Any]]] = {
    "same-as": lambda first, last, other_first, other_last: (first <= other_last) & (other_first <= last),
    "at-least": lambda first, last, other_first, other_last: last >= other_first,
    "at-most": lambda first, last, other_first, other_last: first <= other_last,
    "more-than": lambda first, last, other_first, other_last: first > other_last,
    "less-than": lambda first, last, other_first, other_last: last < other_first,
}
"""How a stretch stands to another one, for numbers and for arrays of them."""


def _as_it_is(text: str) -> str | None:
    return text.strip() or None
