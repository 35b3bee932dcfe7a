"""Classes of records: `attrs.frozen` and `attrs.define`, with some methods that all records share.

attrs writes the methods of each class as source text and compiles it; that took half of the time in which a
command starts. Here only `__init__` is made so. Records are shown, compared and hashed by the same fields as
with attrs, which are looked up when they are first needed.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final

import attrs

_COMPARED: Final[dict[type[Any], Callable[[Any], object]]] = {}
_HASHED: Final[dict[type[Any], Callable[[Any], object]]] = {}
"""For each class, what takes the values that count from a record."""


def _nothing(record: object) -> tuple[()]:
    return ()


def _getter(cls: type[Any], *, hashed: bool) -> Callable[[Any], object]:
    fields = attrs.fields(cls)
    names = [
        field.name for field in fields if (field.hash if hashed and field.hash is not None else field.eq)
    ]
    known = _HASHED if hashed else _COMPARED
    known[cls] = attrgetter(*names) if names else _nothing
    return known[cls]


def _eq(self: Any, other: object) -> Any:
    cls = self.__class__
    if other.__class__ is not cls:
        return NotImplemented
    values = _COMPARED.get(cls) or _getter(cls, hashed=False)
    return values(self) == values(other)


def _hash(self: Any) -> int:
    cls = self.__class__
    return hash((cls, (_HASHED.get(cls) or _getter(cls, hashed=True))(self)))


@recursive_repr()
def _repr(self: Any) -> str:
    cls = self.__class__
    shown = []
    for field in attrs.fields(cls):
        if field.repr:
            write = field.repr if callable(field.repr) else repr
            shown.append(f"{field.name}={write(getattr(self, field.name, attrs.NOTHING))}")
    return f"{cls.__qualname__.rsplit('>.', 1)[-1]}({', '.join(shown)})"


if TYPE_CHECKING:
    from attrs import define as define
    from attrs import frozen as frozen
else:

    def _prepared(cls: type[Any], options: dict[str, Any], *, hashable: bool) -> type[Any]:
        """Give a class the shared methods that it does not define itself; attrs then makes none."""
        own = cls.__dict__
        if "__repr__" not in own and "repr" not in options:
            cls.__repr__ = _repr
        if "eq" not in options and "unsafe_hash" not in options and not {"__eq__", "__ne__"} & {*own}:
            cls.__eq__ = _eq
            cls.__hash__ = own.get("__hash__") or (_hash if hashable else None)
        return cls

    def frozen(cls: type[Any] | None = None, **options: Any) -> Any:
        """Make a class of records that do not change, as `attrs.frozen` does."""
        if cls is None:
            return lambda each: frozen(each, **options)
        return attrs.frozen(_prepared(cls, options, hashable=True), **options)

    def define(cls: type[Any] | None = None, **options: Any) -> Any:
        """Make a class of records, as `attrs.define` does."""
        if cls is None:
            return lambda each: define(each, **options)
        return attrs.define(_prepared(cls, options, hashable=False), **options)
