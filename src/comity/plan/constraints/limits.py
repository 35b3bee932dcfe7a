"""One step less and one step more: the neighbours of a number, a span, or an instant of an event's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic, Literal, TypeVar

import attrs

from comity.clock.instants import SECOND
from comity.plan.time.field_spans import FieldSpan
from comity.plan.time.opening import OpenSpan
from comity.plan.time.spans import Span
from comity.records import frozen

P = TypeVar("P", covariant=True)
Move = Literal["less", "more"]


@frozen
class MovedLimit(Generic[P]):
    """A part of a rule with one limit moved."""

    limit: str
    """Which limit, in words: `window 7d`, `from 08:00`."""
    move: Move
    """Whether it is a step less or a step more."""
    moved: P


STEPS: Final[tuple[tuple[Move, int], ...]] = (("less", -1), ("more", 1))


def moved_numbers(number: int | None, least: int = 0, step: int = 1) -> Iterator[tuple[Move, int]]:
    """Yield the numbers a step beside one, if they are not below the least."""
    if number is not None:
        for move, sign in STEPS:
            if number + sign * step >= least:
                yield move, number + sign * step


def moved_spans(span: Span | None) -> Iterator[tuple[Move, Span]]:
    """Yield a span that is one unit shorter, and longer; elapsed and opening time move by a second."""
    if span is not None:
        unit = SECOND if span.clock is None or isinstance(span, OpenSpan) else 1
        for move, step in STEPS:
            count = span.count + step * unit
            if count >= 0:
                yield move, attrs.evolve(span, count=count)


def moved_ends(span: Span | FieldSpan | None) -> Iterator[tuple[Move, Span | FieldSpan]]:
    """Yield a span as `moved_spans` does; one that ends at a field's instant moves by a second."""
    if not isinstance(span, FieldSpan):
        yield from moved_spans(span)
        return
    for move, step in STEPS:
        yield move, attrs.evolve(span, shift=step * SECOND)
    for move, otherwise in moved_spans(span.otherwise):
        yield move, attrs.evolve(span, otherwise=otherwise)
