"""The public API as text, names with signatures: `python tests/public_api.py` renews public_api.txt."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_overloads

MODULES: Final = (
    "comity",
    "comity.formatters",
    "comity.incremental",
    "comity.plan",
    "comity.plugins",
    "comity.policy.kind",
    "comity.readers",
    "comity.testing",
)
FILE: Final = Path(__file__).with_name("public_api.txt")
_PROTOCOLS: Final = (
    "__call__",
    "__contains__",
    "__enter__",
    "__exit__",
    "__getitem__",
    "__iter__",
    "__len__",
)
"""Methods that callers use by an operator or a statement."""
_LITERAL: Final = (type(None), bool, int, float, str)


def public_api() -> str:
    """Return all public names, one on a line, members of classes below them."""
    homes: dict[int, str] = {}
    return "".join(f"{line}\n" for name in MODULES for line in of_module(name, homes))


def of_module(name: str, homes: dict[int, str]) -> Iterator[str]:
    """Yield the lines of the names in a module's `__all__`; `homes` has the classes that are told already."""
    module = import_module(name)
    yield name
    for each in sorted(module.__all__):
        value = getattr(module, each)
        home = homes.setdefault(id(value), name) if inspect.isclass(value) else name
        lines = of_value(each, value) if home == name else [f"class {each}: see {home}"]
        yield from (f"    {line}" for line in lines)


def of_value(name: str, value: Any) -> Iterator[str]:
    """Yield the lines of one public value."""
    if inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
        yield f"class {name}({bases})" if bases else f"class {name}"
        if "__init__" in vars(value) and not getattr(value, "_is_protocol", False):
            yield f"    {signature('__init__', value.__init__)}"
        yield from (f"    {line}" for line in of_members(value))
    elif inspect.isfunction(value):
        yield from of_function(name, value)
    elif type(value).__module__.startswith("comity") or isinstance(value, _LITERAL):
        yield f"{name}: {type(value).__name__}"
    else:
        yield name


def of_members(cls: type) -> Iterator[str]:
    """Yield the public members that a class has of its own or from classes of comity."""
    homes = [base for base in cls.__mro__ if base.__module__.split(".")[0] == "comity"]
    found: dict[str, Any] = {}
    notes: dict[str, Any] = {}
    for base in reversed(homes):
        notes |= vars(base).get("__annotations__", {})
        found |= vars(base)
    for name in sorted({*found, *notes}):
        if name.startswith("_") and name not in _PROTOCOLS:
            continue
        yield from of_member(name, found.get(name), notes.get(name))


def of_member(name: str, member: Any, note: Any) -> Iterator[str]:
    """Yield the lines of one member of a class."""
    if isinstance(member, property | cached_property):
        getter = member.fget if isinstance(member, property) else member.func
        returned = getattr(getter, "__annotations__", {}).get("return", "")
        yield f"{name}: {text_of(returned)} (property)"
    elif isinstance(member, classmethod | staticmethod):
        for line in of_function(name, member.__func__):
            yield f"{type(member).__name__} {line}"
    elif inspect.isfunction(member):
        yield from of_function(name, member)
    else:
        yield name if note is None else f"{name}: {text_of(note)}"


def of_function(name: str, function: Callable[..., Any]) -> Iterator[str]:
    """Yield the signatures of a function: those of its overloads where it has any."""
    for each in get_overloads(function) or [function]:
        yield signature(name, each)


def signature(name: str, function: Callable[..., Any]) -> str:
    """Return a function's name with its parameters and what it returns."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        return f"{name}(...)"
    parts: list[str] = []
    kinds = [each.kind for each in found.parameters.values()]
    for number, each in enumerate(found.parameters.values()):
        if each.kind is each.KEYWORD_ONLY and each.KEYWORD_ONLY not in kinds[:number]:
            parts += [] if each.VAR_POSITIONAL in kinds else ["*"]
        parts.append(parameter(each))
        if each.kind is each.POSITIONAL_ONLY and kinds[number + 1 : number + 2] != [each.POSITIONAL_ONLY]:
            parts.append("/")
    note = found.return_annotation
    returned = "" if note is inspect.Signature.empty else f" -> {text_of(note)}"
    return f"{name}({', '.join(parts)}){returned}"


def parameter(one: inspect.Parameter) -> str:
    """Return a parameter with its type and its default."""
    stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    note = "" if one.annotation is one.empty else f": {text_of(one.annotation)}"
    default = ""
    if one.default is not one.empty:
        shown = repr(one.default) if isinstance(one.default, _LITERAL) or one.default == () else "..."
        default = f" = {shown}" if note else f"={shown}"
    return f"{stars}{one.name}{note}{default}"


def text_of(note: Any) -> str:
    """Return an annotation as it is written."""
    if isinstance(note, str):
        return note
    return note.__name__ if isinstance(note, type) and not hasattr(note, "__args__") else str(note)


if __name__ == "__main__":
    FILE.write_text(public_api(), "utf-8")
