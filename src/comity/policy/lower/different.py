"""Lowering of what the different values count: a field that has one text, or the local day."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from comity.documents import Path
from comity.errors import suggest
from comity.events.fields import FIELDS
from comity.plan import Different
from comity.policy.lower.field_tests import FieldTests

_TYPES: Final = {"number": "a number", "boolean": "true or false", "instant": "an instant"}


def lower_different(
    name: str, path: Path, tests: FieldTests, declared: Collection[str], fault: Callable[..., None]
) -> Different | None:
    """Lower a `distinct`, None where it has a fault, which goes to the function that is given."""
    if name == "day" and name not in declared:
        return Different(None)
    if name == "day":
        message = "`day` is the local day here, and the policy declares an attribute `day`, too"
        fault("bad-value", message, path, "give the attribute another name")
        return None
    if name not in (*FIELDS, *declared) and (near := suggest(name, ("day",))):
        fault("undeclared-field", f"nothing declares the field `{name}`", path, near)
        return None
    field = tests.field(name, path, of_key=False)
    if field is None:
        return None
    if field.type == "texts":
        message = f"`{name}` has several values, and an event counts as one"
        fault("wrong-type", message, path, "name a field that has one value")
        return None
    if field.type != "text":
        message = f"`{name}` is {_TYPES[field.type]}, and values are told apart as texts"
        advice = f'declare it as one: [attributes] {name} = "text"' if field.attribute else ""
        fault("wrong-type", message, path, advice or 'for different days write `distinct = "day"`')
        return None
    return Different(field)
