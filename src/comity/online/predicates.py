"""Selectors as Python functions of an event and what came before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from comity.events import Channels, Event
from comity.online.fields import values_of
from comity.online.memory import Memory
from comity.plan import ALWAYS, NEVER, AllOf, AnyOf, Compare, Exists, Like, Not, OneOf, Preceded, Selector
from comity.plan.values import field_test

Test = Callable[[Event, Memory], bool]


def compile_selector(selector: Selector, channels: Channels, lookback: Callable[[Preceded], Test]) -> Test:
    """Turn a selector into a function; `lookback` gives the function of what must have come before."""
    if selector == ALWAYS:
        return lambda event, memory: True
    if selector == NEVER:
        return lambda event, memory: False
    match selector:
        case OneOf() | Exists() | Compare() | Like():
            get, holds = values_of(selector.field, channels), field_test(selector)
            return lambda event, memory: holds(get(event))
        case Not(selector=inner):
            test = compile_selector(inner, channels, lookback)
            return lambda event, memory: not test(event, memory)
        case AllOf(selectors=parts):
            tests = [compile_selector(part, channels, lookback) for part in parts]
            return lambda event, memory: all(test(event, memory) for test in tests)
        case AnyOf(selectors=parts):
            tests = [compile_selector(part, channels, lookback) for part in parts]
            return lambda event, memory: any(test(event, memory) for test in tests)
        case Preceded():
            return lookback(selector)
        case _:
            assert_never(selector)
