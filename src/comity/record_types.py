"""Checking records that others make against the declared types of their fields."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import attrs

from comity.errors import shown

_ENDLESS = 64
"""How many levels of a record are checked."""


def misfit(record: Any) -> str:
    """Say which field of an attrs record has a value of a wrong type; empty if none has."""
    return next(_misfits(record, type(record), type(record).__name__, 0), "")


def _misfits(value: Any, kind: Any, where: str, depth: int) -> Iterator[str]:
    """Yield each value of a wrong type, with where it is."""
    if depth > _ENDLESS or kind is Any or isinstance(kind, TypeVar):
        return
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from _misfits(value, inner[0], where, depth)
    elif origin in (Union, types.UnionType):
        if all(next(_misfits(value, each, where, depth + 1), None) for each in inner):
            yield f"`{where}` is {shown(value)}"
    elif origin is Literal:
        if not any(type(value) is type(each) and value == each for each in inner):
            yield f"`{where}` is {shown(value)}"
    elif not _is_a(value, origin or kind):
        yield f"`{where}` is {shown(value)}"
    elif origin is tuple and not (len(inner) == 2 and inner[1] is ...):
        if len(value) != len(inner):
            yield f"`{where}` is {shown(value)}"
        for number, (item, each) in enumerate(zip(value, inner, strict=False)):
            yield from _misfits(item, each, f"{where}[{number}]", depth + 1)
    elif isinstance(value, Mapping) and len(inner) == 2:
        for key, item in value.items():
            yield from _misfits(key, inner[0], f"{where}'s key", depth + 1)
            yield from _misfits(item, inner[1], f"{where}[{shown(key)}]", depth + 1)
    elif (
        isinstance(value, Sequence | frozenset)
        and not isinstance(value, str)
        and inner
        and origin is not type
    ):
        for number, item in enumerate(value):
            yield from _misfits(item, inner[0], f"{where}[{number}]", depth + 1)
    elif attrs.has(type(value)):
        yield from _fields(value, where, depth)


def _fields(record: Any, where: str, depth: int) -> Iterator[str]:
    own: Any = type(record)
    for name, kind in _types_of(own).items():
        yield from _misfits(getattr(record, name), kind, f"{where}.{name}", depth + 1)


@cache
def _types_of(kind: Any) -> dict[str, Any]:
    """Return the types of a record's fields, without those that only type checkers know."""
    found = {}
    names = {**vars(sys.modules[kind.__module__]), **vars(kind)}
    for field in attrs.fields(kind):
        try:
            found[field.name] = eval(field.type, names) if isinstance(field.type, str) else field.type
        except (NameError, TypeError):
            if str(field.type).startswith("Callable["):
                found[field.name] = Callable | None if str(field.type).endswith("| None") else Callable
    return found


def _is_a(value: Any, kind: Any) -> bool:
    """Return whether a value has a plain type; a boolean is not a number, and a text is not a list."""
    if kind is None or kind is type(None):
        return value is None
    if kind is Callable:
        return callable(value)
    if kind is float:
        kind = (int, float)
    if isinstance(value, bool) and kind is not bool:
        return kind is object
    if kind is Sequence and isinstance(value, str | bytes):
        return False
    try:
        return isinstance(value, kind)
    except TypeError:
        return True  # A type that can be asked for nothing, such as a protocol.
