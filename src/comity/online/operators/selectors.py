"""Selectors as Python functions of an event and the memory before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from comity.events.channels.channel import Channels
from comity.events.event import Event
from comity.online.operators.field_pairs import compile_pair
from comity.online.operators.fields import values_of
from comity.online.operators.states.memory import Memory
from comity.plan import AllOf, AnyOf, Compare, Exists, Like, Not, OneOf, Preceded, Selector
from comity.plan.selectors import CompareFields, over_parts
from comity.plan.values import field_test

EventTest = Callable[[Event, Memory], bool]


def compile_selector(
    selector: Selector, channels: Channels, lookback: Callable[[Preceded], EventTest]
) -> EventTest:
    """Return the function of a selector; `lookback` returns the function of a `preceded-by`."""
    if _shares_parts(selector):
        return _compile_shared(selector, channels, lookback)

    def compiled(part: Selector, of: Callable[[Selector], EventTest]) -> EventTest:
        match part:
            case AllOf(selectors=()):
                return lambda event, memory: True
            case AnyOf(selectors=()):
                return lambda event, memory: False
            case CompareFields():
                return compile_pair(part, channels)
            case OneOf() | Exists() | Compare() | Like():
                get, holds = values_of(part.field, channels), field_test(part)
                return lambda event, memory: holds(get(event))
            case Not(selector=inner):
                test = of(inner)
                return lambda event, memory: not test(event, memory)
            case AllOf(selectors=parts):
                tests = [of(each) for each in parts]
                return lambda event, memory: all(test(event, memory) for test in tests)
            case AnyOf(selectors=parts):
                tests = [of(each) for each in parts]
                return lambda event, memory: any(test(event, memory) for test in tests)
            case Preceded():
                return lookback(part)
            case _:
                assert_never(part)

    return over_parts(selector, compiled)


def _shares_parts(selector: Selector) -> bool:
    """Return whether a compound selector is part of it in more than one place."""
    seen: set[int] = set()
    waiting = [selector]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Not | AllOf | AnyOf):
            if id(part) in seen:
                return True
            seen.add(id(part))
            waiting.extend(part.parts())
    return False


def _compile_shared(
    selector: Selector, channels: Channels, lookback: Callable[[Preceded], EventTest]
) -> EventTest:
    """Return the function of a selector with shared parts: it evaluates each part once for each event."""
    leaves: dict[int, EventTest] = {}
    order: list[tuple[int, Selector]] = []
    """Each part comes after the parts that it is made of."""

    def take(part: Selector, of: Callable[[Selector], None]) -> None:
        if not isinstance(part, Not | AllOf | AnyOf):
            leaves[id(part)] = compile_selector(part, channels, lookback)
        order.append((id(part), part))

    over_parts(selector, take)

    def test(event: Event, memory: Memory) -> bool:
        verdicts: dict[int, bool] = {}
        for key, part in order:
            match part:
                case Not(selector=inner):
                    verdicts[key] = not verdicts[id(inner)]
                case AllOf(selectors=parts):
                    verdicts[key] = all(verdicts[id(each)] for each in parts)
                case AnyOf(selectors=parts):
                    verdicts[key] = any(verdicts[id(each)] for each in parts)
                case _:
                    verdicts[key] = leaves[key](event, memory)
        return verdicts[id(selector)]

    return test
