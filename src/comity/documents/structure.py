"""Strict structuring of parsed TOML into attrs classes: values are not converted, faults have paths."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from comity.documents.document import Document
from comity.documents.other_words import other_word
from comity.documents.positions import Path
from comity.errors import ComityError, PolicyError, Problem, one_of, suggest

T = TypeVar("T")
_MOST_SHOWN: Final = 10
_FEW_KEYS: Final = 4
Origin = tuple[Document, Path]
"""The document in which something is written, and the path there."""

_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "a table",
    list: "a list",
    dt.date: "a date such as 2025-03-01",
    dt.time: "a time such as 08:00:00",
    dt.datetime: "a date and time",
}


class Fault(ComityError):
    """One fault at a path relative to the value that is being structured."""

    def __init__(
        self, code: str, message: str, *path: str | int, help: str = "", of_key: bool = False
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.path, self.help, self.of_key = code, message, path, help, of_key
        self.origin: tuple[Document, Path] | None = None
        """The document and the path where it is written, if these are not those of `path`."""


class Faults(ComityError):
    """Several faults at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.message for fault in self.faults))


def key_of(attribute: str) -> str:
    """Return the TOML key of an attribute: `max_words` is written `max-words`, `not_` is `not`."""
    return attribute.strip("_").replace("_", "-")


def written_key(attribute: attrs.Attribute[Any]) -> str:
    """Return the TOML key of an attribute: the `key` of its metadata, or its name as `key_of` writes it."""
    key: str = attribute.metadata.get("key") or key_of(attribute.name)
    return key


def written(value: object) -> str:
    """Return a TOML value for a message, as it is written and not too long."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, dt.date | dt.time):
        text = value.isoformat()
    elif isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, Mapping):
        text = "{" + ", ".join(f"{k} = …" for k in value) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(written, value[:_MOST_SHOWN])) + "]"
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def wrong_type(value: object, wanted: str, *, help: str = "") -> Fault:
    """Return the fault of a value that is not of the wanted type."""
    return Fault("wrong-type", f"`{written(value)}` is not {wanted}", help=help)


def not_among(value: object, allowed: Iterable[str]) -> Fault:
    """Return the fault of a value that is not one of the allowed words."""
    allowed = list(allowed)
    near = suggest(value, allowed) if isinstance(value, str) else ""
    return Fault(
        "bad-value",
        f"`{written(value)}` is not allowed here",
        help=" ".join(filter(None, (near, f"allowed are {one_of(allowed)}"))),
    )


def exactly(value: object, kind: type[T]) -> T:
    """Return a value if it is of a TOML type; raises Fault for any other type. Booleans are not numbers."""
    right = type(value) is kind or (kind in (dict, list) and isinstance(value, kind))
    if kind is float:
        right = type(value) in (int, float)
    if not right:
        raise wrong_type(value, _NAMES.get(kind, kind.__name__), help=_rewritten(value, kind))
    return value  # type: ignore[return-value]


def _rewritten(value: object, kind: type[Any]) -> str:
    """Return how a value is written so that it is of another type; empty if that is not plain."""
    if kind is list and not isinstance(value, Mapping | list):
        return f"write `[{written(value)}]`"
    if kind is list and isinstance(value, Mapping):
        return "put `[` before the table and `]` after it"
    if kind is str and not isinstance(value, Mapping | list):
        return f'write `"{written(value)}"`'
    if isinstance(value, str) and kind is not dict:
        try:
            meant = tomllib.loads(f"value = {value.strip()}")["value"]
        except (ValueError, RecursionError):
            return ""
        if type(meant) is kind or (kind is float and type(meant) is int):
            return f"write `{value.strip()}` without quotation marks"
    return ""


def strict_converter() -> cattrs.Converter:
    """Return a converter that does not convert types and refuses unknown keys.

    Attribute names become keys with `-`; values equal to their default are left out when writing.
    """
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind in (str, bool, int, float, dt.date, dt.time, dt.datetime):
        converter.register_structure_hook(kind, _exact_hook(kind))
        converter.register_unstructure_hook(kind, lambda value: value)

    def structure_fn(cls: type[Any]) -> Callable[[object, object], Any]:
        renamed: dict[str, Any] = {a.name: override(rename=written_key(a)) for a in attrs.fields(cls)}
        make = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **renamed)

        def hook(value: object, kind: object) -> Any:
            if not isinstance(value, Mapping):
                keys = [written_key(a) for a in attrs.fields(cls)]
                few = f"write a table with {one_of(keys)}" if len(keys) <= _FEW_KEYS else ""
                raise wrong_type(value, "a table", help=few)
            return make(value, kind)

        return hook

    def unstructure_fn(cls: type[Any]) -> Callable[[Any], dict[str, Any]]:
        renamed: dict[str, Any] = {a.name: override(rename=written_key(a)) for a in attrs.fields(cls)}
        return make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, **renamed)

    def tuple_hook(value: object, kind: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | Mapping):
            try:
                converter.structure(value, kind.__args__[0])
            except Exception as error:
                advice = next((fault.help for fault in faults_of(error)), "")
                raise wrong_type(value, _NAMES[list], help=advice) from None
        items = exactly(value, list)
        faults: list[Fault] = []
        made = []
        for index, item in enumerate(items):
            try:
                made.append(converter.structure(item, kind.__args__[0]))
            except Exception as error:
                faults.extend(_prefix(fault, index) for fault in faults_of(error))
        if faults:
            raise Faults(faults)
        return tuple(made)

    def literal_hook(value: object, kind: Any) -> object:
        if value not in get_args(kind) or not isinstance(value, str):
            raise not_among(value, get_args(kind))
        return value

    converter.register_structure_hook_func(_is_literal, literal_hook)
    converter.register_structure_hook_factory(attrs.has, structure_fn)
    converter.register_unstructure_hook_factory(attrs.has, unstructure_fn)
    converter.register_structure_hook_func(lambda t: getattr(t, "__origin__", None) is tuple, tuple_hook)
    converter.register_unstructure_hook_func(
        lambda t: getattr(t, "__origin__", None) is tuple,
        lambda value: [converter.unstructure(item) for item in value],
    )
    return converter


def _is_literal(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is Literal


def _exact_hook(kind: type[Any]) -> Callable[[object, object], Any]:
    return lambda value, _: exactly(value, kind)


def structure(
    converter: cattrs.Converter, value: object, cls: type[T], locate: Callable[[Path], tuple[Document, Path]]
) -> T:
    """Structure a value; raises PolicyError with the place of every fault.

    `locate` returns the document in which a path is written, and the path there.
    """
    try:
        return converter.structure(value, cls)
    except (Fault, Faults, ClassValidationError, IterableValidationError) as error:
        raise PolicyError(place_faults(faults_of(error), locate)) from None


def place_faults(
    faults: Iterable[Fault], locate: Callable[[Path], tuple[Document, Path]]
) -> Iterator[Problem]:
    """Yield faults as problems with places."""
    for fault in faults:
        document, path = fault.origin or locate(fault.path)
        place = document.place(path, of_key=fault.of_key)
        yield Problem(fault.code, fault.message, place, fault.path, fault.help)


def _prefix(fault: Fault, *path: str | int) -> Fault:
    return Fault(fault.code, fault.message, *path, *fault.path, help=fault.help, of_key=fault.of_key)


def faults_of(error: BaseException) -> Iterator[Fault]:
    """Yield the faults in an error of structuring, with their paths; raises any other error again."""
    match error:
        case Fault():
            yield error
        case Faults():
            yield from error.faults
        case ForbiddenExtraKeysError():
            allowed = [written_key(a) for a in attrs.fields(error.cl)]
            for key in sorted(error.extra_fields):
                yield unknown_key(key, allowed)
        case ClassValidationError() | IterableValidationError():
            for part in error.exceptions:
                if isinstance(part, KeyError) and attrs.has(getattr(error, "cl", object)):
                    yield _missing(str(part.args[0]), getattr(error, "cl"))  # noqa: B009
                    continue
                yield from (_prefix(fault, *_note_path(part)) for fault in faults_of(part))
        case KeyError():
            yield Fault("missing-key", f"`{key_of(str(error.args[0]))}` is missing")
        case _:
            raise error


def _missing(key: str, cls: type[Any]) -> Fault:
    """Return the fault of a missing key; the `missing` of the attribute's metadata says what it is for."""
    advice = [a.metadata.get("missing", "") for a in attrs.fields(cls) if key in (a.name, written_key(a))]
    return Fault("missing-key", f"`{key_of(key)}` is missing", help="".join(advice))


def unknown_key(key: str, allowed: Iterable[str], elsewhere: str = "") -> Fault:
    """Return the fault of a key that is not an allowed one; `elsewhere` says where it would be one."""
    allowed = list(allowed)
    other = other_word(key, allowed)
    near = f"did you mean `{other}`?" if other else "" if elsewhere else suggest(key, allowed)
    elsewhere = f"{elsewhere};" if elsewhere else ""
    return Fault(
        "unknown-key",
        f"unknown key `{key}`",
        key,
        help=" ".join(filter(None, (near, elsewhere, f"allowed here: {one_of(allowed)}"))),
        of_key=True,
    )


def _note_path(error: BaseException) -> Path:
    """Return the key or index that cattrs notes on an error; a missing key is a fault of the table itself."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return () if isinstance(error, KeyError) else (key_of(note.name),)
        if isinstance(note, IterableValidationNote):
            return (note.index,)
    return ()
