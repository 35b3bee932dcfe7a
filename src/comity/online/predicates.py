"""Selectors as Python functions of an event."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable
from typing import assert_never

from comity.events import Channels, Event
from comity.online.fields import values_of
from comity.plan import ALWAYS, NEVER, AllOf, AnyOf, Compare, Exists, Like, Not, OneOf, Preceded, Selector

Test = Callable[[Event], bool]
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "at-least": operator.ge,
    "at-most": operator.le,
    "more-than": operator.gt,
    "less-than": operator.lt,
}


def compile_selector(selector: Selector, channels: Channels, lookback: Callable[[Preceded], Test]) -> Test:
    """Turn a selector into a function; `lookback` gives the function of what must have come before."""
    if selector == ALWAYS:
        return lambda event: True
    if selector == NEVER:
        return lambda event: False
    match selector:
        case OneOf(field=field, values=values):
            get = values_of(field, channels)
            return lambda event: any(value in values for value in get(event))
        case Exists(field=field):
            get = values_of(field, channels)
            return lambda event: bool(get(event))
        case Compare(field=field, operator=name, bound=bound):
            get, compare = values_of(field, channels), _COMPARE[name]
            return lambda event: any(compare(value, bound) for value in get(event))
        case Like(field=field, pattern=pattern):
            get = values_of(field, channels)
            matches = re.compile(fnmatch.translate(pattern.replace("[", "[[]"))).match
            return lambda event: any(matches(value) is not None for value in get(event))
        case Not(selector=inner):
            test = compile_selector(inner, channels, lookback)
            return lambda event: not test(event)
        case AllOf(selectors=parts):
            tests = [compile_selector(part, channels, lookback) for part in parts]
            return lambda event: all(test(event) for test in tests)
        case AnyOf(selectors=parts):
            tests = [compile_selector(part, channels, lookback) for part in parts]
            return lambda event: any(test(event) for test in tests)
        case Preceded():
            return lookback(selector)
        case _:
            assert_never(selector)
