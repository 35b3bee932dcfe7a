"""Reading the values of an event from a mapping of fields, as callers and documents write it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from comity.clock.zones import find_zones
from comity.errors import EventError, error_text, shown
from comity.events.channels.directions import parse_direction
from comity.events.several import write_several
from comity.events.values import Scalar, read_at, read_matters, read_scalar, read_text
from comity.texts.spelling import near, squeeze

_NO_ATTRIBUTES: Final[Mapping[str, Scalar]] = MappingProxyType({})
_TEXTS: Final = ("person", "id", "kind", "channel", "direction", "outcome", "actor", "label")
_GIVEN: Final = frozenset({*_TEXTS, "at", "matter", "timezone", "date_only"})
_SQUEEZED: Final = {squeeze(name): name for name in sorted(_GIVEN)}


def event_values(fields: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments for `Event` that a mapping of fields stands for; `Event.of` says how it is read.

    Raises EventError for a missing or unusable value, and for a name that nearly is the name of a field.
    """
    try:
        given = {name: value for name, value in fields.items() if value is not None and value != ""}
    except Exception as error:
        given = _present(fields, error)
    own = given.pop("attributes", _NO_ATTRIBUTES)
    if not isinstance(own, Mapping) or not all(isinstance(name, str) for name in (*given, *own)):
        raise EventError("the names of fields and attributes are texts, and `attributes` a mapping")
    attributes = dict(own)
    if further := [name for name in given if name not in _GIVEN]:
        meant = _fields_meant(tuple(given), further)
        for name in further:
            if name in meant:
                given[meant[name]] = given.pop(name)
            else:
                attributes[name] = given.pop(name)
    for name in ("person", "at"):
        if name not in given:
            raise EventError(f"the event has no `{name}`")
    made: dict[str, Any] = {name: read_text(name, value) for name, value in given.items() if name in _TEXTS}
    made["at"] = read_at(given["at"])
    if "direction" in made:
        made["direction"] = parse_direction(made["direction"])
    if "matter" in given:
        made["matter"] = read_matters(given["matter"])
    if "timezone" in given:
        zone = given["timezone"]
        made["timezone"] = read_text("timezone", getattr(zone, "key", zone))
        find_zones(made["timezone"])
    if given.get("date_only", False) is not False:
        if given["date_only"] is not True:
            raise EventError(f"`date_only` is {shown(given['date_only'])}: it must be true or false")
        made["date_only"] = True
    if attributes:
        present = {name: value for name, value in attributes.items() if value is not None}
        made["attributes"] = {
            name: write_several(value) if type(value) in (list, tuple) else read_scalar(name, value)
            for name, value in present.items()
        }
    return made


def check_further(names: Iterable[str]) -> None:
    """Raise EventError for a name that nearly is the name of a field."""
    for name in names:
        if name not in _GIVEN:
            _field_meant(name)


def _present(fields: object, error: Exception) -> dict[Any, Any]:
    """Return the fields with a value, after the fast way to find them raised `error`; raises EventError."""
    if not isinstance(fields, Mapping):
        raise EventError(f"`{type(fields).__name__}` is not an event: `Event.of` takes a mapping of fields")
    try:
        return {name: value for name, value in fields.items() if not _is_absent(value)}
    except Exception:
        raise EventError(f"the fields of the event cannot be read: {error_text(error)}") from error


def _is_absent(value: object) -> bool:
    """Return whether a value stands for nothing; `pandas.NA`, which cannot be compared, does too."""
    if value is None:
        return True
    try:
        return bool(value == "")
    except Exception:
        return type(value).__name__ == "NAType"


@lru_cache(maxsize=4096)
def _field_meant(name: str) -> str | None:
    """Return the field whose name is spelled another way; raises EventError for a likely misspelling."""
    if squeeze(name) in _SQUEEZED:
        return _SQUEEZED[squeeze(name)]
    meant = near(name, _SQUEEZED)
    if meant is not None:
        raise EventError(
            f"the event gives `{name}`, which is not a field: did you mean `{_SQUEEZED[meant]}`? Give an "
            "attribute of that name in `attributes`"
        )
    return None


def is_attribute(name: str) -> bool:
    """Return whether a name is that of an attribute; raises EventError if it nearly is that of a field."""
    return name not in _GIVEN and name != "attributes" and _field_meant(name) is None


def _fields_meant(given: Collection[str], further: Iterable[str]) -> Mapping[str, str]:
    """Return the fields that other spellings stand for, except fields that are given by their own name."""
    found: dict[str, str] = {}
    for name in further:
        meant = _field_meant(name)
        if meant is None or meant in given:
            continue
        if meant in found.values():
            other = next(each for each in found if found[each] == meant)
            raise EventError(f"the event gives `{other}` and `{name}`, which could both be `{meant}`")
        found[name] = meant
    return found
