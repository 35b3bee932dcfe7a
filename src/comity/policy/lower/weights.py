"""Lowering what events count: points that they say themselves, or that the values of a field stand for."""

from __future__ import annotations

from collections.abc import Callable

from comity.documents import Path
from comity.plan import Field, Points
from comity.plan.points import POINT, exact_points
from comity.plan.values import ReadValue, read_attribute
from comity.policy.lower.field_tests import FieldTests
from comity.policy.types import Weight, WeightOrField

_TABLE = '{ field = "%s", values = { VALUE = 2 }, otherwise = 1 }'


def lower_weight(
    ref: WeightOrField, path: Path, tests: FieldTests, fault: Callable[..., None], industry: str | None
) -> Points | None:
    """Lower a weight, None where it has a fault, which goes to the function that is given.

    What has the same meaning in the industry counts the same.
    """
    weight = Weight(ref) if isinstance(ref, str) else ref
    at = path if isinstance(ref, str) else (*path, "field")
    field = tests.field(weight.field, at, "text" if weight.values else "number", of_key=False)
    if field is None:
        return None
    otherwise = POINT if weight.otherwise is None else exact_points(weight.otherwise) or 0
    if weight.values is None:
        if field.type == "number" and field.attribute:
            return Points(field, None, otherwise)
        number = f'[attributes] {field.name if field.attribute else "NAME"} = "number"'
        advice = f"declare a number: {number}"
        if field.type in ("text", "boolean"):
            advice = f"say what its values count, as {_TABLE % field.name}, or {advice}"
        fault(
            "wrong-type", f"`{field.name}` is {field.type}, and what an event counts is a number", at, advice
        )
        return None
    if field.type == "texts":
        advice = "name a field that has one value, or an attribute that says the number itself"
        fault("wrong-type", f"`{field.name}` has several values, and an event counts one number", at, advice)
        return None
    if field.type == "instant":
        advice = "name another field, or an attribute that says the number itself"
        fault("wrong-type", f"`{field.name}` is an instant, whose values stand for no points", at, advice)
        return None
    values: dict[ReadValue, int] = {}
    written: dict[ReadValue, str] = {}
    same: dict[ReadValue, ReadValue] = {}
    for key, points in weight.values.items():
        value = _value(field, key, (*path, "values", key), tests, fault)
        if value is None:
            continue
        alike = tests.same(field, value, industry)
        known = next((written[each] for each in alike if each in values), None)
        if known is not None:
            message = f"`{key}` is the same {field.name} as `{known}`"
            fault(
                "bad-value", message, (*path, "values", key), "give each value its points once", of_key=True
            )
        values[value], written[value] = exact_points(points) or 0, key
        same |= {other: value for other in sorted(alike, key=str) if other != value}
    if len(values) != len(weight.values):
        return None
    return Points(field, tuple(values.items()), otherwise, tuple(same.items()))


def _value(
    field: Field, key: str, path: Path, tests: FieldTests, fault: Callable[..., None]
) -> ReadValue | None:
    """Return a value as events have it, of a key, which is a text whatever the field is."""
    if field.type == "text":
        found = tests.value(field, key, path)
        return found if found is None else str(found)
    found = read_attribute(key, field.type)
    if found is None:
        wanted = {"number": "a number", "boolean": "true or false"}[field.type]
        fault("wrong-type", f"`{key}` is not {wanted}", path, f"`{field.name}` is {field.type}", of_key=True)
    return found
